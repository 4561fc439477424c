"""What waits for me today, in one page; and the list of all with whom to go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.selectors.wanting import count_wanting
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import DutyFilter, duties_for, lines_of
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.selectors import today as selectors
from guiju.sales.selectors.figures import names_of_owners
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.reading import PURPOSE, deals
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
        "given": selectors.lines_of_todos(selectors.todos_given(member)[:MOST], member, on=on),
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
    asked = request.GET.get("what", "")
    return asked if asked in _FOLLOWED else "due"


_FOLLOWED: dict[str, Callable[[Reading, datetime], QuerySet[Customer]]] = {
    "due": lambda seen, at: selectors.due_touches(seen),
    "quiet": lambda seen, at: selectors.neglected(seen, at=at),
    "claimed": lambda seen, at: selectors.claimed(seen, at=at),
}


def follow_ups(request: MemberRequest, seen: Reading) -> QuerySet[Customer]:
    """With whom to go on, to whom nobody spoke for long, or who came out of the pool, as the address asks."""
    rows = _FOLLOWED[what_asked(request)](seen, timezone.now())
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
            "claimed_days": selectors.CLAIMED_DAYS,
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
