"""Pages of an import: upload, which column is which, what is wrong, and what came of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import Missing, Refused
from guiju.orders import tasks
from guiju.orders.exports import error_workbook, import_template
from guiju.orders.forms.imports import ColumnsForm, UploadTableForm
from guiju.orders.models import TableImport
from guiju.orders.selectors.imports import import_for, imports_for
from guiju.orders.services import import_undo
from guiju.orders.services import table_import as services
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.tables import xlsx_response

SHOWN, RECENT = 100, 10
_PLACES = {
    "products": ("产品与服务", "product_list", "product_template"),
    "orders": ("订单", "order_list", "order_template"),
}


@member_required
def import_orders(request: MemberRequest) -> HttpResponse:
    """导入订单"""
    return _upload(request, "orders")


@member_required
def import_products(request: MemberRequest) -> HttpResponse:
    """导入产品与服务"""
    return _upload(request, "products")


def _upload(request: MemberRequest, kind: str) -> HttpResponse:
    member = request.member
    services.require_import(kind, member)
    form = UploadTableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, content = form.table
        try:
            found = services.preview_table_import(
                kind=kind,
                name=name,
                content=content,
                sheet=form.cleaned_data["sheet"],
                source=form.cleaned_data["source"],
                actor=member,
                at=timezone.now(),
                may_ask=True,
            )
        except Refused as error:
            form.add_error("source" if error.problems[0].field == "source" else "file", error.sentence)
        else:
            return redirect("table_import", found.pk)
    label, back, template = _PLACES[kind]
    context = {
        "form": form,
        "label": label,
        "back": back,
        "template": template,
        "table": f"import-{kind}",
        "recent": imports_for(member).filter(kind=kind)[:RECENT],
    }
    return render(request, "orders/import_table.html", context, status=422 if form.errors else 200)


@member_required
def table_import(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """What a file would bring, then how far it is, then what came of it."""
    member = request.member
    found = import_for(member, table_id)
    if request.method == "POST":
        try:
            services.accept_table_import(import_id=found.pk, actor=member)
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            tasks.run_table_import.defer(
                import_id=str(found.pk),
                entity_id=str(found.entity_id),
                member_id=str(member.pk),
                user_id=str(member.user_id),
            )
        return redirect("table_import", found.pk)
    return _shown(request, found)


def _shown(request: MemberRequest, found: TableImport, form: ColumnsForm | None = None) -> HttpResponse:
    label, back, _ = _PLACES[found.kind]
    context = {
        "found": found,
        "label": label,
        "back": back,
        "form": form or ColumnsForm(kind=found.kind, titles=found.titles, mapping=found.mapping),
        "good": found.rows_total - found.rows_bad - found.rows_known,
        "shown": services.problems_in(found)[:SHOWN],
        "is_open": found.state == TableImport.State.PREVIEWED,
        "sheets": [(name, rows) for name, rows in found.sheets if name != found.sheet],
        "may_undo": (found.state == TableImport.State.DONE and found.made) or found.state == TableImport.State.UNDOING,
        "stays": found.undo.get("stays", ())[:SHOWN],
    }
    template = "import_state" if request.headers.get("HX-Request") else "table_import"
    return render(request, f"orders/{template}.html", context, status=422 if form and form.errors else 200)


@member_required
@require_POST
def map_table_import(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """Which column is which field; the rows are judged anew."""
    found = import_for(request.member, table_id)
    form = ColumnsForm(request.POST, kind=found.kind, titles=found.titles, mapping=found.mapping)
    if form.is_valid():
        try:
            services.map_table_import(import_id=found.pk, mapping=form.mapping, actor=request.member, at=timezone.now())
        except Refused as error:
            form.add_error(None, error.sentence)
        else:
            return redirect("table_import", found.pk)
    return _shown(request, found, form)


@member_required
@require_POST
def choose_table_sheet(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """换工作表"""
    found = import_for(request.member, table_id)
    sheet = request.POST.get("sheet", "").replace("\x00", "")

    def choose() -> str:
        services.choose_table_sheet(import_id=found.pk, sheet=sheet, actor=request.member, at=timezone.now())
        return f"现在是工作表“{sheet}”"

    tell(request, choose)
    return redirect("table_import", found.pk)


@member_required
@require_POST
def drop_table_import(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """放弃导入"""
    found = import_for(request.member, table_id)

    def drop() -> str:
        services.drop_table_import(import_id=found.pk, actor=request.member, at=timezone.now())
        return "已放弃，文件没有留下"

    tell(request, drop)
    return redirect("import_orders" if found.kind == TableImport.Kind.ORDERS else "import_products")


@member_required
def undo_table_import(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """撤销产品和订单的导入"""
    member = request.member
    found = import_for(member, table_id)
    services.require_import(found.kind, member)
    if request.method == "POST":

        def undo() -> str:
            import_undo.undo_table_import(import_id=found.pk, actor=member)
            tasks.run_table_undo.defer(import_id=str(found.pk), member_id=str(member.pk), user_id=str(member.user_id))
            return "正在撤销"

        tell(request, undo)
        return redirect("table_import", found.pk)
    return render(request, "orders/undo_table_import.html", {"found": found, "label": _PLACES[found.kind][0]})


@member_required
@require_GET
def table_import_errors(request: MemberRequest, table_id: UUID) -> HttpResponse:
    """The rows that came back, as a workbook."""
    found = import_for(request.member, table_id)
    problems = services.problems_in(found)
    if not problems:
        raise Missing("errors_missing", "没有退回的行，或已经不再保存")
    note_export(right=services.RIGHTS[found.kind], count=len(problems), actor=request.member, at=timezone.now())
    return xlsx_response(f"退回的行-{found.file_name.rsplit('.', 1)[0]}.xlsx", error_workbook(found))


@member_required
@require_GET
def order_template(request: MemberRequest) -> HttpResponse:
    return _template(request, "orders")


@member_required
@require_GET
def product_template(request: MemberRequest) -> HttpResponse:
    return _template(request, "products")


def _template(request: MemberRequest, kind: str) -> HttpResponse:
    services.require_import(kind, request.member)
    return xlsx_response(f"{_PLACES[kind][0]}导入模板.xlsx", import_template(kind))
