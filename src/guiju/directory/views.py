"""Pages of lists that come in, and of groups that stand for roles."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from guiju.accounts.origin import origin_of
from guiju.accounts.services import signing_in
from guiju.accounts.signin import after_first_step, where_to
from guiju.directory import selectors, tasks
from guiju.directory.config import installed
from guiju.directory.exports import lines_file, template_file
from guiju.directory.forms import AcceptForm, GroupRoleForm, IntakeForm
from guiju.directory.models import Intake
from guiju.directory.services import federation, groups, intake
from guiju.directory.services.lines import Deed, Line
from guiju.directory.signin import come_back, send_off
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.selectors import acting, companies_for
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.signin import MemberRequest, member_of, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.web.tables import xlsx_response

_SHOWN = 200


@member_required
def intake_list(request: MemberRequest) -> HttpResponse:
    """导入与目录"""
    member = request.member
    require(member, "directory.intake", on=member.entity_id)
    form = IntakeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            found = intake.open_intake(
                sort=form.cleaned_data["sort"],
                name=upload.name,
                content=upload.read(),
                actor=member,
                at=timezone.now(),
            )
        except Refused as error:
            form.add_error("file", error.sentence)
        else:
            return _deferred(request, found)
    trouble, host = "", ""
    try:
        ldap = installed().ldap
        host = ldap.host if ldap else ""
    except Refused as error:
        trouble = error.sentence
    context = {"form": form, "recent": selectors.recent_intakes(member), "host": host, "trouble": trouble}
    return render(request, "directory/intake_list.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def sync_directory(request: MemberRequest) -> HttpResponse:
    """Compare who is here with the company's directory."""
    require(request.member, "directory.intake", on=request.member.entity_id)
    made: list[Intake] = []

    def read() -> str:
        made.append(intake.open_sync(actor=request.member, at=timezone.now()))
        return "正在读取企业目录"

    return _deferred(request, made[0]) if tell(request, read) else redirect("intake_list")


def _deferred(request: MemberRequest, found: Intake) -> HttpResponse:
    member = request.member
    tasks.work_on_intake.defer(
        intake_id=str(found.pk),
        entity_id=str(found.entity_id),
        member_id=str(member.pk),
        user_id=str(member.user_id),
    )
    return redirect("intake", found.pk)


@member_required
def show_intake(request: MemberRequest, intake_id: UUID) -> HttpResponse:
    """The differences that a list would make, the decision, and afterwards what came of it."""
    found = selectors.intake_for(request.member, intake_id)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            intake.accept_intake(found=found, leaving=form.cleaned_data["leaving"], actor=request.member)
        except Refused as error:
            show_problems(form, error)
        else:
            return _deferred(request, found)
    lines = [Line.from_json(one) for one in found.lines]
    shown = sorted((one for one in lines if one.deed is not Deed.SAME), key=lambda one: one.deed is not Deed.BAD)
    counted = [(deed.label, sum(one.deed is deed for one in lines)) for deed in Deed]
    context = {
        "found": found,
        "form": form,
        "counted": counted,
        "shown": shown[:_SHOWN],
        "more": max(0, len(shown) - _SHOWN),
        "is_working": found.state in (Intake.State.READING, Intake.State.RUNNING),
        "is_many": found.leaving * 100 > found.listed * intake.MOST_VANISHED,
        "may_accept": any(count for label, count in counted if label not in (Deed.SAME.label, Deed.BAD.label)),
    }
    template = "directory/intake_state.html" if request.headers.get("HX-Request") else "directory/intake.html"
    return render(request, template, context, status=422 if form.errors else 200)


@member_required
@require_POST
def drop_intake(request: MemberRequest, intake_id: UUID) -> HttpResponse:
    found = selectors.intake_for(request.member, intake_id)
    intake.drop_intake(found=found, actor=request.member, at=timezone.now())
    return redirect("intake_list")


@member_required
@require_GET
def intake_lines(request: MemberRequest, intake_id: UUID) -> HttpResponse:
    found = selectors.intake_for(request.member, intake_id)
    note_export(right="directory.intake", count=len(found.lines), actor=request.member, at=timezone.now())
    return xlsx_response(f"变动-{found.name.rsplit('.', 1)[0]}.xlsx", lines_file(found))


@member_required
@require_GET
def intake_template(request: MemberRequest, sort: str) -> HttpResponse:
    require(request.member, "directory.intake", on=request.member.entity_id)
    if sort not in (Intake.Sort.PEOPLE, Intake.Sort.STRUCTURE):
        raise Http404
    return xlsx_response(f"{Intake.Sort(sort).label}模板.xlsx", template_file(sort))


@member_required
@require_GET
def group_role_list(request: MemberRequest) -> HttpResponse:
    """组与角色"""
    page = page_of(request, selectors.groups_for(request.member))
    return render(request, "directory/group_role_list.html", {"page": page, "tab": "groups"})


@member_required
def map_group(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "directory.map", on=member.entity_id)
    form = GroupRoleForm(request.POST or None, companies=companies_for(member), initial={"company": member.entity})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            groups.map_group(
                company=values["company"], group=values["group"], code=values["role"], actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已设定：这个组的人下次用企业账号登录或同步目录时得到这个角色")
            return redirect("group_role_list")
    intro = "在这个组里的人有这个角色，离开组就没有。手工授予的角色不受影响；三个管理员不能按组授予。"
    return FormPage("设定组与角色", "设定", reverse("group_role_list"), "组与角色", intro).answer(request, form)


@member_required
@require_POST
def unmap_group(request: MemberRequest, mapping_id: UUID) -> HttpResponse:
    def end() -> str:
        ended = groups.unmap_group(mapping_id=mapping_id, actor=request.member, at=timezone.now())
        return f"已取消“{ended.group}”，靠它得到的角色已收回"

    tell(request, end)
    return redirect("group_role_list")


def start_provider(request: HttpRequest) -> HttpResponse:
    """Off to the identity provider (用企业账号登录): a link, since no form of ours may lead to a stranger."""
    try:
        return redirect(send_off(request, where=where_to(request), links=False))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("sign_in")


@sensitive_post_parameters()
@member_required
@require_POST
def link_provider(request: MemberRequest) -> HttpResponse:
    """The same, to link the account with one's own: for who gives the password once more, by a page that leads on."""
    password = request.POST.get("password", "")
    try:
        signed = signing_in.check_password(
            username=request.member.user.username, password=password, origin=origin_of(request), at=timezone.now()
        )
        if signed.user is None:
            raise Refused("password_wrong", signed.sentence)
        address = send_off(request, where="own_account", links=True)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("own_account")
    return render(request, "directory/link_provider.html", {"address": address})


@require_GET
def provider_back(request: HttpRequest) -> HttpResponse:
    """Back from the identity provider: signed in, linked, or told why not."""
    member = member_of(request)
    try:
        claims, where, links = come_back(request)
        if links and member is not None:
            with acting(member):
                federation.link_identity(claims=claims, actor=member, at=timezone.now())
            messages.success(request, "已关联企业账号")
            return redirect(where)
        signed = federation.sign_in_by_provider(claims=claims, origin=origin_of(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("own_account" if member else "sign_in")
    further = after_first_step(request, signed, where=where)
    if further is None:
        messages.error(request, signed.sentence)
    return further or redirect("sign_in")


@member_required
@require_POST
def unlink_provider(request: MemberRequest) -> HttpResponse:
    def undo() -> str:
        federation.unlink_identity(actor=request.member, at=timezone.now())
        return "已解除企业账号的关联"

    tell(request, undo)
    return redirect("own_account")
