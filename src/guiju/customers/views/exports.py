"""A list of customers is taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.customers.exports import CustomerTable
from guiju.customers.forms.exports import ExportCustomersForm
from guiju.customers.selectors.lists import sorted_by
from guiju.customers.selectors.reading import reading
from guiju.customers.views.customers import asked_of, columns_asked, purpose_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.views.exports import Sheet, export_page
from guiju.web.forms import FormPage

_INTRO = "导出的是列表上筛选出的客户，脱敏与列表一致；导出会被记录。五万位以上的用命令 guiju export customers。"


@member_required
def export_customers(request: MemberRequest) -> HttpResponseBase:
    """导出客户"""
    form = ExportCustomersForm(request.POST or None, initial={"purpose": purpose_of(request)})

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        right = "customer.export"
        with reading(request.member, purpose=said["purpose"], on=timezone.localdate(), right=right) as seen:
            rows = sorted_by(asked_of(request.GET).of(seen.customers(), seen), request.GET.get("sort", ""))
            columns = columns_asked(request)
            table = CustomerTable(seen, rows, columns=columns, with_all_fields=said["with_all_fields"])
            yield Sheet(rows.count(), table.header, table.widths, table)

    back = f"{reverse('customer_list')}?{request.GET.urlencode()}"
    page = FormPage("导出客户", "导出", back, "客户", _INTRO)
    return export_page(request, form, page, right="customer.export", opened=opened)
