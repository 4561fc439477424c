"""Pages of staff: the queue, one case, and each step of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.complaints.forms.desk import AddComplaintForm, AssignForm, CloseForm, TextForm
from guiju.complaints.models import Complaint, Remedy
from guiju.complaints.selectors.attachments import owner_for_staff
from guiju.complaints.selectors.cases import FROM_FIGURES, LABELS, may, reading_complaints
from guiju.complaints.selectors.groups import group_of
from guiju.complaints.selectors.letters import letter_of, letters_about
from guiju.complaints.selectors.meanwhile import version_of_case
from guiju.complaints.selectors.remedies import remedies_of
from guiju.complaints.selectors.snippets import filled, snippets_of
from guiju.complaints.services import handling
from guiju.complaints.services.entering import add_complaint as add_complaint_service
from guiju.complaints.views.causes import about_cause
from guiju.complaints.views.exports import asked_of
from guiju.complaints.views.steps import at_version, back_to, show_step, take_step, whole_number
from guiju.complaints.views.team import handlers_of
from guiju.customers.selectors.attachments import file_card
from guiju.kernel.errors import GuijuError
from guiju.keys.values import sealed_values
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.guardians import guardian_of
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of


def _reading(request: MemberRequest, right: str = "complaint.read") -> Any:
    return reading_complaints(request.member, at=timezone.now(), on=timezone.localdate(), right=right)


@member_required
@require_GET
def complaint_list(request: MemberRequest) -> HttpResponse:
    """投诉"""
    asked = asked_of(request)
    with _reading(request) as seen:
        page = latest_of(request, asked.of(seen.rows(), seen))
        context = {
            "page": page,
            "lines": seen.lines(list(page.object_list)),
            "asked": asked,
            "kept": [(name, getattr(asked, name)) for name in FROM_FIGURES if getattr(asked, name)],
            "states": list(LABELS.items()),
            "hidden": seen.hidden(),
            "may_sift": reach_of(request.member, "complaint.handle") is not None,
            "may_import": reach_of(request.member, "complaint.import") is not None,
            "may_add": reach_of(request.member, "complaint.add") is not None,
            "may_oversee": any(reach_of(request.member, f"complaint.{one}") for one in ("assign", "oversee")),
            "other_hand": asked.hand if asked.hand not in ("", "me", "nobody") else "",
            "may_limit": reach_of(request.member, "complaint.limit") is not None,
            "door": reverse("complaint_door"),
            "tab": "cases",
        }
        return render(request, "complaints/complaint_list.html", context)


@member_required
@require_GET
def complaint_detail(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """One case: what was written, what happened, what is due."""
    member, today = request.member, timezone.localdate()
    with _reading(request) as seen:
        case = seen.case(complaint_id)
        may_handle = may(member, "complaint.handle", case, on=today)
        letter = letter_of(case)
        said = sealed_values(case, "sealed")
        context = {
            "case": case,
            "name": said.get("name", ""),
            "phone": seen.phone(case),
            "text": said.get("text", ""),
            "shop": said.get("shop", ""),
            "is_child": said.get("is_child", False),
            "guardian": guardian_of(said.get("guardian", {})),
            "steps": seen.steps(case),
            "files": file_card(member, owner_for_staff(case), on=today),
            "clocks": seen.clocks(case),
            **about_cause(case, may_handle=may_handle),
            "may_decide": may_handle and case.state == Complaint.State.RECEIVED,
            "may_answer": letter is None
            and may_handle
            and case.state in (Complaint.State.ACCEPTED, Complaint.State.ANSWERED),
            "may_close": may_handle and case.state == Complaint.State.ANSWERED,
            "may_write": may_handle and case.is_open,
            "may_tell": letter is None and may_handle and case.is_open,
            "may_note": may_handle,
            "may_restore": may_handle and case.is_discarded,
            "may_reopen": may_handle and not case.is_open,
            "may_assign": case.is_open and may(member, "complaint.assign", case, on=today),
            "group": group_of(case),
            "letter": letter,
            "letters": letters_about(case),
            "remedies": (offered := remedies_of(case)),
            "may_agree": may_handle and any(one.remedy.state == Remedy.State.OFFERED for one in offered),
            "has_agreement": any(one.remedy.agreed_at for one in offered),
            "seen": version_of_case(case),
            "opened": int(timezone.now().timestamp()),
            "may_see_order": case.order_id and reach_of(member, "order.read") is not None,
            "may_see_customer": case.customer_id and reach_of(member, "customer.read") is not None,
        }
        return render(request, "complaints/complaint_detail.html", context)


@member_required
def add_complaint(request: MemberRequest) -> HttpResponse:
    """登记投诉"""
    form = AddComplaintForm(request.POST or None)
    with _reading(request, "complaint.add"):
        if request.method == "POST" and form.is_valid():
            try:
                taken = add_complaint_service(
                    said=form.said,
                    channel=Complaint.Channel(form.cleaned_data["channel"]),
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                number = taken.complaint.number
                word = "已登记投诉" if taken.is_new else "这件投诉今天已经有了："
                messages.success(request, f"{word} {number}")
                return redirect("complaint_detail", taken.complaint.pk)
        page = FormPage("登记投诉", "登记", reverse("complaint_list"), "投诉", "照对方说的写，确认短信会发给对方。")
        return page.answer(request, form)


@member_required
@require_POST
def accept_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """受理"""

    def act() -> str:
        seen = whole_number(request.POST.get("seen", ""))
        handling.accept_complaint(complaint_id=complaint_id, actor=request.member, at=timezone.now(), seen=seen)
        return "已受理，并告知投诉人"

    tell(request, act)
    return redirect("complaint_detail", complaint_id)


@member_required
def refuse_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """不予受理"""
    intro = "写明理由和可以找谁：消费者会看到，也会看到向12315投诉的途径。"
    return _with_text(request, complaint_id, "不予受理", "理由", intro, "reason", handling.refuse_complaint)


@member_required
def write_to_complainant(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """给消费者留言"""
    return _with_text(
        request, complaint_id, "给消费者留言", "要说的话", "消费者会看到。", "text", handling.write_to_complainant
    )


@member_required
def note_internally(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """内部备注"""
    return _with_text(request, complaint_id, "内部备注", "备注", "消费者看不到。", "text", handling.note_internally)


@member_required
def answer_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """答复"""
    intro = "写明怎样处理、为什么。消费者会看到，可以同意或不同意。"
    return _with_text(request, complaint_id, "答复", "答复", intro, "text", handling.answer_complaint)


@member_required
def reopen_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """重新办理"""
    return _with_text(request, complaint_id, "重新办理", "原因", "消费者会看到。", "reason", handling.reopen_complaint)


@member_required
def close_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """办结"""
    with _reading(request, "complaint.handle") as seen:
        case = seen.case(complaint_id)
        form = CloseForm(request.POST or None, initial=at_version(case))
        return take_step(
            request,
            case,
            form,
            FormPage("办结", "办结", *back_to(case)),
            lambda: handling.close_complaint(
                complaint_id=case.pk,
                how=handling.Closing(
                    form.cleaned_data["text"], form.cleaned_data["agreed_how"], form.cleaned_data["result"]
                ),
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def assign_complaint(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """分派"""
    with _reading(request, "complaint.assign") as seen:
        case = seen.case(complaint_id)
        form = AssignForm(request.POST or None, members=handlers_of(case.entity_id), initial=at_version(case))
        return take_step(
            request,
            case,
            form,
            FormPage("分派", "分派", *back_to(case)),
            lambda: handling.assign_complaint(
                complaint_id=case.pk,
                to=form.cleaned_data["to"],
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


def _insert(request: MemberRequest, case: Complaint, form: TextForm, page: FormPage) -> HttpResponse:
    """The form again with words of the company in it: nothing is sent yet."""
    chosen = next((one for one in form.snippets if str(one.pk) == request.POST.get("snippet", "")), None)
    if chosen is not None:
        form.insert(filled(chosen, case))
    form.errors.clear()
    return show_step(request, case, form, page)


def _with_text(
    request: MemberRequest,
    complaint_id: UUID,
    heading: str,
    label: str,
    intro: str,
    name: str,
    act: Callable[..., Complaint],
) -> HttpResponse:
    """A step that takes one text."""
    with _reading(request, "complaint.handle") as seen:
        case = seen.case(complaint_id)
        form = TextForm(
            request.POST or None, label=label, initial=at_version(case), snippets=snippets_of(case.entity_id)
        )
        if request.method == "POST" and "insert" in request.POST:
            return _insert(request, case, form, FormPage(heading, heading, *back_to(case), intro))
        return take_step(
            request,
            case,
            form,
            FormPage(heading, heading, *back_to(case), intro),
            lambda: act(
                complaint_id=case.pk,
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
                **{name: form.cleaned_data["text"]},
            ),
        )
