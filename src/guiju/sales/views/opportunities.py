"""Pages of opportunities: the list, one of them, its forms."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.customers.models import Customer
from guiju.customers.selectors.attachments import file_card
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.lists import kept_lists
from guiju.customers.selectors.reading import reading
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of, refusal_of, require
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.opportunities import AddOpportunityForm, AssignForm, OpportunityForm, initial_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors.attachments import owner_of_deal
from guiju.sales.selectors.deal_notes import notes_of
from guiju.sales.selectors.figures import month_choices, owners_of
from guiju.sales.selectors.filtering import ALL, NONE, OpportunityFilter, sources
from guiju.sales.selectors.history import history_for
from guiju.sales.selectors.reading import PURPOSE, Deals, deals
from guiju.sales.selectors.stages import Stages, stages_of
from guiju.sales.services import opportunities as services
from guiju.sales.services.details import Details
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of
from guiju.web.pickers import MOST, suggestions

_KEPT = ("reached", "reason", "source", "due", "made_from", "made_to", "closed_from", "closed_to")
"""What the form above the list has no input for."""

STATES = [*Opportunity.State.choices, (ALL, "全部")]


def owner_choices(seen_owners: dict[UUID, str], member_id: UUID) -> list[tuple[str, str]]:
    """Who may be chosen above a list; nobody where only one's own are there to see."""
    others = [(str(pk), name) for pk, name in seen_owners.items() if pk != member_id]
    return [("me", "我负责的"), *others] if others else []


@member_required
@require_GET
def opportunity_list(request: MemberRequest) -> HttpResponse:
    """商机"""
    member = request.member
    asked = OpportunityFilter.of_query(request.GET.dict())
    with deals(member, on=timezone.localdate()) as seen:
        rows = asked.of(seen.rows(), seen)
        page = latest_of(request, asked.paged(rows, seen), counted=rows)
        context = {
            "page": page,
            "lines": seen.lines(page.object_list),
            "total": seen.total(rows),
            "asked": asked,
            "stages": seen.stages.stages,
            "states": STATES,
            "owners": owner_choices(owners_of(seen), member.pk),
            "months": month_choices(seen.on),
            "lists": kept_lists(member, "opportunities"),
            "kept": [(name, getattr(asked, name)) for name in _KEPT if getattr(asked, name)],
            "told": _told(asked, seen.stages),
            "may_add": allows(member, "opportunity.add", on=member.entity_id),
            "may_export": reach_of(member, "opportunity.export") is not None,
            "may_assign": reach_of(member, "opportunity.assign") is not None,
            "assign": AssignForm(colleagues=colleagues_of(member), bulk="bulk"),
            "tab": "list",
        }
        return render(request, "sales/opportunity_list.html", context)


def _told(asked: OpportunityFilter, stages: Stages) -> list[str]:
    """What else the list is narrowed to, in words: what no input above it shows."""
    said = []
    if asked.reached:
        said.append(f"到过“{stages.label(asked.reached)}”")
    if asked.reason:
        said.append(f"输单原因：{stages.reason(asked.reason)}")
    if asked.source:
        said.append(f"来源：{'没有填写' if asked.source == NONE else sources().get(asked.source, asked.source)}")
    if asked.due:
        said.append("下一步到期或预计成交日已过")
    for label, first, last in (
        ("登记", asked.made_from, asked.made_to),
        ("结束", asked.closed_from, asked.closed_to),
    ):
        if first or last:
            said.append(f"{label}于{first[:10]}至{last[:10]}")
    return said


@member_required
@require_GET
def suggest_customers(request: MemberRequest) -> HttpResponse:
    """Customers in sight for a picker, by a part of the name or by phone."""
    if reach_of(request.member, "opportunity.add") is None:
        raise refusal_of("opportunity.add")
    with reading(request.member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        words = request.GET.get("q", "")
        found = CustomerFilter(search=words).of(seen.customers().filter(ended_on=None), seen)[:MOST] if words else []
        return suggestions(request, (one.name for one in seen.named(found) if one.shown_name == one.name))


@member_required
def add_opportunity(request: MemberRequest) -> HttpResponse:
    """登记商机"""
    member = request.member
    require(member, "opportunity.add", on=member.entity_id)
    known = asked_customer(request)
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        form = AddOpportunityForm(
            request.POST or None,
            stages=stages_of(member.entity_id),
            customers=None if known else seen.customers().filter(entity_id=member.entity_id),
        )
        if request.method == "POST" and form.is_valid():
            customer = known or form.cleaned_data["customer"]
            try:
                made = services.add_opportunity(
                    customer_id=customer.pk,
                    details=form.details,
                    stage=form.cleaned_data["stage"],
                    actor=member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"已登记商机“{made.name}”")
                return redirect("opportunity_detail", made.pk)
        back = reverse("customer_detail", args=[known.pk]) if known else reverse("opportunity_board")
        label = known.shown_name if known else "商机"
        return FormPage("登记商机", "登记", back, label).answer(request, form)


def asked_customer(request: MemberRequest) -> Customer | None:
    """The customer whom the address names, as the member sees them; None where it names none."""
    if not request.GET.get("customer"):
        return None
    try:
        customer_id = UUID(request.GET["customer"])
    except ValueError:
        raise Missing("customer_missing", "没有这位客户，或您的角色看不到") from None
    with reading(request.member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        return seen.customer(customer_id)


@member_required
@require_GET
def opportunity_detail(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """One opportunity: what it says, where it stands, its history."""
    member = request.member
    with deals(member, on=timezone.localdate()) as seen:
        row = seen.row(opportunity_id)
        [line] = seen.lines([row])
        may_change = reach_of(member, "opportunity.change") is not None and not line.is_frozen
        context = {
            "line": line,
            "row": row,
            "stages": seen.stages.stages,
            "reason": seen.stages.reason(row.lost_reason) if row.lost_reason else "",
            "source": sources().get(row.source, row.source),
            "may_change": may_change,
            "notes": notes_of(seen, row),
            "may_note": reach_of(member, "customer.change") is not None and bool(line.customer) and not line.is_frozen,
            "files": file_card(member, owner_of_deal(seen, row), on=seen.on),
            "may_assign": reach_of(member, "opportunity.assign") is not None and not line.is_frozen,
            "history": history_for(seen, row) if reach_of(member, "opportunity.history") is not None else None,
        }
        return render(request, "sales/opportunity_detail.html", context)


@member_required
def change_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """修改商机"""
    with deals(request.member, on=timezone.localdate(), right="opportunity.change") as seen:
        row = seen.row(opportunity_id)
        services.refuse_unusable(row.customer)
        [line] = seen.lines([row])
        shown = {"name": line.name, "next_step": line.next_step}
        form = OpportunityForm(request.POST or None, initial={**initial_of(row), **shown})
        if request.method == "POST" and form.is_valid():
            try:
                services.change_opportunity(
                    opportunity_id=row.pk,
                    details=_with_hidden(form.details, row, shown),
                    actor=request.member,
                    at=timezone.now(),
                    seen=form.seen_at,
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已修改")
                return redirect("opportunity_detail", row.pk)
        return page_of_form("修改商机", "保存", row, seen).answer(request, form)


def _with_hidden(details: Details, row: Opportunity, shown: dict[str, str]) -> Details:
    """A text that came back as it was shown stays as it is, with the numbers that weren't shown."""
    unchanged = {name: getattr(row, name) for name, text in shown.items() if getattr(details, name) == text}
    return replace(details, **unchanged)


@member_required
def assign_opportunity(request: MemberRequest, opportunity_id: UUID) -> HttpResponse:
    """分配商机"""
    member = request.member
    with deals(member, on=timezone.localdate(), right="opportunity.assign") as seen:
        row = seen.row(opportunity_id)
        services.refuse_unusable(row.customer)
        form = AssignForm(request.POST or None, colleagues=colleagues_of(member))
        if request.method == "POST" and form.is_valid():
            to = form.cleaned_data["owner"]
            try:
                services.assign_opportunity(opportunity_id=row.pk, to=to, actor=member, at=timezone.now())
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"“{seen.named(row)}”的负责人改为{to.user.name}")
                return redirect("opportunity_list")
        return page_of_form("分配商机", "分配", row, seen).answer(request, form)


def page_of_form(heading: str, submit: str, row: Opportunity, seen: Deals) -> FormPage:
    return FormPage(heading, submit, reverse("opportunity_detail", args=[row.pk]), seen.named(row))
