"""From something that has to go, a task or a file that was taken back, to the proposal that it is destroyed (提出销毁)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest
from guiju.web.forms import Form
from guiju.work.models import Task

RIGHT = "archive.propose"
_TOLD = "已提出，等另一个人审批（待办 → 审批）；批准并销毁以后，这项待办自动办结"


def proposing_task(request: MemberRequest, kind: str, task_id: UUID) -> Task:
    """The task of the member's company by which they propose; raises `Missing` and `NotAllowed`."""
    task = Task.objects.filter(pk=task_id, kind=kind, entity_id=request.member.entity_id).first()
    if task is None or task.subject_id is None:
        raise Missing("task_missing", "没有这项待办，或您的角色看不到它")
    require(request.member, RIGHT, on=task.entity_id)
    return task


def proposed(request: MemberRequest, form: Form, propose: Callable[..., Disposal], back: str) -> HttpResponse | None:
    """Propose with the reason that was typed, and go on; None where nothing was sent, or something is wrong with it.

    `propose` is called with `reason`, `actor` and `at`.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        propose(reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now())
    except GuijuError as error:
        show_problems(form, error)
        return None
    messages.success(request, _TOLD)
    return redirect(back)
