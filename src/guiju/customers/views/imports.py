"""Pages of an import: upload, columns and consents, progress, what came back."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.archives.shown import proposed
from guiju.backups.layout import BACKUP_DAYS
from guiju.customers import tasks
from guiju.customers.exports import error_workbook
from guiju.customers.forms.imports import DeleteUndoneForm, MappingForm, UploadCustomersForm
from guiju.customers.models import Customer, CustomerImport
from guiju.customers.selectors.imports import import_for, imports_for, samples_of
from guiju.customers.selectors.reading import reading
from guiju.customers.services import customer_import as services
from guiju.customers.services import import_undo
from guiju.customers.services.import_files import KEPT_DAYS, problems_of
from guiju.customers.services.trying import try_customer_import
from guiju.customers.views.customers import USUAL
from guiju.customers.views.inviting import may_invite
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.web.answers import tell
from guiju.web.forms import FormPage
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
    context = {"form": form, "recent": imports_for(member)[:10], "kept_days": KEPT_DAYS}
    return render(request, "customers/import_customers.html", context, status=422 if form.errors else 200)


@member_required
def customer_import(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """Where the columns go, then how far it is, then what came back."""
    member = request.member
    found = import_for(member, upload_id)
    if found.state != CustomerImport.State.MAPPING:
        # While it runs the page asks every second: nothing is opened for that.
        told = {} if found.state == CustomerImport.State.RUNNING else problems_of(found)
        shown = sorted(told.items(), key=lambda item: int(item[0]))[:SHOWN]
        template = "import_state" if request.headers.get("HX-Request") else "customer_import"
        more = {"kept_days": KEPT_DAYS, "may_invite": may_invite(member)}
        context = {"found": found, "shown": shown, **more, **_undoing(member, found)}
        return render(request, f"customers/{template}.html", context)
    return _mapped(request, found)


def _mapped(request: MemberRequest, found: CustomerImport) -> HttpResponse:
    """Where the columns go; tried as often as somebody likes, until it is confirmed."""
    member, is_tried = request.member, "try" in request.POST
    fields = services.fields_for(found.kind, found.entity_id)
    form = MappingForm(request.POST or None, titles=found.titles, fields=fields, mapping=found.mapping)
    notice, trial = notice_in_force(found.entity_id), None
    person = fields.get("person") or fields["contact"]
    form.offer(person, told_by(notice))
    if request.method == "POST" and form.is_valid():
        said: dict[str, Any] = {
            "import_id": found.pk,
            "mapping": form.mapping,
            "source": form.cleaned_data["source"],
            "consents": form.consents,
            "actor": member,
            "at": timezone.now(),
        }
        try:
            if is_tried:
                trial = try_customer_import(**said)
            else:
                services.accept_customer_import(**said)
        except GuijuError as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.sentence)
        if not is_tried and not form.errors:
            tasks.run_customer_import.defer(
                import_id=str(found.pk),
                entity_id=str(found.entity_id),
                member_id=str(member.pk),
                user_id=str(member.user_id),
            )
            return redirect("customer_import", found.pk)
    samples = samples_of(member, found)
    context = {
        "form": form,
        "found": found,
        "notice": notice,
        "trial": trial,
        "columns": [(bound, column, samples[str(column["title"])]) for bound, column in form.columns],
        "sheets": [(name, rows) for name, rows in found.sheets if name != found.sheet],
    }
    return render(request, "customers/map_columns.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def choose_sheet(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """换工作表"""
    found = import_for(request.member, upload_id)
    sheet = request.POST.get("sheet", "").replace("\x00", "")

    def choose() -> str:
        services.choose_sheet(import_id=found.pk, sheet=sheet, actor=request.member, at=timezone.now())
        return f"现在是工作表“{sheet}”"

    tell(request, choose)
    return redirect("customer_import", found.pk)


def _undoing(member: Member, found: CustomerImport) -> dict[str, Any]:
    """What can be done about an import that is over, and what came of taking it back."""
    state, is_undone = CustomerImport.State(found.state), found.state == CustomerImport.State.UNDONE
    stays = [UUID(pk) for pk, _ in found.undo.get("stays", ())][:SHOWN]
    why = dict(found.undo.get("stays", ()))
    may_propose = is_undone and allows(member, "archive.propose", on=found.entity_id)
    rows: list[Customer] = []
    if stays and reach_of(member, "customer.read") is not None:
        with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
            rows = list(seen.customers().filter(pk__in=stays))
    return {
        "may_undo": state in import_undo.UNDOABLE and found.rows_taken > 0,
        "stays": [(row, why[str(row.pk)]) for row in rows],
        "waiting": len(import_undo.to_delete(found)) if may_propose else 0,
    }


@member_required
def undo_import(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """撤销导入"""
    member = request.member
    found = import_for(member, upload_id)
    if request.method == "POST":

        def undo() -> str:
            import_undo.undo_import(import_id=found.pk, actor=member, at=timezone.now())
            tasks.run_import_undo.defer(
                import_id=str(found.pk),
                entity_id=str(found.entity_id),
                member_id=str(member.pk),
                user_id=str(member.user_id),
            )
            return "正在撤销"

        tell(request, undo)
        return redirect("customer_import", found.pk)
    return render(request, "customers/undo_import.html", {"found": found})


@member_required
def delete_undone(request: MemberRequest, upload_id: UUID) -> HttpResponse:
    """删除撤销的导入"""
    member = request.member
    found = import_for(member, upload_id)
    require(member, "archive.propose", on=found.entity_id)
    form = DeleteUndoneForm(request.POST or None)
    back = reverse("customer_import", args=[found.pk])
    if answer := proposed(request, form, partial(import_undo.delete_undone, import_id=found.pk), back):
        return answer
    return FormPage("删除撤销的导入", "提出删除", back, found.file_name, _DELETES).answer(request, form)


_DELETES = (
    "撤销的客户连同联系人从各处删除，另一个人批准后执行，不能恢复（个人信息保护法第四十七条）；同意和撤回的记录留作证明，"
    f"备份最迟{BACKUP_DAYS}天到期。"
)


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
    problems = problems_of(found)
    if not problems:
        raise Missing("errors_missing", "没有退回的内容，或已经不再保存")
    note_export(right="customer.import", count=len(problems), actor=request.member, at=timezone.now())
    return xlsx_response(f"退回的内容-{found.file_name.rsplit('.', 1)[0]}.xlsx", error_workbook(found, content))
