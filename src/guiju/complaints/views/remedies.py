"""Pages of what is done for who complained: offered, taken back, done, agreed; and the limits."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.complaints.forms.desk import TextForm
from guiju.complaints.forms.remedies import GoodsBackForm, LimitForm, OfferForm, ProofForm
from guiju.complaints.ready_made import AGREEMENT
from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.selectors.remedies import agreement_of, companies_with_limits, limits_of, remedy_in
from guiju.complaints.services import remedies as services
from guiju.complaints.views.steps import at_version, back_to, take_step
from guiju.database.scope import scope_with
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage


@member_required
def offer_remedy(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """提出处理结果"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        form = OfferForm(request.POST or None, initial=at_version(case))
        return take_step(
            request,
            case,
            form,
            FormPage("提出处理结果", "提出", *back_to(case)),
            lambda: services.offer_remedy(
                complaint_id=case.pk,
                offer=form.offer,
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def note_agreement(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """登记消费者同意"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        form = TextForm(request.POST or None, label="怎样知道消费者同意的", initial=at_version(case))
        page = FormPage(
            "登记消费者同意", "登记", *back_to(case), "例如：11月29日电话 138…，本人说同意退款。消费者会看到。"
        )
        return take_step(
            request,
            case,
            form,
            page,
            lambda: services.note_agreement(
                complaint_id=case.pk,
                how=form.cleaned_data["text"],
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def drop_remedy(request: MemberRequest, complaint_id: UUID, remedy_id: UUID) -> HttpResponse:
    """撤回处理结果"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        line = remedy_in(case, remedy_id)
        form = TextForm(request.POST or None, label="为什么撤回", initial=at_version(case))
        return take_step(
            request,
            case,
            form,
            FormPage(f"撤回：{line.what}", "撤回", *back_to(case), line.terms),
            lambda: services.drop_remedy(
                remedy_id=line.remedy.pk,
                reason=form.cleaned_data["text"],
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def fulfil_remedy(request: MemberRequest, complaint_id: UUID, remedy_id: UUID) -> HttpResponse:
    """登记兑现"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        line = remedy_in(case, remedy_id)
        initial = {**at_version(case), "on": timezone.localdate(), "amount": line.remedy.amount}
        form = ProofForm(request.POST or None, has_money=line.remedy.amount is not None, initial=initial)
        intro = line.terms
        if case.order_id and line.remedy.kind == "refund":
            intro += f"（同时登记到订单 {case.order_no}）"
        return take_step(
            request,
            case,
            form,
            FormPage(f"登记兑现：{line.what}", "登记", *back_to(case), intro),
            lambda: services.fulfil_remedy(
                remedy_id=line.remedy.pk,
                proof=form.proof,
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def note_goods_back(request: MemberRequest, complaint_id: UUID, remedy_id: UUID) -> HttpResponse:
    """登记收到退货"""
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.handle"
    ) as seen:
        case = seen.case(complaint_id)
        line = remedy_in(case, remedy_id)
        form = GoodsBackForm(request.POST or None, initial={**at_version(case), "on": timezone.localdate()})
        return take_step(
            request,
            case,
            form,
            FormPage("登记收到退货", "登记", *back_to(case), f"{line.what}：{line.terms}"),
            lambda: services.note_goods_back(
                remedy_id=line.remedy.pk,
                back=services.GoodsBack(form.cleaned_data["on"], form.cleaned_data["is_without_reason"]),
                actor=request.member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
@require_GET
def print_agreement(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """和解协议"""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()) as seen:
        case = seen.case(complaint_id)
        made = print_pdf(
            AGREEMENT.code,
            agreement_of(case, seen.phone(case)),
            of=letterhead_of(case.entity),
            on=timezone.localdate(),
            mark=mark_of(case),
        )
        return pdf_answer(f"和解协议-{case.number}.pdf", made)


@member_required
def complaint_limits(request: MemberRequest) -> HttpResponse:
    """审批额度"""
    member = request.member
    if reach_of(member, "complaint.limit") is None:
        raise refusal_of("complaint.limit")
    companies = companies_with_limits(member)
    form = LimitForm(request.POST or None, companies=companies, initial={"company": str(member.entity_id)})
    with scope_with(*(one.pk for one in companies)):
        if request.method == "POST" and form.is_valid():
            try:
                services.set_limit(
                    entity_id=UUID(form.cleaned_data["company"]),
                    kind=form.cleaned_data["kind"],
                    amount=form.cleaned_data["amount"],
                    actor=member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已设定")
                return redirect("complaint_limits")
        context = {"form": form, "limits": limits_of(companies), "back": reverse("complaint_list")}
        return render(request, "complaints/limits.html", context, status=422 if form.errors else 200)
