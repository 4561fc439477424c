"""Companies from a table (公司导入): read, shown with what is wrong, then taken in or dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record_founding
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.rules.facts import gate
from guiju.kernel.sheets import read_table
from guiju.organisations.models import CompanyImport, Entity, Member, Sector
from guiju.organisations.permissions import require
from guiju.organisations.services.companies import CompanyDetails, checked, company_of, lock_registrations
from guiju.rulebook import rules_at
from guiju.web.tables import xlsx_bytes

COLUMNS = ("统一社会信用代码", "公司名称", "区划代码", "行业", "系统上线日期", "上级公司代码")
"""The header of the template; the last column may be empty (directly below one's own company)."""

MOST_ROWS = 100_000
_CHUNK = 1000
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d")
_FIELD_OF = dict(zip(("unified_code", "name", "region", "sector", "went_live_on", "parent"), COLUMNS, strict=True))
GROUNDS = tuple(rule.id for rule in rules_at("organisations.register_company"))
_SECTORS = {label: value for value, label in Sector.choices} | {value: value for value in Sector.values}


@dataclass(frozen=True)
class Row:
    """One line of the file: its number as Excel shows it, the company it makes or what is wrong."""

    number: int
    company: Entity | None
    problems: tuple[Problem, ...]


@transaction.atomic
def preview_company_import(*, name: str, content: bytes, actor: Member, at: datetime) -> CompanyImport:
    """Read a file and keep it with everything that is wrong; registers nothing yet (导入预览)."""
    require(actor, "company.import", on=actor.entity_id)
    rows = list(rows_of(name, content, actor=actor, at=at))
    problems = _problems_of(rows)
    if not rows:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有公司")
    return CompanyImport.objects.create(
        entity_id=actor.entity_id,
        member=actor,
        file_name=name[:200],
        file_digest=hashlib.sha256(content).hexdigest(),
        content=content,
        state=CompanyImport.State.PREVIEWED,
        rows_total=len(rows),
        rows_bad=len(problems),
        problems=problems,
        made_at=at,
    )


@transaction.atomic
def accept_company_import(*, found: CompanyImport, mode: str, actor: Member) -> CompanyImport:
    """Decide how a previewed file goes in (确认导入); the worker does the rest."""
    require(actor, "company.import", on=found.entity_id)
    found = CompanyImport.objects.select_for_update().get(pk=found.pk)
    if found.state != CompanyImport.State.PREVIEWED:
        raise Refused("import_decided", "这次导入已经处理过了，请看它的结果")
    if mode not in CompanyImport.Mode.values:
        raise Refused("import_mode", "请选择怎样处理有问题的行", field="mode")
    if mode == CompanyImport.Mode.ALL_OR_NOTHING and found.rows_bad:
        raise Refused("import_has_bad_rows", f"有{found.rows_bad}行不对，按“全部不导入”没有可导入的：请改正后重新上传")
    if found.rows_bad == found.rows_total:
        raise Refused("import_all_bad", "没有一行是对的：请下载问题清单，改正后重新上传")
    found.mode = mode
    found.state = CompanyImport.State.RUNNING
    found.save(update_fields=["mode", "state"])
    return found


def run_company_import(*, import_id: UUID, actor: Member, at: datetime) -> CompanyImport:
    """Take in the good rows in one transaction (执行导入): after a crash all of them are in, or none.

    Safe to run twice: an import that is done stays as it is. The file is judged again, so that a
    company registered since the preview is a bad row and not a second company.
    """
    try:
        return _take_in(import_id, actor, at)
    except Refused as refusal:
        with transaction.atomic():
            found = CompanyImport.objects.select_for_update().get(pk=import_id)
            found.state, found.outcome, found.ended_at = CompanyImport.State.FAILED, refusal.sentence[:300], at
            found.save(update_fields=["state", "outcome", "ended_at"])
        return found


@transaction.atomic
def _take_in(import_id: UUID, actor: Member, at: datetime) -> CompanyImport:
    found = CompanyImport.objects.select_for_update().get(pk=import_id)
    if found.state != CompanyImport.State.RUNNING:
        return found
    require(actor, "company.import", on=found.entity_id)
    lock_registrations()
    rows = list(rows_of(found.file_name, bytes(found.content), actor=actor, at=at))
    problems = _problems_of(rows)
    if problems and found.mode == CompanyImport.Mode.ALL_OR_NOTHING:
        raise Refused("import_has_bad_rows", f"确认之后又有{len(problems)}行不对，全部没有导入：请重新上传")
    found.rows_taken = _found_companies(rows, actor, at)
    found.problems, found.rows_bad = problems, len(problems)
    found.state, found.ended_at = CompanyImport.State.DONE, at
    found.outcome = f"导入{found.rows_taken}家公司" + (f"，退回{len(problems)}行" if problems else "")
    found.save(update_fields=["rows_taken", "problems", "rows_bad", "state", "ended_at", "outcome"])
    return found


def _problems_of(rows: Iterable[Row]) -> dict[str, list[dict[str, str | None]]]:
    """What is wrong, by line number, in the words of the file's own columns."""
    return {
        str(row.number): [
            {"field": problem.field and _FIELD_OF.get(problem.field, problem.field), "sentence": problem.sentence}
            for problem in row.problems
        ]
        for row in rows
        if row.problems
    }


def _found_companies(rows: Iterable[Row], actor: Member, at: datetime) -> int:
    count = 0
    for chunk in _chunks(row.company for row in rows if row.company is not None):
        Entity.objects.bulk_create(chunk)
        with scope_with(*(company.pk for company in chunk)):
            count += record_founding(
                Act("organisations.register_company", actor, at, GROUNDS),
                subjects=((company.pk, company) for company in chunk),
            )
    return count


def _chunks(companies: Iterable[Entity]) -> Iterator[list[Entity]]:
    """Rows for one INSERT each; a company never shares one with the company above it, because a
    new row must stand below one that is there."""
    chunk: list[Entity] = []
    inside: set[UUID | None] = set()
    for company in companies:
        if len(chunk) == _CHUNK or company.parent_id in inside:
            yield chunk
            chunk, inside = [], set()
        chunk.append(company)
        inside.add(company.pk)
    if chunk:
        yield chunk


def rows_of(name: str, content: bytes, *, actor: Member, at: datetime) -> Iterator[Row]:
    """Every row with its problems, in the order of the file; raises `Refused` for the file as a whole."""
    table = read_table(name, content)
    header, number = _header(name, table)
    known = _Known.load(actor, at)
    for cells in table:
        number += 1
        values = {title: cells[place] if place < len(cells) else "" for title, place in header.items()}
        if not any(values.values()):
            continue
        if number > MOST_ROWS + 1:
            raise Refused("file_long", f"文件“{name}”超过{MOST_ROWS}行：请分成几份")
        yield known.judge(number, values)


def _header(name: str, table: Iterator[list[str]]) -> tuple[dict[str, int], int]:
    """Where each column stands; a title line above the header is passed over."""
    for number, cells in enumerate(islice(table, 10), 1):
        titles = [cell.replace(" ", "").replace("*", "") for cell in cells]
        if COLUMNS[0] in titles:
            missing = [title for title in COLUMNS[:5] if title not in titles]
            if missing:
                raise Refused("file_columns", f"文件“{name}”缺少列：{'、'.join(missing)}")
            twice = sorted({title for title in COLUMNS if titles.count(title) > 1})
            if twice:
                raise Refused("file_columns", f"文件“{name}”有重复的列：{'、'.join(twice)}")
            return {title: titles.index(title) for title in COLUMNS if title in titles}, number
    raise Refused("file_columns", f"文件“{name}”前10行里没有表头“{COLUMNS[0]}”：请用模板填写")


@dataclass
class _Known:
    """What the group has already, and what earlier rows of this file bring."""

    at: datetime
    parent: UUID
    codes: dict[str, UUID]
    names: set[str]

    @classmethod
    def load(cls, actor: Member, at: datetime) -> _Known:
        companies = Entity.objects.values_list("unified_code", "pk", "name")
        codes, names = {}, set()
        for code, key, name in companies.iterator(chunk_size=5000):
            codes[code] = key
            names.add(name)
        return cls(at, actor.entity_id, codes, names)

    def judge(self, number: int, values: Mapping[str, str]) -> Row:
        day = day_of(self.at)
        problems: list[Problem] = []
        went_live_on = _date(values["系统上线日期"])
        if went_live_on is None:
            problems.append(
                Problem(
                    "went_live_on_shape",
                    f"系统上线日期“{values['系统上线日期']}”不是日期，请写成 2026-01-31",
                    "went_live_on",
                )
            )
        parent_code = values.get("上级公司代码", "").upper()
        parent = self.codes.get(parent_code) if parent_code else self.parent
        if parent is None:
            problems.append(
                Problem("parent_missing", f"上级公司代码 {parent_code} 不在系统中，也不在本行之前", "parent")
            )
        sector = values["行业"]
        details, more = checked(
            CompanyDetails(
                name=values["公司名称"],
                unified_code=values["统一社会信用代码"],
                region=values["区划代码"],
                sector=_SECTORS.get(sector, sector),
                went_live_on=went_live_on or day,
                parent_id=parent,
            )
        )
        problems += more
        try:
            gate(
                rules_at("organisations.register_company"),
                {
                    "code_belongs_to_another": details.unified_code in self.codes,
                    "name_belongs_to_another": details.name in self.names and details.unified_code not in self.codes,
                },
                on=day,
            )
        except Refused as refusal:
            problems += refusal.problems
        if problems:
            return Row(number, None, tuple(problems))
        company = company_of(details, at=self.at)
        self.codes[company.unified_code] = company.pk
        self.names.add(company.name)
        return Row(number, company, ())


def _date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 -- a day, not a moment
        except ValueError:
            continue
    return None


def bad_rows(found: CompanyImport) -> Iterable[tuple[str, ...]]:
    """The rows that stay outside, as they were, each with its line number and its problems."""
    wanted = found.problems
    table = read_table(found.file_name, bytes(found.content))
    header, number = _header(found.file_name, table)
    for cells in table:
        number += 1
        if str(number) in wanted:
            own = tuple(cells[place] if place < len(cells) else "" for place in header.values())
            why = "；".join(
                f"{problem['field']}：{problem['sentence']}" if problem["field"] else problem["sentence"]
                for problem in wanted[str(number)]
            )
            yield (str(number), *own, why)


def columns_of(found: CompanyImport) -> tuple[str, ...]:
    """The columns of a file that were recognised, in the order of the template."""
    header, _ = _header(found.file_name, read_table(found.file_name, bytes(found.content)))
    return tuple(header)


def error_file(found: CompanyImport) -> bytes:
    """The bad rows as an xlsx that can be mended and uploaded again."""
    header = ("行号", *columns_of(found), "问题")
    return xlsx_bytes("有问题的行", header, bad_rows(found), widths=(6, 22, 36, 10, 10, 14, 22, 60))
