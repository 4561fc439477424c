"""What goes out as a table: customers as they show, and the cells of an import that came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from guiju.customers.models import Contact, Customer, CustomerImport, Wanting
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.lists import columns_of, fields_shown
from guiju.customers.selectors.reading import Reading
from guiju.customers.selectors.renewing import lines_of_renewals
from guiju.customers.selectors.wanting import lines_of_wanting
from guiju.customers.services.import_files import problems_of
from guiju.kernel.errors import Refused, reason_of
from guiju.privacy.models import Consent
from guiju.privacy.terms import FieldState
from guiju.sheets.tables import OpenedSheet, open_sheet
from guiju.web.tables import in_batches, xlsx_bytes


class CustomerTable:
    """Customers as a member may see them for a purpose, row by row: those of a list, or all fields.

    Only a batch of them is held at a time, however many there are.
    """

    def __init__(
        self,
        seen: Reading,
        rows: QuerySet[Customer],
        *,
        columns: Sequence[str] = (),
        with_all_fields: bool = False,
    ) -> None:
        self.seen, self.rows = seen, rows
        known = fields_shown(seen)
        shown = columns_of(columns, known)
        self.fields = [known[code] for code in shown]
        if with_all_fields:
            self.fields += [one for code, one in known.items() if code not in shown and code != "name"]

    @property
    def header(self) -> list[str]:
        return ["客户", "性质", *(one.label for one in self.fields), "标签", "负责人", "登记时间"]

    @property
    def widths(self) -> list[int]:
        return [24, 8, *(18 for _ in self.fields), 20, 12, 18]

    def __iter__(self) -> Iterator[list[Any]]:
        codes = [one.code for one in self.fields]
        for batch in in_batches(self.rows.iterator()):
            cells = self.seen.cells(batch, codes=codes)
            for one in batch:
                yield self._line(one, cells[one.pk])

    def _line(self, one: Customer, cells: Mapping[str, Cell]) -> list[Any]:
        tags = "、".join(one.shown_tags)
        values = (cells.get(field.code) for field in self.fields)
        return [
            one.shown_name,
            one.get_kind_display(),
            *(text_of(cell) for cell in values),
            tags,
            one.owner.user.name if one.owner else "",
            one.made_at,
        ]


class ContactTable:
    """The contacts of some customers, one a row, as a member may see them for a purpose."""

    def __init__(self, seen: Reading, customers: QuerySet[Customer]) -> None:
        self.seen = seen
        rows = Contact.objects.filter(customer__in=customers.order_by().values("pk"), ended_at=None)
        if seen.sight.provided:
            rows = rows.filter(seen.may_be_given())
        self.rows = rows.select_related("subject", "customer__subject", "customer__owner__user").order_by(
            "customer_id", "-is_main", "made_at", "pk"
        )
        known = seen.fields(seen.member.entity_id, "contact")
        self.fields = [one for one in known.values() if one.state is FieldState.ACTIVE and one.code != "name"]

    @property
    def header(self) -> list[str]:
        return ["客户", "联系人", "主要", *(one.label for one in self.fields), "负责人", "登记时间"]

    @property
    def widths(self) -> list[int]:
        return [30, 12, 6, *(18 for _ in self.fields), 12, 18]

    def __iter__(self) -> Iterator[list[Any]]:
        codes = [one.code for one in self.fields]
        for batch in in_batches(self.rows.iterator()):
            cells = self.seen.cells(batch, codes=codes)
            self.seen.named(one.customer for one in batch)
            for one in batch:
                owner = one.customer.owner
                values = [text_of(cells[one.pk].get(code)) for code in codes]
                name, is_main = one.shown_name, "是" if one.is_main else ""
                who = owner.user.name if owner else ""
                yield [one.customer.shown_name, name, is_main, *values, who, one.made_at]


UNUSABLE = "不能使用"


def text_of(cell: Cell | None) -> str:
    """A cell as a file shows it."""
    return "" if cell is None else UNUSABLE if cell.why else cell.text


WANTING_HEADER = ("客户", "等同意的内容", "用于", "进展", "负责人", "自")
WANTING_WIDTHS = (24, 18, 24, 28, 12, 14)


def wanting_rows(seen: Reading, rows: QuerySet[Wanting]) -> Iterator[list[Any]]:
    """Whom to ask for what, one value a row; a batch at a time."""
    for batch in in_batches(rows.iterator()):
        seen.named(one.customer for one in batch)
        for line in lines_of_wanting(seen, batch):
            customer = line.row.customer
            owner = customer.owner.user.name if customer.owner else ""
            yield [
                customer.shown_name,
                line.label,
                line.purposes,
                line.state,
                owner,
                timezone.localdate(line.row.since),
            ]


RENEWAL_HEADER = ("客户", "用于", "原来的同意没有包括的", "进展", "负责人", "原来的同意")


def renewal_rows(seen: Reading, rows: QuerySet[Consent]) -> Iterator[list[Any]]:
    """Whom a newer notice concerns more than they agreed to, one consent a row."""
    for batch in in_batches(rows.iterator()):
        for line in lines_of_renewals(seen, batch):
            given = timezone.localdate(line.consent.given_at)
            yield [line.name, line.purpose, "、".join(line.fields), line.state, line.owner, given]


_BACK = "退回的内容"


def error_workbook(found: CustomerImport, content: bytes) -> bytes:
    """The rows of which something came back, as they were, with their problems and the articles behind them.

    Without the file, which one of the command line leaves on the disk where it was, only what came back and why.
    """
    if not content:
        rows = ([int(number), *_why(told)] for number, told in problems_of(found).items())
        return xlsx_bytes(_BACK, ["行号", *_WHY], rows, widths=(8, *_WHY_WIDTHS))
    with open_sheet(found.file_name, content, found.sheet or None) as table:
        return xlsx_bytes(_BACK, *_errors(table, problems_of(found)), widths=_error_widths(table))


def prepare_errors(path: Path) -> None:
    """Make the file into which what goes back is written; nobody but its writer reads it. Raises `Refused`."""
    if path.suffix != ".xlsx":
        raise Refused("ending_unknown", "--errors 的文件名请以 .xlsx 结尾")
    try:
        path.touch(mode=0o600)
    except OSError as failure:
        raise Refused("errors_unwritable", f"退回的内容写不进“{path.name}”：{reason_of(failure)}") from None


def write_errors(path: Path, table: OpenedSheet, problems: Mapping[str, Any]) -> None:
    path.write_bytes(xlsx_bytes(_BACK, *_errors(table, problems), widths=_error_widths(table)))


_WHY, _WHY_WIDTHS = ("结果", "问题", "条文"), (10, 60, 60)


def _errors(table: OpenedSheet, problems: Mapping[str, Any]) -> tuple[list[str], Iterator[list[Any]]]:
    places = [title.place for title in table.titles]
    rows = (
        [line.number, *(line.cells[place] if place < len(line.cells) else "" for place in places), *_why(told)]
        for line in table.rows()
        if (told := problems.get(str(line.number))) is not None
    )
    return ["行号", *(title.text for title in table.titles), *_WHY], rows


def _error_widths(table: OpenedSheet) -> list[int]:
    return [6, *(16 for _ in table.titles), *_WHY_WIDTHS]


def _why(told: Mapping[str, Any]) -> list[str]:
    why = "；".join(f"{one['title']}：{one['sentence']}" if one["title"] else one["sentence"] for one in told["cells"])
    laws = "；".join(dict.fromkeys(one["law"] for one in told["cells"] if one["law"]))
    return ["已导入，缺这几项" if "customer" in told else "没有导入", why, laws]
