"""A list of orders is taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.orders.exports import ORDER_COLUMNS, ORDER_WIDTHS, order_rows
from guiju.orders.selectors.orders import PURPOSE, reading_orders
from guiju.orders.views.orders import asked_of
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.views.exports import Sheet, export_page
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
    page = FormPage("导出订单", "导出", back, "订单", "导出的是列表上筛选出的订单；导出会被记录。")
    return export_page(request, form, page, right="order.export", opened=opened)
