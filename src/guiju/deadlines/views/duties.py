"""Pages of what is due."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.deadlines import exports
from guiju.deadlines.forms import DutyForm, HandOverDutyForm
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty
from guiju.deadlines.registry import DUTIES
from guiju.deadlines.selectors import duties as selectors
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.services import duties as services
from guiju.deadlines.services import feeds
from guiju.documents.ready_made import DEADLINE, LIST
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.calendar.days import FIRST_YEAR
from guiju.kernel.calendar.deadlines import COUNTING_RULES
from guiju.kernel.errors import GuijuError, NotAllowed
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of

_STATES = (
    ("running", "计时中"),
    ("soon", "七天内到期"),
    ("late", "已逾期"),
    ("provisional", "暂定（放假安排未公布）"),
    ("met", "已办结"),
    ("cancelled", "已取消"),
    ("all", "全部"),
)
_MOST_A_MONTH = 2000
_MOST_PRINTED = 1000
_FEED_BACK, _FEED_AHEAD = timedelta(days=90), timedelta(days=730)


def _asked(request: HttpRequest) -> selectors.DutyFilter:
    given = request.GET
    return selectors.DutyFilter(
        given.get("state") or "running", given.get("basis", ""), given.get("kind", ""), given.get("mine") == "1"
    )


@member_required
@require_GET
def duty_list(request: MemberRequest) -> HttpResponse:
    """期限"""
    now, member, asked = timezone.now(), request.member, _asked(request)
    rows = asked.of(selectors.duties_for(member), member, at=now)
    known = work_calendar()
    context: dict[str, Any] = {
        "asked": asked,
        "states": _STATES,
        "bases": Duty.Basis.choices,
        "kinds": DUTIES.values(),
        "may_add": allows(member, "duty.add", on=member.entity_id),
        "tab": "duties",
    }
    if request.GET.get("view") == "month":
        shows_items = asked.state in ("running", "late", "soon", "all") and not asked.basis and not asked.kind
        return render(request, "deadlines/duty_month.html", context | _month(request, rows, known, now, shows_items))
    page = page_of(request, rows)
    context |= {"page": page, "lines": selectors.lines_of(list(page.object_list), known, at=now)}
    return render(request, "deadlines/duty_list.html", context)


def _month(request: MemberRequest, rows: Any, known: Any, now: datetime, shows_items: bool) -> dict[str, Any]:
    """The duties of a month, each on its day, and what other parts have due."""
    today = timezone.localdate()
    text = request.GET.get("month", "")
    try:
        first = datetime.strptime(text, "%Y-%m").date() if text else today.replace(day=1)  # noqa: DTZ007
    except ValueError:
        first = today.replace(day=1)
    first = min(max(first, date(2004, 2, 1)), date(2099, 11, 1))
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    found = defaultdict(list)
    shown = rows.filter(due_on__gte=weeks[0][0], due_on__lte=weeks[-1][-1])[:_MOST_A_MONTH]
    for line in selectors.lines_of(list(shown), known, at=now):
        found[line.duty.due_on].append(line)
    items = selectors.items_for(request.member, weeks[0][0], weeks[-1][-1], at=now) if shows_items else []
    others = defaultdict(list)
    for item in items[:_MOST_A_MONTH]:
        others[item.on].append(item)
    return {
        "first": first,
        "before": date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1),
        "after": date(first.year + (first.month == 12), first.month % 12 + 1, 1),
        "weeks": [
            [
                (day, known.day(day), day == today, day.month == first.month, found.get(day, []), others.get(day, []))
                for day in week
            ]
            for week in weeks
        ],
    }


@member_required
@require_GET
def print_duties(request: MemberRequest) -> HttpResponse:
    """The list as it is filtered, for signing or an inspection."""
    member, now, asked = request.member, timezone.now(), _asked(request)
    rows = asked.of(selectors.duties_for(member), member, at=now)
    count = rows.count()
    lines = selectors.lines_of(list(rows[:_MOST_PRINTED]), work_calendar(), at=now)
    note_export(right="duty.read", count=len(lines), actor=member, at=now)
    made = print_pdf(
        LIST.code,
        exports.list_data(lines, _words_of(asked), count=count),
        of=letterhead_of(member.entity),
        on=timezone.localdate(),
    )
    return pdf_answer("期限清单.pdf", made)


def _words_of(asked: selectors.DutyFilter) -> str:
    """By what a list is filtered: who reads it on paper sees no filter."""
    basis = Duty.Basis(asked.basis).label if asked.basis in Duty.Basis.values else "法定和内部"
    kind = DUTIES[asked.kind].label if asked.kind in DUTIES else "全部事项"
    return "；".join([dict(_STATES).get(asked.state, "全部"), basis, kind, *(["只列本人经办的"] if asked.mine else [])])


@member_required
@require_GET
def print_duty(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """How a deadline was counted, day by day."""
    duty = selectors.duty_for(request.member, duty_id)
    mark = mark_of(duty)
    made = print_pdf(
        DEADLINE.code, exports.proof_data(duty), of=letterhead_of(duty.entity), on=timezone.localdate(), mark=mark
    )
    return pdf_answer(f"期限计算说明-{duty.title}.pdf", made)


@member_required
@require_GET
def duty_detail(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """One duty: when it ends and why, who is told when."""
    member, now = request.member, timezone.now()
    duty = selectors.duty_for(member, duty_id)
    [line] = selectors.lines_of([duty], work_calendar(), at=now)
    context = {
        "line": line,
        "duty": duty,
        "period": Period(duty.count, Unit(duty.unit)),
        "signals": list(selectors.signals_of(duty)),
        "may_settle": selectors.may_settle(member, duty) and duty.ended_at is None,
        "may_weigh": duty.basis != Duty.Basis.STATUTORY or allows(member, "duty.settle", on=duty.entity_id),
        "is_own": duty.kind == OWN.code,
        "due": selectors.due_words(duty),
        "old": [year for year in duty.lacks if year < FIRST_YEAR],
        "tab": "duties",
    }
    return render(request, "deadlines/duty_detail.html", context)


@member_required
def add_duty(request: MemberRequest) -> HttpResponse:
    """Something that is due and that no other page knows."""
    member = request.member
    require(member, "duty.add", on=member.entity_id)
    colleagues = colleagues_of(member) | Member.objects.filter(pk=member.pk)
    form = DutyForm(
        request.POST or None,
        colleagues=colleagues,
        initial={"holder": member, "started_on": timezone.localdate(), "basis": Duty.Basis.INTERNAL},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        wanted = services.NewDuty(
            OWN.code,
            member.entity_id,
            values["title"],
            datetime.combine(values["started_on"], time.min, CHINA),
            Period(values["count"], Unit(values["unit"])),
            Duty.Basis(values["basis"]),
            values["article"],
            holder=values["holder"],
            may_pause=values["may_pause"],
            rule=COUNTING_RULES[values["rule"]],
            closes_at=values["closes_at"],
        )
        try:
            made = services.add_duty(wanted=wanted, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"已起算：{made.due_on:%Y-%m-%d} 止")
            return redirect("duty_detail", made.pk)
    intro = "起算当日不计；最后一天是休假日的，顺延到其后第一个工作日（民法典第二百零一条至第二百零三条）。标题写事情，不写客户姓名。"
    return FormPage("新建期限", "起算", reverse("duty_list"), "期限", intro).answer(request, form)


@member_required
@require_POST
def settle_duty(request: MemberRequest, duty_id: UUID, what: str) -> HttpResponse:
    """Finish, cancel, pause or resume."""
    words = request.POST.get("words", "")
    member, now = request.member, timezone.now()

    def settle() -> str:
        if what == "finish":
            services.finish_duty(duty_id=duty_id, outcome=words, actor=member, at=now)
            return "已办结"
        if what == "cancel":
            services.cancel_duty(duty_id=duty_id, why=words, actor=member, at=now)
            return "已取消"
        if what == "pause":
            services.pause_duty(duty_id=duty_id, why=words, actor=member, at=now)
            return "已中止，恢复后继续计时"
        made = services.resume_duty(duty_id=duty_id, actor=member, at=now)
        return f"继续计时：{made.due_on:%Y-%m-%d} 止"

    tell(request, settle)
    return redirect("duty_detail", duty_id)


@member_required
def hand_over_duty(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """Into a colleague's hands."""
    member = request.member
    duty = selectors.duty_for(member, duty_id)
    if not selectors.may_settle(member, duty):
        raise NotAllowed("duty_not_yours", "这项期限不由您移交")
    colleagues = Member.objects.filter(entity_id=duty.entity_id, left_at=None)
    if duty.holder_id:
        colleagues = colleagues.exclude(pk=duty.holder_id)
    form = HandOverDutyForm(request.POST or None, colleagues=colleagues.select_related("user").order_by("user__name"))
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            services.hand_over_duty(duty_id=duty.pk, to=to, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"“{duty.title}”已交给{to.user.name}")
            # Out of one's hands it may be out of sight.
            is_seen = selectors.duties_for(member).filter(pk=duty.pk).exists()
            return redirect("duty_detail", duty.pk) if is_seen else redirect("duty_list")
    back = reverse("duty_detail", args=[duty.pk])
    return FormPage("移交期限", "移交", back, duty.title).answer(request, form)


@member_required
def subscribe_calendar(request: MemberRequest) -> HttpResponse:
    """The address under which a calendar program reads one's duties; shown once."""
    address = ""
    if request.method == "POST":
        if request.POST.get("what") == "end":
            tell(request, lambda: feeds.end_feed(actor=request.member, at=timezone.now()))
            return redirect("subscribe_calendar")
        has_titles = request.POST.get("titles") == "1"
        secret = feeds.open_feed(has_titles=has_titles, actor=request.member, at=timezone.now())
        address = f"{settings.GUIJU_STAFF_URL.rstrip('/')}{reverse('duty_feed', args=[secret])}"
    context = {"address": address, "known": feeds.feed_of(request.member), "tab": "duties"}
    return render(request, "deadlines/subscribe.html", context)


@require_GET
def duty_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What a calendar program reads: it knows the address and nothing else."""
    member, feed = feeds.member_of_feed(secret)
    now = timezone.now()
    with acting(member):
        today = timezone.localdate()
        asked = selectors.DutyFilter()
        rows = asked.of(selectors.duties_for(member), member, at=now)
        rows = rows.filter(due_on__gte=today - _FEED_BACK, due_on__lte=today + _FEED_AHEAD)[: feeds.MOST]
        items = selectors.items_for(member, today - _FEED_BACK, today + _FEED_AHEAD, at=now)[: feeds.MOST]
        text = exports.calendar_of(list(rows), items, base=settings.GUIJU_STAFF_URL, at=now, has_titles=feed.has_titles)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = "inline; filename=guiju.ics"
    answer["Cache-Control"] = "no-store"
    return answer
