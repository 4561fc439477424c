"""Lists of customers, their contacts and files are taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.customers.exports import ContactTable, CustomerTable, text_of
from guiju.customers.forms.exports import ExportCustomersForm
from guiju.customers.selectors.duplicates import GROUNDS, likely_same
from guiju.customers.selectors.imports import imports_for
from guiju.customers.selectors.lists import filter_of, sorted_by
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.services.pool import look_through_pool
from guiju.customers.views.customers import USUAL, columns_asked, purpose_of
from guiju.customers.views.merging import RIGHT as MERGE
from guiju.customers.views.merging import SHOWN, ground_of
from guiju.customers.views.pool import POOLED, in_pool, page_of_pool
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.organisations.views.exports import MOST_ON_A_PAGE, export_page
from guiju.web.forms import FormPage
from guiju.web.paging import PAGE_SIZE
from guiju.web.tables import in_batches

_INTRO = "导出的是列表上筛选出的客户，脱敏与列表一致；导出会被记录。五万位以上的用命令 guiju export customers。"


@member_required
def export_customers(request: MemberRequest) -> HttpResponseBase:
    """导出客户"""
    form = ExportCustomersForm(request.POST or None, initial={"purpose": purpose_of(request)})

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        right = "customer.export"
        with reading(request.member, purpose=said["purpose"], on=timezone.localdate(), right=right) as seen:
            rows = sorted_by(filter_of(request.GET).of(seen.customers(), seen), request.GET.get("sort", ""))
            if said["what"]:
                contacts = ContactTable(seen, rows)
                yield Sheet(contacts.rows.count(), contacts.header, contacts.widths, contacts)
                return
            columns = columns_asked(request)
            table = CustomerTable(seen, rows, columns=columns, with_all_fields=said["with_all_fields"])
            yield Sheet(rows.count(), table.header, table.widths, table)

    back = f"{reverse('customer_list')}?{request.GET.urlencode()}"
    page = FormPage("导出客户", "导出", back, "客户", _INTRO)
    return export_page(request, form, page, right="customer.export", opened=opened)


@contextmanager
def _pool(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    member = request.member
    # The pool is the whole company's, however few customers somebody has in hand.
    require(member, "customer.export", on=member.entity_id)
    require(member, "customer.claim", on=member.entity_id)
    with reading(member, purpose=purpose, on=timezone.localdate(), right="customer.claim") as seen:
        seen.is_masked = True
        rows = in_pool(seen, request.GET)
        # A file shows as much as the pages of the list that it is.
        pages = max(1, -(-min(rows.order_by().count(), MOST_ON_A_PAGE) // PAGE_SIZE))
        looks = [page_of_pool(request.GET, number) for number in range(1, pages + 1)]
        look_through_pool(pages=looks, actor=member, at=timezone.now())
        yield sheet_of(_columns(seen, POOLED, _POOLED), _with_cells(seen, rows.iterator()), count=rows.count())


_POOLED = Column("进入公海", lambda line: line[0].pooled_at and timezone.localdate(line[0].pooled_at), 12)


def _columns(seen: Reading, codes: tuple[str, ...], *more: Column) -> list[Column]:
    """The name, these fields, and what else: of pairs of a customer and its cells."""
    known = seen.fields(seen.member.entity_id, "company") | seen.fields(seen.member.entity_id, "person")
    return [
        Column("客户", lambda line: line[0].shown_name, 24),
        *(Column(known[code].label, partial(_text, code), 18) for code in codes),
        *more,
    ]


def _text(code: str, line: tuple[Any, Any]) -> str:
    return text_of(line[1].get(code))


def _with_cells(seen: Reading, rows: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
    for batch in in_batches(rows):
        cells = seen.cells(batch)
        yield from ((row, cells[row.pk]) for row in batch)


_MOST_PAGES = 40
"""Of groups that are likely the same: more than a thousand nobody goes through in a file."""


@contextmanager
def _duplicates(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    ground = ground_of(request)
    with reading(request.member, purpose=purpose, on=timezone.localdate(), right=MERGE) as seen:
        lines: list[tuple[Any, Any, int]] = []
        number, has_more, groups = 0, True, 0
        while has_more and number < _MOST_PAGES:
            number += 1
            some, has_more = likely_same(seen, ground, page=number)
            cells = seen.cells([row for one in some for row in one.customers], codes=SHOWN)
            for one in some:
                groups += 1
                lines += [(row, cells[row.pk], groups) for row in one.customers]
        columns = [
            Column(GROUNDS[ground].label, lambda line: f"第{line[2]}组", 14),
            *_columns(seen, SHOWN),
            Column("负责人", lambda line: line[0].owner.user.name if line[0].owner else "", 12),
            Column("登记时间", lambda line: line[0].made_at, 18),
        ]
        yield sheet_of(columns, lines)


_FILES = (
    Column("文件", attrgetter("file_name"), 40),
    Column("性质", lambda one: one.get_kind_display(), 8),
    Column("来源", attrgetter("source"), 30),
    Column("状态", lambda one: one.get_state_display(), 10),
    Column("行", attrgetter("rows_seen"), 8),
    Column("已导入", attrgetter("rows_taken"), 8),
    Column("处退回", attrgetter("cells_refused"), 8),
    Column("结果", attrgetter("outcome"), 50),
    Column("时间", attrgetter("made_at"), 18),
)


@contextmanager
def _files(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    yield sheet_of(_FILES, imports_for(request.member))


TABLES["pool"] = Table("公海", "pool_list", "customer.export", _pool, [USUAL])
TABLES["duplicates"] = Table("查重", "duplicate_list", "customer.export", _duplicates, [USUAL])
TABLES["import-customers"] = Table("客户的导入", "import_customers", "customer.import", _files)
