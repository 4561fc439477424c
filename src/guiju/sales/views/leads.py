"""Pages of leads: the list, how one is entered, and what becomes of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.selectors.lists import kept_lists
from guiju.customers.services.intake import How
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Reach
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.leads import AddLeadForm, DiscardForm, InterestForm
from guiju.sales.forms.opportunities import AddOpportunityForm
from guiju.sales.models import Lead
from guiju.sales.selectors.filtering import ALL
from guiju.sales.selectors.leads import LeadFilter, lead_lines, lead_of
from guiju.sales.selectors.reading import Deals, deals
from guiju.sales.services import leads as services
from guiju.sales.services.opportunities import refuse_unusable
from guiju.sales.views.opportunities import asked_customer
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of

STATES = [*Lead.State.choices, (ALL, "全部")]


@member_required
@require_GET
def lead_list(request: MemberRequest) -> HttpResponse:
    """线索"""
    member = request.member
    asked = LeadFilter.of_query(request.GET.dict())
    with deals(member, on=timezone.localdate()) as seen:
        page = latest_of(request, asked.of(seen))
        context = {
            "page": page,
            "lines": lead_lines(seen, page.object_list),
            "asked": asked,
            "states": STATES,
            "lists": kept_lists(member, "leads"),
            "reason": seen.stages.reason(asked.reason) if asked.reason else "",
            "is_team": seen.sight.reach is not Reach.OWN,
            "may_add": allows(member, "opportunity.add", on=member.entity_id),
            "may_change": reach_of(member, "opportunity.change") is not None,
            "tab": "leads",
        }
        return render(request, "sales/lead_list.html", context)


@member_required
def add_lead(request: MemberRequest) -> HttpResponse:
    """登记线索: somebody new, or what a customer who is there asks for."""
    member = request.member
    require(member, "opportunity.add", on=member.entity_id)
    known = asked_customer(request)
    if known is None:
        require(member, "customer.add", on=member.entity_id)
    form = (
        InterestForm(request.POST or None) if known else AddLeadForm(request.POST or None, entity_id=member.entity_id)
    )
    back = reverse("customer_detail", args=[known.pk]) if known else reverse("lead_list")
    if request.method == "POST" and form.is_valid():
        said = {"interest": form.cleaned_data["interest"], "actor": member, "at": timezone.now()}
        try:
            if isinstance(form, AddLeadForm):
                kind = form.cleaned_data["kind"]
                _, saved = services.add_lead(kind=kind, values=form.values, how=How(), **said)
                for problem in saved.refused:
                    messages.warning(request, f"线索已登记，这一项没有保存：{problem.sentence}")
            elif known is not None:
                services.open_lead(customer_id=known.pk, **said)
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已登记线索")
            return redirect(back)
    label = known.shown_name if known else "线索"
    return FormPage("登记线索", "登记", back, label, "" if known else _INTRO).answer(request, form)


_INTRO = "登记的是一位客户，只填知道的；要征得同意的内容和未成年人，请先从“登记客户”登记，再在客户的页面登记线索。"


@member_required
def qualify_lead(request: MemberRequest, lead_id: UUID) -> HttpResponse:
    """线索转商机"""
    with deals(request.member, on=timezone.localdate(), right="opportunity.change") as seen:
        row = _usable(seen, lead_id)
        [line] = lead_lines(seen, [row])
        form = AddOpportunityForm(
            request.POST or None, stages=seen.stages, customers=None, initial={"name": line.interest}
        )
        if request.method == "POST" and form.is_valid():
            try:
                made = services.qualify_lead(
                    lead_id=row.pk,
                    details=form.details,
                    stage=form.cleaned_data["stage"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已转为商机")
                return redirect("opportunity_detail", made.opportunity_id)
        return FormPage("线索转商机", "转为商机", reverse("lead_list"), line.customer or "线索").answer(request, form)


@member_required
def discard_lead(request: MemberRequest, lead_id: UUID) -> HttpResponse:
    """线索不再跟进"""
    with deals(request.member, on=timezone.localdate(), right="opportunity.change") as seen:
        row = _usable(seen, lead_id)
        [line] = lead_lines(seen, [row])
        form = DiscardForm(request.POST or None, stages=seen.stages)
        if request.method == "POST" and form.is_valid():
            try:
                services.discard_lead(lead_id=row.pk, actor=request.member, at=timezone.now(), **form.cleaned_data)
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已记为不再跟进")
                return redirect("lead_list")
        page = FormPage("线索不再跟进", "不再跟进", reverse("lead_list"), line.customer or "线索", _KEPT)
        return page.answer(request, form)


_KEPT = "客户的资料还在；与这位客户不再有关系的，请在客户的页面结束关系，保存期限从那天起算。"


def _usable(seen: Deals, lead_id: UUID) -> Lead:
    row = lead_of(seen, lead_id)
    refuse_unusable(row.customer)
    return row


@member_required
@require_POST
def reopen_lead(request: MemberRequest, lead_id: UUID) -> HttpResponse:
    """重新打开线索"""

    def reopen() -> str:
        services.reopen_lead(lead_id=lead_id, actor=request.member, at=timezone.now())
        return "已重新打开"

    tell(request, reopen)
    return redirect("lead_list")
