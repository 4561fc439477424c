"""What goes out as a table: companies, the rows of an import that came back, the permission matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import regions
from guiju.kernel.sectors import CHOICES
from guiju.organisations.models import CompanyImport, Disclosure, Entity, Member
from guiju.organisations.registry import PURPOSES, RESOURCES, RIGHTS
from guiju.organisations.selectors.roles import Column, all_rights, field_label, treatment_label
from guiju.organisations.services.company_table import COLUMNS as IMPORT_COLUMNS
from guiju.organisations.services.company_table import MORE, NEEDED
from guiju.organisations.services.disclosures import take_out
from guiju.organisations.tables import Sheet
from guiju.sheets.read import read_table
from guiju.sheets.titled import header_of, values_of
from guiju.web.tables import MOST_ROWS_IN_A_SHEET, write_table, xlsx_bytes

COLUMNS = ("统一社会信用代码", "公司名称", "区划代码", "住所地", "行业", "系统上线日期", "上级公司代码", "登记机关")
_EXAMPLE = ("91330106MA00000000", "（示例，请删除）杭州某某食品有限公司", "330106", "食品", date(2026, 1, 31), "", "")
"""The code has no valid check digit, so that an example left in place is not registered."""


def mark_of(made: Disclosure) -> str:
    """Whose copy a file is (水印): who took it out, when, what for, and the number by which that is found again."""
    who, moment = f"{made.entity.name} {made.member.user.name}", timezone.localtime(made.at)
    what_for = f"，用于{PURPOSES[made.purpose]}：{made.reason}" if made.purpose else ""
    return f"{who} {moment:%Y-%m-%d %H:%M}导出{what_for}（编号 {made.pk}）"


@dataclass(frozen=True)
class Taking:
    """What somebody says who takes a list out as a file: into which one, for what, why, whether it leaves the country,
    and whether a file of that name is written over; `form` is how they are answered."""

    file: Path
    purpose: str
    reason: str
    goes_abroad: bool
    is_forced: bool
    form: str


def write_export(taking: Taking, name: str, sheet: Sheet, *, right: str, actor: Member, at: datetime) -> Disclosure:
    """A list of any length as a file on the disk, which nobody but its writer reads; raises `Refused`."""
    file = taking.file
    if file.exists() and not taking.is_forced:
        raise Refused("file_there", f"已有文件“{file.name}”，没有导出：请换一个名称，或加 --force 覆盖它")
    if file.suffix not in (".xlsx", ".csv"):
        raise Refused("ending_unknown", "文件名请以 .xlsx 或 .csv 结尾")
    if file.suffix == ".xlsx" and sheet.count > MOST_ROWS_IN_A_SHEET:
        raise Refused("export_too_large", f"共{sheet.count}行，一张工作表放不下：请写成 .csv")
    made = take_out(
        right=right,
        count=sheet.count,
        purpose=taking.purpose,
        reason=taking.reason,
        goes_abroad=taking.goes_abroad,
        actor=actor,
        at=at,
    )
    file.touch(mode=0o600)
    file.chmod(0o600)
    write_table(file, name, sheet.header, sheet.rows, mark=mark_of(made), widths=sheet.widths)
    return made


def export_rows(companies: QuerySet[Entity]) -> Iterator[tuple[str | date, ...]]:
    """One tuple for each company, in the order of the list; read at once, inside the scope."""
    labels = dict(CHOICES)
    fields = ("unified_code", "name", "region", "sector", "went_live_on", "parent__unified_code", "authority")
    rows = list(companies.values_list(*fields))
    return (
        (code, name, region, regions.full_name(region), labels[sector], day, parent or "", authority)
        for code, name, region, sector, day, parent, authority in rows
    )


def company_workbook(companies: QuerySet[Entity]) -> bytes:
    return xlsx_bytes("公司名录", COLUMNS, export_rows(companies), widths=(22, 40, 10, 28, 10, 14, 22, 30))


def import_template() -> bytes:
    return xlsx_bytes("公司", IMPORT_COLUMNS, [_EXAMPLE], widths=(22, 40, 10, 12, 14, 22, 30))


def error_file(found: CompanyImport) -> bytes:
    """The rows that stay outside, as they were, each with its line number and its problems.

    It can be mended and uploaded again.
    """
    table = read_table(found.file_name, bytes(found.content))
    header = header_of(found.file_name, table, needed=NEEDED, more=MORE)
    rows = (
        (line.number, *values_of(line, header).values(), _why(found.problems[str(line.number)]))
        for line in table
        if str(line.number) in found.problems
    )
    return xlsx_bytes("有问题的行", ("行号", *header, "问题"), rows, widths=(6, 22, 36, 10, 10, 14, 22, 30, 60))


def _why(problems: list[dict[str, str | None]]) -> str:
    return "；".join(f"{one['field']}：{one['sentence']}" if one["field"] else str(one["sentence"]) for one in problems)


def matrix_workbook(columns: Sequence[Column], *, day: date) -> bytes:
    """The permission matrix (权限分级表): rights down, roles across, then the fields."""
    header = ("资源", "权限或字段", *(column.name for column in columns))
    rows = [
        (_resource(right), RIGHTS.get(right, right), *(column.cell(right) for column in columns))
        for right in all_rights(columns)
    ]
    fields = sorted({field for column in columns for field in column.treatments})
    rows += [
        (_resource(field), field_label(field), *(_treatment(column, field) for column in columns)) for field in fields
    ]
    return xlsx_bytes(f"权限分级表{day:%Y%m%d}", header, rows, widths=(16, 26, *(14 for _ in columns)))


def matrix_answer(columns: Sequence[Column], *, day: date) -> dict[str, Any]:
    """The same for programs, by code."""
    return {
        "day": day.isoformat(),
        "rights": {right: RIGHTS.get(right, right) for right in all_rights(columns)},
        "roles": [vars(column) for column in columns],
    }


def _resource(code: str) -> str:
    known = RESOURCES.get(code.split(".")[0])
    return known.label if known else "不再使用"


def _treatment(column: Column, field: str) -> str:
    return treatment_label(column.treatments[field]) if field in column.treatments else ""
