"""Lists of orders, products and files are taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.orders.exports import ORDER_COLUMNS, ORDER_WIDTHS, order_rows
from guiju.orders.selectors.imports import imports_for
from guiju.orders.selectors.orders import PURPOSE, reading_orders
from guiju.orders.selectors.products import products_for
from guiju.orders.services.table_import import RIGHTS
from guiju.orders.views.orders import asked_of
from guiju.orders.views.products import products_asked
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.organisations.views.exports import export_page
from guiju.web.forms import FormPage


@member_required
def export_orders(request: MemberRequest) -> HttpResponseBase:
    """导出订单"""
    form = ExportForm(request.POST or None, purposes=[PURPOSE])

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        with reading_orders(request.member, on=timezone.localdate(), right="order.export") as seen:
            rows = asked_of(request).of(seen.orders(), seen)
            yield Sheet(rows.count(), ORDER_COLUMNS, ORDER_WIDTHS, order_rows(seen, rows))

    back = f"{reverse('order_list')}?{request.GET.urlencode()}"
    page = FormPage(
        "导出订单",
        "导出",
        back,
        "订单",
        "导出的是列表上筛选出的订单；导出会被记录。五万笔以上的用命令 guiju export orders。",
    )
    return export_page(request, form, page, right="order.export", opened=opened)


_PRODUCTS = (
    Column("名称", attrgetter("name"), 30),
    Column("编码", attrgetter("code")),
    Column("类别", lambda one: one.get_kind_display(), 8),
    Column("行业", lambda one: one.get_sector_display(), 12),
    Column("批准文号或备案号", attrgetter("approval"), 24),
    Column("标价（元）", attrgetter("price"), 12),
    Column("单位", attrgetter("unit"), 8),
    Column("状态", lambda one: "已下架" if one.ended_at else "在售", 8),
)


@contextmanager
def _products(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = products_asked(request).of(products_for(request.member))
    yield sheet_of(_PRODUCTS, rows.iterator(), count=rows.count())


_FILES = (
    Column("文件", attrgetter("file_name"), 40),
    Column("来源", attrgetter("source"), 30),
    Column("状态", lambda one: one.get_state_display(), 10),
    Column("行", attrgetter("rows_total"), 8),
    Column("已导入", attrgetter("rows_taken"), 8),
    Column("已有", attrgetter("rows_known"), 8),
    Column("退回", attrgetter("rows_bad"), 8),
    Column("结果", attrgetter("outcome"), 50),
    Column("时间", attrgetter("made_at"), 18),
)


@contextmanager
def _files(kind: str, request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    yield sheet_of(_FILES, imports_for(request.member).filter(kind=kind))


TABLES["products"] = Table("产品与服务", "product_list", "product.read", _products)
for _kind, _label in (("products", "产品的导入"), ("orders", "订单的导入")):
    TABLES[f"import-{_kind}"] = Table(_label, f"import_{_kind}", RIGHTS[_kind], partial(_files, _kind))
