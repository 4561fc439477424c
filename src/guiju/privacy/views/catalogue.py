"""Pages of the catalogue and of privacy notices (合规)."""

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

from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Entity, Reach
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors.companies import companies_for, company_for
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.fields import Field
from guiju.privacy.forms import AssessmentForm, FieldForm, NoticeForm, RetireForm
from guiju.privacy.models import Assessment, CatalogueField
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.selectors.notices import notice_in_force, notices_for
from guiju.privacy.services import catalogue as services
from guiju.privacy.services.notices import draft_notice, public_page
from guiju.privacy.services.notices import publish_notice as publish_notice_service
from guiju.privacy.terms import Basis, FieldState
from guiju.privacy.wording import items_of, told_fields
from guiju.web.answers import tell
from guiju.web.forms import FormPage


def company_of(request: MemberRequest, company_id: UUID | None) -> Entity:
    """The company whose catalogue is looked at: the member's own where none is named; raises `Missing`."""
    if company_id is None or company_id == request.member.entity_id:
        return request.member.entity
    return company_for(request.member, company_id)


def _around(request: MemberRequest, company: Entity, tab: str) -> dict[str, Any]:
    """What every page of a company needs: the company, and the others that the member may choose."""
    wide = reach_of(request.member, "catalogue.read") in (Reach.SUBTREE, Reach.GROUP)
    return {"company": company, "companies": companies_for(request.member) if wide else [], "tab": tab}


@member_required
@require_GET
def catalogue(request: MemberRequest, company_id: UUID | None = None) -> HttpResponse:
    """字段台账"""
    member, company = request.member, company_of(request, company_id)
    found = selectors.catalogue_for(member, company.pk)
    kinds = [
        (RECORDS[code], [(field, uses_in_words(field)) for field in fields.values()]) for code, fields in found.items()
    ]
    context = {
        "kinds": kinds,
        "may_change": allows(member, "catalogue.change", on=company.pk),
        "drift": notice_drift(company.pk),
        **_around(request, company, "catalogue"),
    }
    return render(request, "privacy/catalogue.html", context)


def uses_in_words(field: Field) -> list[tuple[str, str]]:
    """Each basis with the purposes that rest on it."""
    by_basis: dict[str, list[str]] = {}
    for purpose, basis in field.uses.items():
        by_basis.setdefault(Basis(basis).label, []).append(PURPOSES[purpose])
    return [(basis, "、".join(purposes)) for basis, purposes in by_basis.items()]


def notice_drift(entity_id: Any) -> list[str]:
    """The fields that the catalogue has and the notice in force tells otherwise, or not at all (与告知不一致)."""
    notice = notice_in_force(entity_id)
    told = notice.items if notice else {}
    wanted = items_of(told_fields(selectors.catalogue_of(entity_id)))
    return [item["label"] for name, item in wanted.items() if told.get(name) != item] + [
        item["label"] for name, item in told.items() if name not in wanted
    ]


def _field(
    request: MemberRequest, company_id: UUID, record: str, code: str
) -> tuple[Entity, Field, CatalogueField | None]:
    company = company_of(request, company_id)
    field = selectors.field_for(request.member, company.pk, record, code)
    return company, field, selectors.row_of(company.pk, field)


@member_required
@require_GET
def catalogue_field(request: MemberRequest, company_id: UUID, record: str, field: str) -> HttpResponse:
    """One field: what it is, what for, how it got there."""
    member = request.member
    company, known, row = _field(request, company_id, record, field)
    may_change = allows(member, "catalogue.change", on=company.pk)
    assessments = Assessment.objects.filter(field=row).select_related("made_by").order_by("-made_at") if row else []
    context = {
        "field": known,
        "kind": RECORDS[record],
        "row": row,
        "uses": uses_in_words(known),
        "assessments": assessments,
        "may_change": may_change,
        "may_assess": allows(member, "catalogue.assess", on=company.pk) and known.state is not FieldState.RETIRED,
        "may_activate": may_change and known.state is not FieldState.ACTIVE,
        "may_retire": may_change and known.state is FieldState.ACTIVE and field not in RECORDS[record].needed,
        "visibility": services.VISIBILITIES.get(known.visibility, known.visibility),
        **_around(request, company, "catalogue"),
    }
    return render(request, "privacy/catalogue_field.html", context)


def _form_page(request: MemberRequest, form: Any, heading: str, submit: str, back: str, **more: Any) -> HttpResponse:
    context = {"form": form, "heading": heading, "submit": submit, "back": back, **more}
    return render(request, "privacy/field_form.html", context, status=422 if form.errors else 200)


@member_required
def propose_field(request: MemberRequest, company_id: UUID, record: str) -> HttpResponse:
    member, company = request.member, company_of(request, company_id)
    require(member, "catalogue.change", on=company.pk)
    if record not in RECORDS or not RECORDS[record].takes_more:
        raise Missing("record_missing", "没有这种对象，或者它没有另外的字段")
    form = FieldForm(request.POST or None, initial={"sort": "text", "consent": "none"})
    if request.method == "POST" and form.is_valid():
        try:
            row = services.propose_field(
                entity_id=company.pk, record_kind=record, details=form.details, actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已登记“{row.label}”，还是草稿：核对分类后启用")
            return redirect("catalogue_field", company.pk, record, row.code)
    heading = f"登记{RECORDS[record].label}的字段"
    return _form_page(request, form, heading, "登记", reverse("company_catalogue", args=[company.pk]), company=company)


@member_required
def change_field(request: MemberRequest, company_id: UUID, record: str, field: str) -> HttpResponse:
    member = request.member
    company, known, _ = _field(request, company_id, record, field)
    require(member, "catalogue.change", on=company.pk)
    form = FieldForm(request.POST or None, now=known)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.change_field(
                entity_id=company.pk,
                record_kind=record,
                code=field,
                details=form.details,
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            more = "：目的、分类或同意方式有扩大，要重新启用" if row.state == FieldState.DRAFT else ""
            messages.success(request, f"已修改{more}")
            return redirect("catalogue_field", company.pk, record, field)
    back = reverse("catalogue_field", args=[company.pk, record, field])
    return _form_page(request, form, f"修改“{known.label}”", "保存", back, company=company)


@member_required
@require_POST
def activate_field(request: MemberRequest, company_id: UUID, record: str, field: str) -> HttpResponse:
    company = company_of(request, company_id)

    def activate() -> str:
        row = services.activate_field(
            entity_id=company.pk,
            record_kind=record,
            code=field,
            actor=request.member,
            at=timezone.now(),
        )
        if row.state == FieldState.HELD:
            return f"“{row.label}”暂不收集：{row.held_because}"
        return f"已启用“{row.label}”：再发布一版写有它的隐私告知，就可以收集"

    tell(request, activate)
    return redirect("catalogue_field", company.pk, record, field)


@member_required
def retire_field(request: MemberRequest, company_id: UUID, record: str, field: str) -> HttpResponse:
    company, known, _ = _field(request, company_id, record, field)
    require(request.member, "catalogue.change", on=company.pk)

    def retire(form: RetireForm) -> None:
        services.retire_field(
            entity_id=company.pk,
            record_kind=record,
            code=field,
            reason=form.cleaned_data["reason"],
            actor=request.member,
            at=timezone.now(),
        )
        messages.success(request, f"已停用“{known.label}”：不再收集，已有的值不能使用")

    back = reverse("catalogue_field", args=[company.pk, record, field])
    return _asked(
        request, RetireForm(request.POST or None), FormPage(f"停用“{known.label}”", "停用", back, "字段"), retire
    )


@member_required
def assess_field(request: MemberRequest, company_id: UUID, record: str, field: str) -> HttpResponse:
    """影响评估"""
    company, known, _ = _field(request, company_id, record, field)
    require(request.member, "catalogue.assess", on=company.pk)

    def assess(form: AssessmentForm) -> None:
        services.assess_field(
            entity_id=company.pk,
            record_kind=record,
            code=field,
            actor=request.member,
            at=timezone.now(),
            **form.cleaned_data,
        )
        messages.success(request, "影响评估已提交，等另一个人审批（待办 → 审批）")

    back = reverse("catalogue_field", args=[company.pk, record, field])
    page = FormPage(f"“{known.label}”的影响评估", "提交审批", back, "字段")
    return _asked(request, AssessmentForm(request.POST or None), page, assess)


def _asked(request: MemberRequest, form: Any, page: FormPage, act: Callable[[Any], None]) -> HttpResponse:
    """A short form about one field."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
        except GuijuError as error:
            show_problems(form, error)
        else:
            return redirect(page.back)
    return page.answer(request, form)


@member_required
@require_GET
def privacy_notices(request: MemberRequest, company_id: UUID | None = None) -> HttpResponse:
    """隐私告知"""
    member, company = request.member, company_of(request, company_id)
    context = {
        "notices": notices_for(member, company.pk),
        "may_publish": allows(member, "catalogue.publish", on=company.pk),
        "drift": notice_drift(company.pk),
        "public_page": public_page(company),
        **_around(request, company, "notices"),
    }
    return render(request, "privacy/privacy_notices.html", context)


@member_required
@require_GET
def privacy_notice(request: MemberRequest, company_id: UUID, version: int) -> HttpResponse:
    company = company_of(request, company_id)
    found = notices_for(request.member, company.pk).filter(version=version).first()
    if found is None:
        raise Missing("notice_missing", "没有这一版隐私告知")
    return render(
        request,
        "privacy/privacy_notice.html",
        {
            "notice": found,
            "company": company,
            "tab": "notices",
            "public_page": public_page(company),
            "may_correct": found.registered_at is not None
            and found.corrected_by_id is None
            and allows(request.member, "catalogue.publish", on=company.pk),
        },
    )


@member_required
def publish_notice(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """The next version as it would be, then published."""
    member, company, now = request.member, company_of(request, company_id), timezone.now()
    require(member, "catalogue.publish", on=company.pk)
    form = NoticeForm(request.POST or None)
    preview = None
    if request.method == "POST" and form.is_valid():
        try:
            if "publish" in request.POST:
                made = publish_notice_service(entity_id=company.pk, actor=member, at=now, **form.cleaned_data)
                messages.success(request, f"已发布第{made.version}版隐私告知")
                return redirect("privacy_notice", company.pk, made.version)
            preview = draft_notice(company, at=now, **form.cleaned_data)
        except GuijuError as error:
            show_problems(form, error)
    context = {"form": form, "preview": preview, "company": company, "tab": "notices"}
    return render(request, "privacy/publish_notice.html", context, status=422 if form.errors else 200)
