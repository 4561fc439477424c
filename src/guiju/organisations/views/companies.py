"""Pages about companies."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.kernel.identifiers import regions
from guiju.kernel.sectors import CHOICES
from guiju.organisations import selectors, tasks
from guiju.organisations.exports import COLUMNS as EXPORT_COLUMNS
from guiju.organisations.exports import company_workbook, error_file, export_rows
from guiju.organisations.exports import import_template as import_template_file
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.companies import ChangeCompanyForm, DecideForm, RegisterCompanyForm, UploadForm
from guiju.organisations.models import CompanyImport
from guiju.organisations.permissions import allows, require
from guiju.organisations.selectors.chart import chart_for
from guiju.organisations.selectors.departments import departments_of
from guiju.organisations.services import change_company as change_company_service
from guiju.organisations.services import company_import
from guiju.organisations.services import register_company as register_company_service
from guiju.organisations.services.companies import CHANGEABLE
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.paging import page_of
from guiju.web.pickers import MOST, suggestions
from guiju.web.tables import csv_response, xlsx_response


@member_required
@require_GET
def company_list(request: MemberRequest) -> HttpResponse:
    filters = {name: request.GET.get(name, "") for name in ("search", "sector", "province")}
    companies = selectors.companies_for(request.member, **filters).select_related("parent")
    member = request.member
    return render(
        request,
        "organisations/company_list.html",
        {
            "page": page_of(request, companies),
            "filters": filters,
            "is_filtered": any(filters.values()),
            "sectors": CHOICES,
            "provinces": selectors.provinces_in_use(member),
            "may_register": allows(member, "company.register", on=member.entity_id),
            "may_import": allows(member, "company.import", on=member.entity_id),
            "may_export": allows(member, "company.export", on=member.entity_id),
        },
    )


@member_required
@require_GET
def company_chart(request: MemberRequest) -> HttpResponse:
    """组织架构图"""
    require(request.member, "company.read", on=request.member.entity_id)
    top = request.GET.get("top", "")
    try:
        chart = chart_for(request.member, UUID(top) if top else None)
    except ValueError:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它") from None
    return render(request, "organisations/company_chart.html", {"chart": chart})


@member_required
@require_GET
def export_companies(request: MemberRequest, form: str) -> HttpResponseBase:
    """The list as shown, as CSV or XLSX."""
    require(request.member, "company.export", on=request.member.entity_id)
    filters = {name: request.GET.get(name, "") for name in ("search", "sector", "province")}
    companies = selectors.companies_for(request.member, **filters)
    name = f"公司名录-{timezone.localdate():%Y%m%d}.{form}"
    note_export(right="company.export", count=companies.count(), actor=request.member, at=timezone.now())
    if form == "csv":
        return csv_response(name, EXPORT_COLUMNS, export_rows(companies))
    return xlsx_response(name, company_workbook(companies))


@member_required
@require_GET
def company_detail(request: MemberRequest, company_id: UUID) -> HttpResponse:
    company = selectors.company_for(request.member, company_id)
    may_history = allows(request.member, "company.history", on=company.pk)
    return render(
        request,
        "organisations/company_detail.html",
        {
            "company": company,
            "history": selectors.company_history(request.member, company) if may_history else None,
            "children": selectors.companies_for(request.member).filter(parent=company)[:20],
            "departments": departments_of(company),
            "may_change": allows(request.member, "company.change", on=company.pk),
        },
    )


@member_required
def register_company(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "company.register", on=member.entity_id)
    form = RegisterCompanyForm(
        request.POST or None,
        companies=selectors.companies_for(member),
        initial={"parent": member.entity, "went_live_on": timezone.localdate()},
    )
    if request.method == "POST" and form.is_valid():
        try:
            company = register_company_service(details=form.details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已登记{company.name}")
            return redirect("company_detail", company.pk)
    return render(request, "organisations/register_company.html", {"form": form}, status=422 if form.errors else 200)


@member_required
def change_company(request: MemberRequest, company_id: UUID) -> HttpResponse:
    member = request.member
    company = selectors.company_for(member, company_id)
    require(member, "company.change", on=company.pk)
    now = {name: getattr(company, name) for name in CHANGEABLE}
    form = ChangeCompanyForm(request.POST or None, initial={**now, "seen": selectors.version_for(member, company)})
    if request.method == "POST" and form.is_valid():
        try:
            change_company_service(
                company_id=company.pk,
                changes=form.changes,
                actor=member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            )
        except GuijuError as error:
            if error.code == "changed_meanwhile":
                form.see(selectors.version_for(member, company), selectors.last_change_of(member, company))
            else:
                show_problems(form, error)
        else:
            messages.success(request, "已修改")
            return redirect("company_detail", company.pk)
    context = {"form": form, "company": company}
    return render(request, "organisations/change_company.html", context, status=422 if form.errors else 200)


@member_required
@require_GET
def suggest_companies(request: MemberRequest) -> HttpResponse:
    """Companies in sight for a picker, by a part of the name or of the code."""
    found = selectors.companies_for(request.member, search=request.GET.get("q", ""))[:MOST]
    return suggestions(request, (f"{one.unified_code} {one.name}" for one in found))


@member_required
@require_GET
def suggest_regions(request: MemberRequest) -> HttpResponse:
    """Counties for a picker, by words of the full name or the start of the code."""
    found = regions.find_counties(request.GET.get("q", ""), most=MOST)
    return suggestions(request, (f"{one.code} {regions.full_name(one.code)}" for one in found))


@member_required
def import_companies(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "company.import", on=member.entity_id)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            found = company_import.preview_company_import(
                name=upload.name, content=upload.read(), actor=member, at=timezone.now()
            )
        except Refused as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("company_import", found.pk)
    return render(
        request,
        "organisations/import_companies.html",
        {"form": form, "recent": selectors.recent_imports(member)},
        status=422 if form.errors else 200,
    )


@member_required
def show_company_import(request: MemberRequest, import_id: UUID) -> HttpResponse:
    """The preview of a file, the choice how it goes in, and afterwards its outcome."""
    member = request.member
    found = selectors.import_for(member, import_id)
    form = DecideForm(request.POST or None, initial={"mode": CompanyImport.Mode.GOOD_ROWS})
    if request.method == "POST" and form.is_valid():
        try:
            company_import.accept_company_import(found=found, mode=form.cleaned_data["mode"], actor=member)
        except Refused as error:
            form.add_error(None, error.sentence)
        else:
            tasks.run_company_import.defer(
                import_id=str(found.pk),
                entity_id=str(found.entity_id),
                member_id=str(member.pk),
                user_id=str(member.user_id),
            )
            return redirect("company_import", found.pk)
    shown = sorted(found.problems.items(), key=lambda item: int(item[0]))[:100]
    template = (
        "organisations/import_state.html" if request.headers.get("HX-Request") else "organisations/company_import.html"
    )
    return render(
        request,
        template,
        {"found": found, "form": form, "shown": shown, "good": found.rows_total - found.rows_bad},
        status=422 if form.errors else 200,
    )


@member_required
@require_POST
def drop_company_import(request: MemberRequest, import_id: UUID) -> HttpResponse:
    found = selectors.import_for(request.member, import_id)
    company_import.drop_company_import(found=found, actor=request.member, at=timezone.now())
    return redirect("import_companies")


@member_required
@require_GET
def import_errors(request: MemberRequest, import_id: UUID) -> HttpResponse:
    found = selectors.import_for(request.member, import_id, with_content=True)
    return xlsx_response(f"有问题的行-{found.file_name.rsplit('.', 1)[0]}.xlsx", error_file(found))


@member_required
@require_GET
def import_template(request: MemberRequest) -> HttpResponse:
    require(request.member, "company.import", on=request.member.entity_id)
    return xlsx_response("公司导入模板.xlsx", import_template_file())
