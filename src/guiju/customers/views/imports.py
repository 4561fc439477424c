"""Pages of an import: upload, columns and consents, progress, what came back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers import tasks
from guiju.customers.exports import error_workbook
from guiju.customers.forms.imports import MappingForm, UploadCustomersForm
from guiju.customers.models import CustomerImport
from guiju.customers.selectors.imports import import_for, imports_for
from guiju.customers.services import customer_import as services
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.permissions import require
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.notices import notice_in_force
from guiju.privacy.services.notices import purposes_asking
from guiju.web.tables import xlsx_response

SHOWN = 100


@member_required
def import_customers(request: MemberRequest) -> HttpResponse:
    """导入客户"""
    member = request.member
    require(member, "customer.import", on=member.entity_id)
    form = UploadCustomersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, content = form.table
        try:
            found = services.open_customer_import(
                name=name,
                content=content,
                kind=form.cleaned_data["kind"],
                sheet=form.cleaned_data["sheet"],
                actor=member,
                at=timezone.now(),
            )
        except Refused as error:
            form.add_error("file", error.sentence)
        else:
            return redirect("customer_import", found.pk)
    context = {"form": form, "recent": imports_for(member)[:10]}
    return render(request, "customers/import_customers.html", context, status=422 if form.errors else 200)


@member_required
def customer_import(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Where the columns go, then how far it is, then what came back."""
    member = request.member
    found = import_for(member, upload_id)
    if found.state != CustomerImport.State.MAPPING:
        shown = sorted(services.problems_of(found).items(), key=lambda item: int(item[0]))[:SHOWN]
        template = "import_state" if request.headers.get("HX-Request") else "customer_import"
        return render(request, f"customers/{template}.html", {"found": found, "shown": shown})
    fields = services.fields_for(found.kind, found.entity_id)
    form = MappingForm(request.POST or None, titles=found.titles, fields=fields, mapping=found.mapping)
    notice = notice_in_force(found.entity_id)
    person = fields.get("person") or fields["contact"]
    form.offer(person, purposes_asking(notice) if notice else [])
    if request.method == "POST" and form.is_valid():
        try:
            services.accept_customer_import(
                import_id=found.pk,
                mapping=form.mapping,
                source=form.cleaned_data["source"],
                consents=form.consents,
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.sentence)
        else:
            tasks.run_customer_import.defer(
                import_id=str(found.pk),
                entity_id=str(found.entity_id),
                member_id=str(member.pk),
                user_id=str(member.user_id),
            )
            return redirect("customer_import", found.pk)
    context = {"form": form, "found": found, "notice": notice}
    return render(request, "customers/map_columns.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def drop_customer_import(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    services.drop_customer_import(import_id=upload_id, actor=request.member, at=timezone.now())
    return redirect("import_customers")


@member_required
@require_GET
def customer_import_errors(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """The rows of which something came back, as a workbook."""
    found = import_for(request.member, upload_id)
    content = services.content_of(found)
    problems = services.problems_of(found)
    if not content or not problems:
        raise Missing("errors_missing", "没有退回的内容，或文件已经不再保存")
    note_export(right="customer.import", count=len(problems), actor=request.member, at=timezone.now())
    return xlsx_response(f"退回的内容-{found.file_name.rsplit('.', 1)[0]}.xlsx", error_workbook(found, content))
