"""Pages of who gets which case, of handing over, of the supervisor, and of words that are used again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.complaints.forms.team import HandOverForm, RouteForm, SnippetForm
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.agents import COUNTED, agents
from guiju.complaints.selectors.cases import LABELS, reading_complaints
from guiju.complaints.selectors.routes import routes_of
from guiju.complaints.selectors.snippets import snippets_of
from guiju.complaints.services import sharing, snippets
from guiju.complaints.services.snippets import Words
from guiju.kernel.errors import GuijuError
from guiju.orders.selectors.products import products_for
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, reach_of, refusal_of, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage

_MOST_SHOWN = 200


def handlers_of(entity_id: UUID) -> QuerySet[Member]:
    """Who of a company may have a case in hand."""
    rows = Member.objects.filter(entity_id=entity_id, left_at=None).select_related("user")
    fit = [one.pk for one in rows if allows(one, "complaint.handle", on=entity_id)]
    return rows.filter(pk__in=fit).order_by("user__name")


@member_required
@require_GET
def agent_list(request: MemberRequest) -> HttpResponse:
    """督办"""
    member = request.member
    if all(reach_of(member, one) is None for one in ("complaint.assign", "complaint.oversee")):
        raise refusal_of("complaint.oversee")
    with reading_complaints(member, at=timezone.now(), on=timezone.localdate()) as seen:
        context = {
            "lines": agents(seen),
            "columns": [LABELS[code] for code in COUNTED],
            "may_assign": allows(member, "complaint.assign", on=member.entity_id),
        }
        return render(request, "complaints/agent_list.html", context)


@member_required
def hand_over_cases(request: MemberRequest) -> HttpResponse:
    """交接投诉"""
    member = request.member
    require(member, "complaint.assign", on=member.entity_id)
    members, of = handlers_of(member.entity_id), _whose(request)
    held = Complaint.objects.filter(entity_id=member.entity_id, holder=of, closed_at=None).order_by("due_at", "pk")
    form = HandOverForm(request.POST or None, members=members, cases=list(held[:_MOST_SHOWN]), initial={"of": of})
    if request.method == "POST" and form.is_valid():
        try:
            moved = sharing.hand_over_cases(
                of=form.cleaned_data["of"],
                complaint_ids=form.chosen,
                to=form.cleaned_data["to"],
                note=form.cleaned_data["note"],
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已交接{len(moved)}件")
            return redirect("agent_list")
    return FormPage("交接投诉", "交接", reverse("agent_list"), "督办").answer(request, form)


def _whose(request: MemberRequest) -> UUID:
    """Whose cases the page lists: as the form says, or as one came; one's own where that says nothing."""
    text = request.POST.get("of") or request.GET.get("of", "")
    try:
        return UUID(text)
    except ValueError:
        return request.member.pk


@member_required
def complaint_routes(request: MemberRequest) -> HttpResponse:
    """分派规则"""
    member = request.member
    require(member, "complaint.assign", on=member.entity_id)
    may_name = allows(member, "product.read", on=member.entity_id)
    products = products_for(member).filter(ended_at=None) if may_name else None
    named: dict[str, Any] = {"products": products} if products is not None else {"products": _no_products()}
    form = RouteForm(request.POST or None, members=handlers_of(member.entity_id), **named)
    if request.method == "POST" and form.is_valid():
        try:
            sharing.add_route(
                to=form.cleaned_data["to"], product=form.cleaned_data["product"], actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已设定")
            return redirect("complaint_routes")
    context = {"form": form, "routes": routes_of(member.entity_id)}
    return render(request, "complaints/routes.html", context, status=422 if form.errors else 200)


def _no_products() -> Any:
    from guiju.orders.models import Product

    return Product.objects.none()


@member_required
@require_POST
def end_route(request: MemberRequest, route_id: UUID) -> HttpResponse:
    """停用分派规则"""

    def act() -> str:
        sharing.end_route(route_id=route_id, actor=request.member, at=timezone.now())
        return "已停用"

    tell(request, act)
    return redirect("complaint_routes")


@member_required
def complaint_snippets(request: MemberRequest) -> HttpResponse:
    """常用语"""
    member = request.member
    require(member, "complaint.assign", on=member.entity_id)
    known = snippets_of(member.entity_id)
    now = next((one for one in known if str(one.pk) == request.GET.get("change", "")), None)
    initial = {"title": now.title, "text": now.text} if now else None
    form = SnippetForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            snippets.put_snippet(
                words=Words(form.cleaned_data["title"], form.cleaned_data["text"]),
                actor=member,
                at=timezone.now(),
                snippet_id=now.pk if now else None,
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已保存")
            return redirect("complaint_snippets")
    context = {"form": form, "snippets": known, "now": now}
    return render(request, "complaints/snippets.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def end_snippet(request: MemberRequest, snippet_id: UUID) -> HttpResponse:
    """停用常用语"""

    def act() -> str:
        snippets.end_snippet(snippet_id=snippet_id, actor=request.member, at=timezone.now())
        return "已停用"

    tell(request, act)
    return redirect("complaint_snippets")
