"""From a customer's page: what is held is proposed for deletion, or held back from it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.archives.forms import DisposalForm, HoldForm
from guiju.archives.registry import Target
from guiju.archives.selectors import copies_of, kept_back
from guiju.archives.services import disposals, holds
from guiju.customers.selectors.reading import reading
from guiju.customers.views.whose import whose_of
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.forms import FreezeForm
from guiju.privacy.services import freezing
from guiju.web.forms import FormPage


@member_required
def propose_disposal(
    request: MemberRequest, customer_id: UUID | None = None, contact_id: UUID | None = None
) -> HttpResponse:
    """What is held of a person, and what of it is to go (提出销毁)."""
    member = request.member
    with reading(member, purpose="compliance", on=timezone.localdate()) as seen:
        whose = whose_of(seen, customer_id, contact_id)
        require(member, "archive.propose", on=whose.entity_id)
        choices = [one for one in whose.held(seen) if one[0] != f"{whose.holder.record}.name"]
        form = DisposalForm(request.POST or None, choices=choices)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                disposals.propose_disposal(
                    entity_id=whose.entity_id,
                    targets=[Target(whose.subject.pk, tuple(said["chosen"]))],
                    basis=said["basis"],
                    reason=said["reason"],
                    actor=member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已提出，等另一个人审批（待办 → 审批）；批准后立即从各处删除，不能恢复")
                return redirect(whose.address)
        everything = [Target(whose.subject.pk)]
        context = {
            "form": form,
            "whose": whose,
            "copies": copies_of(whose.entity_id, everything),
            "kept": kept_back(whose.entity_id, everything, on=timezone.localdate()).get(whose.subject.pk),
        }
        return render(request, "customers/propose_disposal.html", context, status=422 if form.errors else 200)


@member_required
def place_hold(request: MemberRequest, customer_id: UUID | None = None, contact_id: UUID | None = None) -> HttpResponse:
    """Hold a person's data back from disposal (登记保全)."""
    member = request.member
    with reading(member, purpose="compliance", on=timezone.localdate()) as seen:
        whose = whose_of(seen, customer_id, contact_id)
        require(member, "archive.hold", on=whose.entity_id)
        form = HoldForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                holds.place_hold(
                    entity_id=whose.entity_id,
                    subject_id=whose.subject.pk,
                    actor=member,
                    at=timezone.now(),
                    **form.cleaned_data,
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已登记保全：解除以前，信息不能销毁")
                return redirect(whose.address)
        page = FormPage("登记保全", "登记", whose.address, whose.name)
        return page.answer(request, form)


@member_required
def freeze_customer(
    request: MemberRequest, customer_id: UUID | None = None, contact_id: UUID | None = None
) -> HttpResponse:
    """Let what is held of a person only be stored, or be used again (仅存储)."""
    member = request.member
    with reading(member, purpose="compliance", on=timezone.localdate()) as seen:
        whose = whose_of(seen, customer_id, contact_id)
        require(member, "subject.freeze", on=whose.entity_id)
        frozen, held = whose.subject, whose.held(seen)
        is_back = "back" in request.GET
        choices = [one for one in held if (one[0] in frozen.frozen_fields) == is_back]
        form = FreezeForm(request.POST or None, choices=choices)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            act = freezing.unfreeze_subject if is_back else freezing.freeze_subject
            try:
                act(
                    subject_id=whose.subject.pk,
                    fields=said["chosen"],
                    reason=said["reason"],
                    actor=member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已解冻" if is_back else "已冻结：仅存储，不能查看、修改和使用")
                return redirect(whose.address)
        heading = "解冻" if is_back else "冻结（仅存储）"
        page = FormPage(heading, heading, whose.address, whose.name, _FREEZES)
        return page.answer(request, form)


_FREEZES = "仅存储的信息谁也看不到、找不到、改不了，只能删除（个人信息保护法第四十七条第二款）。"
