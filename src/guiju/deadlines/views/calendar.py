"""Pages of the calendar."""

from __future__ import annotations

import calendar
import hashlib
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.deadlines.forms import NoticeForm
from guiju.deadlines.selectors import calendar as selectors
from guiju.deadlines.services import Entered, enter_notice, read_year
from guiju.kernel.calendar import WorkCalendar
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require, root_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell

_MONTHS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


@member_required
@require_GET
def work_calendar(request: MemberRequest) -> HttpResponse:
    """工作日历"""
    today = timezone.localdate()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    if not selectors.EARLIEST_YEAR <= year <= selectors.LATEST_YEAR:
        raise Missing("no_such_year", f"日历从{selectors.EARLIEST_YEAR}年到{selectors.LATEST_YEAR}年")
    known = selectors.work_calendar()
    days = [known.day(day) for day in selectors.days_of(year)]
    context = {
        "year": year,
        "before": year - 1 if year > selectors.EARLIEST_YEAR else None,
        "after": year + 1 if year < selectors.LATEST_YEAR else None,
        "is_known": known.knows(year),
        "entered": selectors.entered_for(year),
        "working": sum(day.is_working for day in days),
        "holidays": selectors.holidays(days),
        "months": [_month(known, year, number, today) for number in range(1, 13)],
        "tab": "calendar",
        "may_enter": allows(request.member, "calendar.enter", on=root_of(request.member.entity_id)),
    }
    return render(request, "deadlines/work_calendar.html", context)


def _month(known: WorkCalendar, year: int, number: int, today: date) -> dict[str, Any]:
    weeks = [
        [(day, known.day(day), day == today) if day.month == number else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, number)
    ]
    return {"name": f"{_MONTHS[number - 1]}月", "weeks": weeks}


@member_required
def enter_year_notice(request: MemberRequest) -> HttpResponse:
    """录入放假安排: read, shown with what it changes, then entered."""
    member = request.member
    require(member, "calendar.enter", on=root_of(member.entity_id))
    form = NoticeForm(request.POST or None)
    found: Entered | None = None
    seen = ""
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        seen = hashlib.sha256(text.encode()).hexdigest()
        try:
            found = read_year(text=text)
            if form.cleaned_data["seen"] == seen:
                made = enter_notice(
                    text=text, source=form.cleaned_data["source"], is_sure=True, actor=member, at=timezone.now()
                )
                tell(request, lambda: f"已录入{made.year}年的放假安排")
                return redirect(f"{request.path.removesuffix('enter/')}?year={made.year}")
        except GuijuError as error:
            show_problems(form, error)
    if form.errors:
        found = None
    context = {"form": form, "found": found, "seen": seen if found else ""}
    return render(request, "deadlines/enter_notice.html", context, status=422 if form.errors else 200)
