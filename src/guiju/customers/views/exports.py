"""A list of customers is taken out as a file."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.customers.exports import CustomerTable
from guiju.customers.forms.exports import ExportCustomersForm
from guiju.customers.selectors.reading import reading
from guiju.customers.views.customers import asked_of, purpose_of
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.exports import mark_of
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.services.disclosures import take_out
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage
from guiju.web.tables import table_answer

MOST_ON_A_PAGE = 50_000
"""Customers that a browser waits for; more of them go by the command line."""


@member_required
def export_customers(request: MemberRequest) -> HttpResponseBase:
    """导出客户"""
    if reach_of(request.member, "customer.export") is None:
        raise refusal_of("customer.export")
    form = ExportCustomersForm(request.POST or None, initial={"purpose": purpose_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            return _file(request, form)
        except GuijuError as error:
            show_problems(form, error)
    back = f"{reverse('customer_list')}?{request.GET.urlencode()}"
    page = FormPage("导出客户", "导出", back, "客户", "导出的是列表上筛选出的客户，脱敏与列表一致；导出会被记录。")
    return page.answer(request, form)


def _file(request: MemberRequest, form: ExportCustomersForm) -> HttpResponseBase:
    member, now, said = request.member, timezone.now(), form.cleaned_data
    with reading(member, purpose=said["purpose"], on=timezone.localdate(), right="customer.export") as seen:
        rows = asked_of(request).of(seen.customers(), seen)
        count = rows.count()
        if count > MOST_ON_A_PAGE:
            raise Refused("export_too_large", f"共{count}位，一次最多导出{MOST_ON_A_PAGE}位：请缩小条件，或用命令导出")
        made = take_out(
            right="customer.export",
            count=count,
            purpose=said["purpose"],
            reason=said["reason"],
            actor=member,
            at=now,
        )
        table = CustomerTable(seen, rows, with_all_fields=said["with_all_fields"])
        name = f"客户-{timezone.localdate():%Y%m%d}.{said['ending']}"
        return table_answer(name, table.header, table, mark=mark_of(made), widths=table.widths)
