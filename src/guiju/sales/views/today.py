"""What waits for me today, in one page; and the list of all with whom to go on."""

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

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.selectors.wanting import count_wanting
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import DutyFilter, duties_for, lines_of
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.today import TodoForm
from guiju.sales.selectors import today as selectors
from guiju.sales.selectors.figures import names_of_owners
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.reading import PURPOSE, deals
from guiju.sales.services import todos
from guiju.sales.views.opportunities import asked_customer
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.work.selectors import approvals_waiting_for, lines_of_tasks, tasks_for

MOST = 20
"""So many of each kind; more are behind a link."""


@member_required
@require_GET
def today(request: MemberRequest) -> HttpResponse:
    """我的今天"""
    member, now, on = request.member, timezone.now(), timezone.localdate()
    mine = selectors.todos_of(member)
    waiting = tasks_for(member)
    duties = DutyFilter("late", mine=True).of(duties_for(member), member, at=now)
    soon = DutyFilter("soon", mine=True).of(duties_for(member), member, at=now)
    late = list(duties[:MOST])
    context = {
        "on": on,
        "todos": selectors.lines_of_todos(mine[:MOST], member, on=on),
        "todo_count": mine.count(),
        "form": TodoForm(),
        "tasks": lines_of_tasks(waiting[:MOST], member, at=now),
        "approvals": approvals_waiting_for(member, at=now).count(),
        "duties": lines_of([*late, *soon[: MOST - len(late)]], work_calendar(), at=now),
        "tab": "today",
        **_customers(member),
        **_opportunities(member),
    }
    return render(request, "sales/today.html", context)


def _customers(member: Member) -> dict[str, Any]:
    """With whom to go on, and to whom nobody spoke for long; nothing for who sees no customers."""
    if reach_of(member, "customer.read") is None:
        return {}
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        due = selectors.of_owner(selectors.due_touches(seen), "me", member)
        quiet = selectors.of_owner(selectors.neglected(seen, at=timezone.now()), "me", member)
        return {
            "due": selectors.touches_of(seen, due[:MOST]),
            "due_count": due.count(),
            "quiet": selectors.touches_of(seen, quiet[:MOST]),
            "quiet_count": quiet.count(),
            "quiet_days": selectors.QUIET_DAYS,
            "wanting_count": count_wanting(member),
            "may_write": reach_of(member, "customer.change") is not None,
        }


def _opportunities(member: Member) -> dict[str, Any]:
    if reach_of(member, "opportunity.read") is None:
        return {}
    asked = OpportunityFilter(owner="me", due="1", sort="expected")
    with deals(member, on=timezone.localdate()) as seen:
        rows = asked.of(seen.rows(), seen)
        return {"opportunities": seen.lines(rows[:MOST]), "opportunity_count": rows.count(), "due_query": asked.query}


def what_asked(request: MemberRequest) -> str:
    return "quiet" if request.GET.get("what") == "quiet" else "due"


def follow_ups(request: MemberRequest, seen: Reading) -> QuerySet[Customer]:
    """With whom to go on, or to whom nobody spoke for long, as the address asks."""
    is_quiet = what_asked(request) == "quiet"
    rows = selectors.neglected(seen, at=timezone.now()) if is_quiet else selectors.due_touches(seen)
    return selectors.of_owner(rows, request.GET.get("owner", "me"), request.member)


@member_required
@require_GET
def follow_up_list(request: MemberRequest) -> HttpResponse:
    """要跟进的客户"""
    member = request.member
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        page = page_of(request, follow_ups(request, seen))
        touches = selectors.touches_of(seen, page.object_list)
        context = {
            "page": page,
            "touches": touches,
            "what": what_asked(request),
            "whose": _name_of(request.GET.get("owner", "me"), member),
            "quiet_days": selectors.QUIET_DAYS,
            "may_write": reach_of(member, "customer.change") is not None,
        }
        return render(request, "sales/follow_up_list.html", context)


def _name_of(owner: str, member: Member) -> str:
    if owner in ("me", str(member.pk)):
        return "我负责的"
    try:
        return names_of_owners([UUID(owner)]).get(UUID(owner), "")
    except ValueError:
        return ""


@member_required
def add_todo(request: MemberRequest) -> HttpResponse:
    """登记待办事项"""
    form = TodoForm(request.POST or None)
    known = asked_customer(request)
    back = reverse("customer_detail", args=[known.pk]) if known else reverse("today")
    if request.method == "POST" and form.is_valid():
        about = known.pk if known else None
        try:
            todos.add_todo(actor=request.member, at=timezone.now(), customer_id=about, **form.cleaned_data)
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已记下，在“我的今天”里")
            return redirect(back)
    return FormPage("记一件待办", "记下", back, known.shown_name if known else "我的今天").answer(request, form)


@member_required
@require_POST
def finish_todo(request: MemberRequest, todo_id: UUID) -> HttpResponse:
    tell(request, lambda: f"办完：{todos.finish_todo(todo_id=todo_id, actor=request.member, at=timezone.now()).title}")
    return redirect("today")
