"""The page of backups: how they stand, drills, restorations. It shows; what changes them is done on the server."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.database.scope import scope_with
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require, root_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.safekeeping import selectors, services
from guiju.safekeeping.forms import LookedForm
from guiju.safekeeping.selectors.keys import keys_page_for
from guiju.safekeeping.services.looking import KIND, RIGHT
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.work.models import Task


@member_required
@require_GET
def backup_overview(request: MemberRequest) -> HttpResponse:
    """备份"""
    found = selectors.backup_overview_for(request.member, at=timezone.now())
    context = {
        "found": found,
        "restorations": [(one, selectors.replayed_in_words(one)) for one in found.restorations],
    }
    with scope_with(root_of(request.member.entity_id)):
        return render(request, "safekeeping/backup_overview.html", context)


@member_required
@require_GET
def drill_detail(request: MemberRequest, drill_id: UUID) -> HttpResponse:
    """恢复演练: what one drill compared and found."""
    found = selectors.drill_for(request.member, drill_id)
    with scope_with(root_of(request.member.entity_id)):
        return render(request, "safekeeping/drill_detail.html", {"drill": found})


@member_required
@require_GET
def key_overview(request: MemberRequest) -> HttpResponse:
    """密钥: which company seals under which, since when, and how it is changed; nothing of it opens anything."""
    found = keys_page_for(request.member)
    with scope_with(root_of(request.member.entity_id), *{one.entity_id for one in found.masters}):
        return render(request, "safekeeping/key_overview.html", {"found": found})


@member_required
def look_after_restore(request: MemberRequest, looking_id: UUID) -> HttpResponse:
    """恢复后的核对: what was not done again, and what somebody found."""
    member = request.member
    task = Task.objects.filter(pk=looking_id, kind=KIND, entity_id=member.entity_id).first()
    if task is None:
        raise Missing("task_missing", "没有这项待办，或您的角色看不到它")
    require(member, RIGHT, on=task.entity_id)
    form = LookedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_looking(task_id=task.pk, found=form.cleaned_data["found"], actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已办结")
            return redirect("work_list")
    page = FormPage("恢复后的核对", "办结", reverse("work_list"), "待办")
    context = {"task": task, "page_of_form": page, "form": form, "labels": selectors.kinds_in_words()}
    status = 422 if form.errors else 200
    return render(request, "safekeeping/look_after_restore.html", context, status=status)
