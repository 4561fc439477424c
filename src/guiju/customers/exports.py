"""What goes out as a table: customers as they show, and the cells of an import that came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from guiju.customers.models import Customer, CustomerImport, Wanting
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.lists import columns_of, fields_shown
from guiju.customers.selectors.reading import Reading
from guiju.customers.selectors.renewing import lines_of_renewals
from guiju.customers.selectors.wanting import lines_of_wanting
from guiju.customers.services.import_files import problems_of
from guiju.privacy.models import Consent
from guiju.sheets.tables import open_sheet
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
            *("" if cell is None else UNUSABLE if cell.why else cell.text for cell in values),
            tags,
            one.owner.user.name if one.owner else "",
            one.made_at,
        ]


UNUSABLE = "不能使用"


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


def error_workbook(found: CustomerImport, content: bytes) -> bytes:
    """The rows of which something came back, as they were, with their problems and the articles behind them."""
    with open_sheet(found.file_name, content, found.sheet or None) as table:
        header = ["行号", *(title.text for title in table.titles), "结果", "问题", "条文"]
        rows = _rows(problems_of(found), table.rows(), [title.place for title in table.titles])
        return xlsx_bytes("退回的内容", header, rows, widths=(6, *(16 for _ in table.titles), 10, 60, 60))


def _rows(problems: Mapping[str, Any], lines: Any, places: list[int]) -> Iterator[list[Any]]:
    for line in lines:
        told = problems.get(str(line.number))
        if told is None:
            continue
        why = "；".join(
            f"{one['title']}：{one['sentence']}" if one["title"] else one["sentence"] for one in told["cells"]
        )
        laws = "；".join(dict.fromkeys(one["law"] for one in told["cells"] if one["law"]))
        outcome = "已导入，缺这几项" if "customer" in told else "没有导入"
        yield [line.number, *(line.cells[place] for place in places), outcome, why, laws]
