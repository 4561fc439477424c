"""Companies from a file (公司导入): read, shown with what is wrong, then taken in or dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.moment import clock_timestamp
from guiju.database.plans import plan_anew
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record_founding
from guiju.kernel.errors import Refused
from guiju.organisations.models import CompanyImport, Entity, Member
from guiju.organisations.permissions import require
from guiju.organisations.services.companies import lock_registrations
from guiju.organisations.services.company_table import FIELD_OF, Judge, Row

SHOWN_ROWS = 5
_CHUNK = 1000
_LOCK_SECONDS = 600


@transaction.atomic
def preview_company_import(*, name: str, content: bytes, actor: Member, at: datetime) -> CompanyImport:
    """Read a file and keep it with everything that is wrong; registers nothing yet (导入预览)."""
    require(actor, "company.import", on=actor.entity_id)
    rows = list(Judge(actor, at).rows(name, content))
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
        sample=[_shown(row.number, row.company) for row in rows if row.company][:SHOWN_ROWS],
        made_at=at,
    )


@transaction.atomic
def accept_company_import(*, found: CompanyImport, mode: str, actor: Member) -> CompanyImport:
    """Decide how a previewed file goes in (确认导入); the worker does the rest."""
    found = _undecided(found, actor)
    if mode not in CompanyImport.Mode.values:
        raise Refused("import_mode", "请选择怎样处理有问题的行", field="mode")
    if mode == CompanyImport.Mode.ALL_OR_NOTHING and found.rows_bad:
        raise Refused("import_has_bad_rows", f"有{found.rows_bad}行不对，所以一行也没有导入：请改正后重新上传")
    if found.rows_bad == found.rows_total:
        raise Refused("import_all_bad", "没有一行是对的：请下载问题清单，改正后重新上传")
    found.mode = mode
    found.state = CompanyImport.State.RUNNING
    found.save(update_fields=["mode", "state"])
    return found


@transaction.atomic
def drop_company_import(*, found: CompanyImport, actor: Member, at: datetime) -> CompanyImport:
    """Let a previewed file go (放弃导入); its contents are not kept."""
    found = _undecided(found, actor)
    found.state, found.outcome, found.ended_at = CompanyImport.State.DROPPED, "没有导入", at
    found.content, found.problems, found.sample = b"", {}, []
    found.save(update_fields=["state", "outcome", "ended_at", "content", "problems", "sample"])
    return found


def _undecided(found: CompanyImport, actor: Member) -> CompanyImport:
    require(actor, "company.import", on=found.entity_id)
    found = CompanyImport.objects.select_for_update().get(pk=found.pk)
    if found.state != CompanyImport.State.PREVIEWED:
        raise Refused("import_decided", "这次导入已经处理过了，请看它的结果")
    return found


def run_company_import(*, import_id: UUID, actor: Member, at: datetime) -> CompanyImport:
    """Take in the good rows in one transaction (执行导入): after a crash all of them are in, or none.

    Safe to run twice: an import that is done stays as it is. The file is judged again, so that a
    company registered since the preview is a bad row and not a second company.
    """
    try:
        return _take_in(import_id, actor, at)
    except Refused as refusal:
        return end_company_import(import_id=import_id, sentence=refusal.sentence)


@transaction.atomic
def end_company_import(*, import_id: UUID, sentence: str) -> CompanyImport:
    """Write down why a confirmed file was not taken in."""
    found = CompanyImport.objects.select_for_update().get(pk=import_id)
    if found.state == CompanyImport.State.RUNNING:
        found.state, found.outcome, found.ended_at = CompanyImport.State.FAILED, sentence[:300], clock_timestamp()
        found.save(update_fields=["state", "outcome", "ended_at"])
        found.refresh_from_db(fields=["ended_at"])
    return found


@transaction.atomic
def _take_in(import_id: UUID, actor: Member, at: datetime) -> CompanyImport:
    found = CompanyImport.objects.select_for_update().get(pk=import_id)
    if found.state != CompanyImport.State.RUNNING:
        return found
    require(actor, "company.import", on=found.entity_id)
    lock_registrations(seconds=_LOCK_SECONDS)
    judge = Judge(actor, at)
    rows = list(judge.rows(found.file_name, bytes(found.content)))
    problems = _problems_of(rows)
    if problems and found.mode == CompanyImport.Mode.ALL_OR_NOTHING:
        raise Refused("import_has_bad_rows", f"确认之后又有{len(problems)}行不对，全部没有导入：请重新上传")
    act = Act("organisations.register_company", actor, at, judge.grounds)
    found.rows_taken = _found_companies(rows, act)
    found.problems, found.rows_bad = problems, len(problems)
    found.state, found.ended_at = CompanyImport.State.DONE, clock_timestamp()
    found.outcome = f"导入{found.rows_taken}家公司" + (f"，退回{len(problems)}行" if problems else "")
    found.save(update_fields=["rows_taken", "problems", "rows_bad", "state", "ended_at", "outcome"])
    found.refresh_from_db(fields=["ended_at"])
    return found


def _shown(number: int, company: Entity) -> list[str]:
    return [str(number), company.unified_code, company.name, company.region_name, company.get_sector_display()]


def _problems_of(rows: Iterable[Row]) -> dict[str, list[dict[str, str | None]]]:
    """What is wrong, by line number, in the words of the file's own columns."""
    return {
        str(row.number): [
            {"field": problem.field and FIELD_OF.get(problem.field, problem.field), "sentence": problem.sentence}
            for problem in row.problems
        ]
        for row in rows
        if row.problems
    }


def _found_companies(rows: Iterable[Row], act: Act) -> int:
    count = planned_for = 0
    for chunk in _chunks(row.company for row in rows if row.company is not None):
        if count >= 2 * planned_for:
            # Before the first chunk too: what the session planned for a handful of rows may be weeks old.
            plan_anew()
            planned_for = count
        Entity.objects.bulk_create(chunk)
        with scope_with(*(company.pk for company in chunk)):
            count += record_founding(act, subjects=((company.pk, company) for company in chunk))
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
