"""Pages of ties: somebody is found and tied to a customer, and a tie is ended."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.customers.forms.ties import TieForm
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.ties import choices_for
from guiju.customers.services import ties
from guiju.customers.views.customers import USUAL
from guiju.customers.views.merging import SHOWN
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell

_FOUND = 20


@member_required
def add_tie(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """登记关系"""
    member, words = request.member, request.GET.get("search", "")[:200]
    if reach_of(member, "customer.change") is None:
        raise refusal_of("customer.change")
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        customer = seen.customer(customer_id)
        form = TieForm(request.POST or None, choices=choices_for(customer))
        if request.method == "POST" and form.is_valid():
            try:
                ties.add_tie(actor=member, at=timezone.now(), **form.ends(customer.pk))
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已登记关系，两位的页面都看得到")
                return redirect("customer_detail", customer.pk)
        trouble = ""
        try:
            rows = CustomerFilter(words).of(seen.customers(), seen) if words.strip() else seen.customers().none()
        except Refused as refusal:
            rows, trouble = seen.customers().none(), refusal.sentence
        found = list(rows.filter(entity_id=customer.entity_id).exclude(pk=customer.pk)[:_FOUND])
        cells = seen.cells(found, codes=SHOWN)
        context = {
            "form": form,
            "customer": customer,
            "words": words,
            "trouble": trouble,
            "found": [(row, cells[row.pk].values()) for row in found],
        }
        return render(request, "customers/tie_form.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def end_tie(request: MemberRequest, customer_id: UUID, tie_id: UUID) -> HttpResponse:
    """结束关系"""

    def end() -> str:
        ties.end_tie(tie_id=tie_id, actor=request.member, at=timezone.now())
        return "关系已结束，记录留在时间线里"

    tell(request, end)
    return redirect("customer_detail", customer_id)
