"""Pages of what has to be mended: the list, one task, and each step of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.complaints.forms.rectifications import HolderForm, MendForm, ReviewForm, RuleForm, WhomForm, colleagues
from guiju.complaints.models import Complaint, Rectification
from guiju.complaints.ready_made import RECTIFICATION, paper_of
from guiju.complaints.selectors.causes import labels_of, tree_of
from guiju.complaints.selectors.rectifications import (
    STATES,
    due_of,
    in_state,
    reading_tasks,
    steps_of,
    texts_of,
)
from guiju.complaints.selectors.thresholds import rule_of
from guiju.complaints.services import rectify_links, rectifying
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.chance import BELOW_TARGET
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage
from guiju.web.paging import page_of

_MOST_SHOWN = 200


@member_required
@require_GET
def rectification_list(request: MemberRequest) -> HttpResponse:
    """整改"""
    member, state = request.member, request.GET.get("state", "")
    with reading_tasks(member, at=timezone.now(), on=timezone.localdate()) as seen:
        page = page_of(request, in_state(seen.rows(), state))
        labels = labels_of({one.entity_id for one in page.object_list})
        context = {
            "page": page,
            "lines": [(one, labels.get(one.cause, one.cause)) for one in page.object_list],
            "states": STATES.items(),
            "state": state if state in STATES else "unclosed",
            "may_set_up": allows(member, "complaint.set_up", on=member.entity_id),
            "tab": "rectifications",
        }
        return render(request, "complaints/rectification_list.html", context)


@member_required
@require_GET
def rectification_detail(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """One task: why, what was planned and done, whether it helped."""
    with reading_tasks(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = seen.task(rectification_id)
        may_mend, sees_cases = seen.may_mend(found), seen.sees_cases(found)
        shown = found.cases[:_MOST_SHOWN]
        cases = Complaint.objects.filter(pk__in=shown).order_by("-received_at") if sees_cases else []
        context = {
            "task": found,
            "cause": tree_of(found.entity).label(found.cause),
            "texts": texts_of(found),
            "steps": steps_of(found),
            "due": due_of(found),
            "effect": seen.effect(found),
            "test": BELOW_TARGET,
            "rule": rule_of(found.entity_id),
            "cases": cases,
            "more_cases": max(len(found.cases) - len(shown), 0),
            "may_write": may_mend and found.state == Rectification.State.OPEN,
            "may_link": may_mend and not found.is_ended,
            "may_assign": allows(request.member, "complaint.rectify", on=found.entity_id) and not found.is_ended,
        }
        return render(request, "complaints/rectification_detail.html", context)


@member_required
def write_rectification(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """填写整改"""
    return _step(
        request,
        rectification_id,
        "填写整改",
        lambda found: MendForm(request.POST or None, initial=texts_of(found)),
        lambda form: rectifying.write_rectification(
            rectification_id=rectification_id, said=form.said, actor=request.member, at=timezone.now()
        ),
    )


@member_required
def ask_review(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """提交复核"""
    return _step(
        request,
        rectification_id,
        "提交复核",
        lambda found: ReviewForm(request.POST or None),
        lambda form: rectifying.ask_review(
            rectification_id=rectification_id,
            reason=form.cleaned_data["reason"],
            actor=request.member,
            at=timezone.now(),
        ),
    )


@member_required
def assign_rectification(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """指定整改负责人"""
    return _step(
        request,
        rectification_id,
        "指定整改负责人",
        lambda found: HolderForm(request.POST or None, members=colleagues(found.entity_id)),
        lambda form: rectifying.assign_rectification(
            rectification_id=rectification_id, to=form.cleaned_data["to"], actor=request.member, at=timezone.now()
        ),
    )


@member_required
def link_rectification(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """发给没有账号的人"""
    with reading_tasks(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = seen.task_to_mend(rectification_id)
        form = WhomForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                link = rectify_links.give_link(
                    rectification_id=found.pk,
                    whom=form.cleaned_data["whom"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                return render(request, "complaints/rectification_link.html", {"task": found, "link": link})
        intro = "链接和查询码分开发，例如链接用邮件，查询码打电话说。14天内有效；再发一个，以前的就不能用了。"
        return FormPage("发给没有账号的人", "生成链接", *_back(found), intro).answer(request, form)


@member_required
@require_GET
def print_rectification(request: MemberRequest, rectification_id: UUID) -> HttpResponse:
    """The task on paper, with a line to sign on (打印整改任务单)."""
    with reading_tasks(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = seen.task(rectification_id)
        data = paper_of(
            found,
            tree_of(found.entity).label(found.cause),
            texts_of(found),
            due_of(found),
            Complaint.objects.filter(pk__in=found.cases[:_MOST_SHOWN]).order_by("-received_at")
            if seen.sees_cases(found)
            else Complaint.objects.none(),
        )
        made = print_pdf(
            RECTIFICATION.code, data, of=letterhead_of(found.entity), on=timezone.localdate(), mark=mark_of(found)
        )
    return pdf_answer(f"整改任务单-{found.number}.pdf", made)


@member_required
def set_rectification_rule(request: MemberRequest) -> HttpResponse:
    """整改门槛"""
    member = request.member
    require(member, "complaint.set_up", on=member.entity_id)
    form = RuleForm(request.POST or None, rule=rule_of(member.entity_id))
    if request.method == "POST" and form.is_valid():
        try:
            rectifying.set_rule(wanted=form.wanted, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已设定整改门槛")
            return redirect("rectification_list")
    intro = "都是内部规则，法律没有规定这些数字。超过任何一条，就自动开出整改任务单。"
    return FormPage("整改门槛", "设定", reverse("rectification_list"), "整改", intro).answer(request, form)


def _step(
    request: MemberRequest,
    rectification_id: UUID,
    heading: str,
    form_of: Callable[[Rectification], forms.Form],
    act: Callable[..., Rectification],
) -> HttpResponse:
    """One step of a task: the form, or what came of it."""
    with reading_tasks(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = seen.task_to_mend(rectification_id)
        form = form_of(found)
        if request.method == "POST" and form.is_valid():
            try:
                made = act(form)
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"{heading}：{made.get_state_display()}")
                return redirect("rectification_detail", found.pk)
        return FormPage(heading, heading, *_back(found)).answer(request, form)


def _back(found: Rectification) -> tuple[str, str]:
    return reverse("rectification_detail", args=[found.pk]), f"整改任务单 {found.number}"
