"""Pages of work: what waits for me, what I asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.work import selectors
from guiju.work.forms import HandOverForm
from guiju.work.registry import APPROVALS
from guiju.work.services import approvals, tasks


@member_required
@require_GET
def work_list(request: MemberRequest) -> HttpResponse:
    """待办"""
    member, now = request.member, timezone.now()
    page = page_of(request, selectors.tasks_for(member))
    waiting = selectors.approvals_waiting_for(member, at=now)[:100]
    context = {
        "page": page,
        "lines": selectors.lines_of_tasks(page.object_list, member, at=now),
        "waiting": [
            (one, APPROVALS[one.kind].label, APPROVALS[one.kind].url(one)) for one in waiting if one.kind in APPROVALS
        ],
        "asked": [
            (one, APPROVALS[one.kind].label) for one in selectors.own_approvals(member)[:20] if one.kind in APPROVALS
        ],
        "now": now,
    }
    return render(request, "work/work_list.html", context)


@member_required
@require_POST
def decide_approval(request: MemberRequest, approval_id: UUID) -> HttpResponse:
    allows = request.POST.get("decision") == "allow"

    def decide() -> str:
        made = approvals.decide_approval(
            approval_id=approval_id,
            allows=allows,
            note=request.POST.get("note", ""),
            actor=request.member,
            at=timezone.now(),
        )
        if made.state == made.State.OPEN:
            return f"已同意“{made.title}”，还要另一个人同意"
        return f"“{made.title}”{made.get_state_display()}"

    tell(request, decide)
    return redirect("work_list")


@member_required
@require_POST
def withdraw_approval(request: MemberRequest, approval_id: UUID) -> HttpResponse:
    def withdraw() -> str:
        made = approvals.withdraw_approval(approval_id=approval_id, actor=request.member, at=timezone.now())
        return f"已撤回“{made.title}”"

    tell(request, withdraw)
    return redirect("work_list")


@member_required
@require_POST
def take_task(request: MemberRequest, task_id: UUID) -> HttpResponse:
    def take() -> str:
        return f"已领取“{tasks.take_task(task_id=task_id, actor=request.member, at=timezone.now()).title}”"

    tell(request, take)
    return redirect("work_list")


@member_required
def hand_over_task(request: MemberRequest, task_id: UUID) -> HttpResponse:
    """Give a task into a colleague's hands."""
    member = request.member
    task = selectors.task_for(member, task_id)
    if task.holder_id != member.pk:
        require(member, "work.assign", on=task.entity_id)
    form = HandOverForm(request.POST or None, colleagues=colleagues_of(member))
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            tasks.hand_over_task(task_id=task.pk, to=to, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"“{task.title}”已交给{to.user.name}")
            return redirect("work_list")
    return FormPage("移交待办", "移交", reverse("work_list"), "待办", task.title).answer(request, form)


_TASKS = (
    Column("要办的事", lambda line: line.task.title, 50),
    Column("种类", attrgetter("label"), 20),
    Column("公司", lambda line: line.task.entity.name, 30),
    Column("到期", lambda line: line.task.due_at, 18),
    Column("经办", lambda line: line.task.holder.user.name if line.task.holder else "", 12),
    Column("", lambda line: "已逾期" if line.is_late else "", 8),
)
_APPROVALS = (
    Column("申请", attrgetter("title"), 50),
    Column("种类", lambda one: APPROVALS[one.kind].label, 20),
    Column("申请人", lambda one: one.asked_by.user.name, 12),
    Column("公司", lambda one: one.entity.name, 30),
    Column("理由", attrgetter("reason"), 50),
    Column("状态", lambda one: one.get_state_display(), 10),
    Column("申请时间", attrgetter("asked_at"), 18),
    Column("有效至", attrgetter("due_at"), 18),
)


@contextmanager
def _tasks(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    member = request.member
    yield sheet_of(_TASKS, selectors.lines_of_tasks(selectors.tasks_for(member), member, at=timezone.now()))


@contextmanager
def _approvals(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    """Those that wait for the member first, then what they asked for."""
    waiting = selectors.approvals_waiting_for(request.member, at=timezone.now())
    own = selectors.own_approvals(request.member).select_related("asked_by__user", "entity")
    yield sheet_of(_APPROVALS, [one for one in (*waiting, *own) if one.kind in APPROVALS])


TABLES["tasks"] = Table("待办", "work_list", "", _tasks)
TABLES["approvals"] = Table("审批", "work_list", "", _approvals)
