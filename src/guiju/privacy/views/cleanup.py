"""Pages of searches for data held against the law (合规 → 数据清理), and of what follows from them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.selectors import address_of, copies_of, field_labels, kept_back
from guiju.archives.shown import proposed, proposing_task
from guiju.documents.ready_made import LETTER
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.exports import report_data, report_workbook
from guiju.privacy.forms import CleanupForm, DeleteWithdrawnForm, FreezeFoundForm, ProposeFoundForm
from guiju.privacy.judging import to_delete_of
from guiju.privacy.models import Cleanup
from guiju.privacy.selectors import cleanup as selectors
from guiju.privacy.services import cleanup as services
from guiju.privacy.services import withdrawals
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.web.tables import xlsx_response


@member_required
@require_GET
def cleanup_list(request: MemberRequest) -> HttpResponse:
    """数据清理"""
    member = request.member
    context = {
        "page": page_of(request, selectors.cleanups_for(member)),
        "may_run": allows(member, "cleanup.run", on=member.entity_id),
        "tab": "cleanup",
    }
    return render(request, "privacy/cleanup_list.html", context)


@member_required
def start_cleanup(request: MemberRequest) -> HttpResponse:
    """查找违规数据"""
    member = request.member
    require(member, "cleanup.run", on=member.entity_id)
    form = CleanupForm(request.POST or None, initial={"on": timezone.localdate()})
    page = FormPage("查找违规数据", "开始查找", reverse("cleanup_list"), "数据清理", _SEARCHES)

    def start() -> HttpResponse:
        made = services.start_cleanup(
            entity_id=member.entity_id, on=form.cleaned_data["on"], actor=member, at=timezone.now()
        )
        return redirect("cleanup_detail", made.pk)

    return _asked(request, form, page, start)


_SEARCHES = (
    "逐项核对现在保存的客户信息：字段台账有没有登记、启用、写明目的，收集时有没有告知，同意有没有、在不在生效，"
    "保存期限有没有届满。只查找，不改动任何内容。"
)


def _asked(request: MemberRequest, form: Any, page: FormPage, act: Callable[[], HttpResponse]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return act()
        except Missing:
            raise
        except GuijuError as error:
            show_problems(form, error)
    return page.answer(request, form)


@member_required
@require_GET
def cleanup_detail(request: MemberRequest, cleanup_id: UUID) -> HttpResponse:
    """What one search found, and what was done about it."""
    member = request.member
    found = selectors.cleanup_for(member, cleanup_id)
    gone, kept = selectors.destroyed_and_kept(found)
    is_own, is_done = found.entity_id == member.entity_id, found.state == Cleanup.State.FOUND
    is_gone = found.disposal is not None and found.disposal.state == Disposal.State.DONE and not kept
    waits = found.disposal is not None and found.disposal.state in _WAITING
    is_open = is_done and is_own and found.holders and not is_gone
    context = {
        "cleanup": found,
        "lines": selectors.lines_of(found),
        "looked": sum(found.records.values()),
        "values": sum(one["found"] for one in found.counts.values()),
        "is_own": is_own,
        "is_running": not is_done,
        "may_freeze": is_open and not found.frozen_at and _may(request, "subject.freeze"),
        "may_propose": is_open and not waits and _may(request, "archive.propose"),
        "frozen_nowhere": selectors.frozen_nowhere(found),
        "gone": gone,
        "kept": kept,
        "tab": "cleanup",
    }
    return render(request, "privacy/cleanup_detail.html", context)


_WAITING = (Disposal.State.OPEN, Disposal.State.ALLOWED)


def _may(request: MemberRequest, right: str) -> bool:
    return allows(request.member, right, on=request.member.entity_id)


@member_required
@require_GET
def cleanup_people(request: MemberRequest, cleanup_id: UUID, record: str, found: str) -> HttpResponse:
    """Whom a finding is about, masked."""
    member = request.member
    cleanup = selectors.cleanup_for(member, cleanup_id)
    line = next((one for one in selectors.lines_of(cleanup) if (one.record, one.code) == (record, found)), None)
    if line is None:
        raise Missing("finding_missing", "这次清理没有在这个字段里找到什么")
    page = page_of(request, selectors.findings_of(member, cleanup, record, found))
    context = {
        "cleanup": cleanup,
        "line": line,
        "page": page,
        "people": selectors.people_of(member, list(page.object_list), found),
        "tab": "cleanup",
    }
    return render(request, "privacy/cleanup_people.html", context)


@member_required
def freeze_found(request: MemberRequest, cleanup_id: UUID) -> HttpResponse:
    """冻结全部"""
    member = request.member
    found = selectors.cleanup_for(member, cleanup_id)
    require(member, "subject.freeze", on=found.entity_id)
    form = FreezeFoundForm(request.POST or None)

    def freeze() -> HttpResponse:
        done = services.freeze_found(
            cleanup_id=found.pk, reason=form.cleaned_data["reason"], actor=member, at=timezone.now()
        )
        more = "" if done.state == Cleanup.State.FOUND else "，其余的正在冻结"
        messages.success(request, f"已冻结{done.frozen_values}项{more}：只存储，不能查看、修改和使用")
        return redirect("cleanup_detail", found.pk)

    page = FormPage("冻结全部", "冻结", reverse("cleanup_detail", args=[found.pk]), "清理结果", _FREEZES)
    return _asked(request, form, page, freeze)


_FREEZES = (
    "只冻结找到的这些字段的值，同一位客户的其他信息照常。冻结以前再核对一次：其间本人已经同意的不冻结"
    "（个人信息保护法第四十七条第二款）。"
)


@member_required
def propose_found(request: MemberRequest, cleanup_id: UUID) -> HttpResponse:
    """提请删除"""
    member = request.member
    found = selectors.cleanup_for(member, cleanup_id)
    require(member, "archive.propose", on=found.entity_id)
    form = ProposeFoundForm(request.POST or None, initial={"basis": selectors.usual_basis(found)})

    def propose() -> HttpResponse:
        said = form.cleaned_data
        made = services.propose_found(
            cleanup_id=found.pk, basis=said["basis"], reason=said["reason"], actor=member, at=timezone.now()
        )
        assert made.disposal is not None
        messages.success(
            request, f"已提请删除{made.disposal.things}人（户）的内容，等另一个人审批（待办 → 审批）；批准后不能恢复"
        )
        return redirect("cleanup_detail", found.pk)

    page = FormPage(
        "提请删除", "提出，等另一个人批准", reverse("cleanup_detail", args=[found.pk]), "清理结果", _DELETES
    )
    return _asked(request, form, page, propose)


_DELETES = (
    "把找到的全部内容提请删除；提出以前再核对一次，其间本人已经同意的不在内。批准后从各留存处连同历次修改的内容一起删除，"
    "不能恢复；有保全或者法定保存期限的保留，并写明原因。"
)


@member_required
@require_GET
def print_cleanup(request: MemberRequest, cleanup_id: UUID) -> HttpResponse:
    """The report for the authority."""
    found = selectors.cleanup_for(request.member, cleanup_id)
    made = print_pdf(
        LETTER.code,
        report_data(found, found.entity),
        of=letterhead_of(found.entity),
        on=timezone.localdate(),
        mark=mark_of(found),
    )
    return pdf_answer("违规数据清理情况报告.pdf", made)


@member_required
@require_GET
def cleanup_workbook(request: MemberRequest, cleanup_id: UUID) -> HttpResponse:
    """The table that goes with the report: numbers only."""
    found = selectors.cleanup_for(request.member, cleanup_id)
    return xlsx_response("违规数据清单.xlsx", report_workbook(found))


@member_required
def delete_withdrawn(request: MemberRequest, withdrawal_id: UUID) -> HttpResponse:
    """撤回同意后的删除"""
    task = proposing_task(request, withdrawals.KIND, withdrawal_id)
    assert task.subject_id is not None
    form = DeleteWithdrawnForm(request.POST or None)
    if answer := proposed(request, form, partial(withdrawals.delete_withdrawn, task=task), "work_list"):
        return answer
    names, is_whole = to_delete_of(task.entity_id, task.subject_id, at=timezone.now())
    target = Target(task.subject_id, () if is_whole else names)
    context = {
        "task": task,
        "form": form,
        "labels": field_labels(task.entity_id, names),
        "is_whole": is_whole,
        "address": address_of(task.entity_id, task.subject_id),
        "copies": copies_of(task.entity_id, [target]) if names else [],
        "kept": kept_back(task.entity_id, [target], on=timezone.localdate()).get(task.subject_id),
    }
    return render(request, "privacy/delete_withdrawn.html", context, status=422 if form.errors else 200)
