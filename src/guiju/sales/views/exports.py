"""A list of opportunities is taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.views.exports import Sheet, export_page
from guiju.sales.exports import COLUMNS, WIDTHS, rows_of
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.reading import deals
from guiju.web.forms import FormPage


@member_required
def export_opportunities(request: MemberRequest) -> HttpResponseBase:
    """导出商机"""
    form = ExportForm(request.POST or None, purposes=["sales"])
    asked = OpportunityFilter.of_query(request.GET.dict())

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        with deals(request.member, on=timezone.localdate(), right="opportunity.export") as seen:
            rows = asked.of(seen.rows(), seen)
            yield Sheet(rows.count(), COLUMNS, WIDTHS, rows_of(seen, rows))

    back = f"{reverse('opportunity_list')}?{request.GET.urlencode()}"
    page = FormPage("导出商机", "导出", back, "商机", "导出的是列表上筛选出的商机；导出会被记录。")
    return export_page(request, form, page, right="opportunity.export", opened=opened)
