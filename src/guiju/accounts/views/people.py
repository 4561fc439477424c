"""Pages of people: who works where, invitation, rights, absence, leaving."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.accounts import selectors
from guiju.accounts.exports import people_workbook
from guiju.accounts.forms import ChangeMemberForm, InviteForm, JoinForm, LeaveForm, SubstituteForm
from guiju.accounts.origin import origin_of
from guiju.accounts.services import leaving, links, sessions
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Department, Member, Role
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import RESOURCES
from guiju.organisations.selectors import companies_for, people
from guiju.organisations.selectors.roles import explanation_of
from guiju.organisations.services import roles as role_services
from guiju.organisations.services import substitutes
from guiju.organisations.services.disclosures import note_export
from guiju.organisations.services.disclosures import unmask_field as unmask_field_service
from guiju.organisations.services.people import add_member as add_member_service
from guiju.organisations.services.people import change_member as change_member_service
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.web.tables import xlsx_response

MOST_LINKS = 200
"""As many links as are made and handed out in one go."""


def _person(request: MemberRequest, member_id: UUID) -> Member:
    return people.person_for(request.member, member_id, on=timezone.localdate())


def _wanted(request: MemberRequest) -> people.PeopleFilter:
    asked = request.GET
    return people.PeopleFilter(
        asked.get("search", ""), asked.get("company", ""), asked.get("role", ""), asked.get("left") == "1"
    )


@member_required
@require_GET
def people_list(request: MemberRequest) -> HttpResponse:
    """成员"""
    member, wanted = request.member, _wanted(request)
    page = page_of(request, people.people_for(member, wanted, on=timezone.localdate()))
    held = people.roles_held(page.object_list)
    context = {
        "page": page,
        "lines": [(one, held.get(one.pk, [])) for one in page.object_list],
        "wanted": wanted,
        "roles": Role.objects.filter(retired_at=None).order_by("-is_ready_made", "name")[:100],
        "may_invite": allows(member, "member.add", on=member.entity_id),
        "may_export": allows(member, "member.export", on=member.entity_id),
        "may_see_log": allows(member, "account.log", on=member.entity_id),
    }
    return render(request, "accounts/people_list.html", context)


@member_required
@require_GET
def export_people(request: MemberRequest) -> HttpResponseBase:
    require(request.member, "member.export", on=request.member.entity_id)
    found = people.people_for(request.member, _wanted(request), on=timezone.localdate())
    note_export(right="member.export", count=found.count(), actor=request.member, at=timezone.now())
    return xlsx_response("成员.xlsx", people_workbook(request.member, found))


@member_required
def invite_person(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "member.add", on=member.entity_id)
    initial = {"company": member.entity} if "company" not in request.GET else {}
    form = InviteForm(request.POST or None, companies=companies_for(member), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = links.invite_person(
                details=form.details,
                company=form.cleaned_data["company"],
                title=form.cleaned_data["title"],
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            return _link_made(request, made.member, made.secret, heading="已邀请")
    intro = "保存后得到一个激活链接，交给本人自己设口令。角色由安全管理员另行授予。"
    return FormPage("邀请成员", "邀请", reverse("people_list"), "成员", intro).answer(request, form)


@member_required
def waiting_list(request: MemberRequest) -> HttpResponse:
    """待激活: who never set a password, and new links for the chosen ones, shown once."""
    member = request.member
    require(member, "member.add", on=member.entity_id)
    waiting = people.without_password(member, on=timezone.localdate())
    if request.method == "POST":
        wanted = set(request.POST.getlist("person")[:MOST_LINKS])
        chosen = [one for one in waiting if str(one.pk) in wanted]
        made: list[links.Invitation] = []

        def invite() -> str:
            if not chosen:
                raise Refused("nobody_chosen", "没有选中任何人")
            made.extend(links.reinvite_people(members=chosen, actor=member, at=timezone.now()))
            return f"已生成{len(made)}个激活链接"

        if tell(request, invite):
            address = request.build_absolute_uri(reverse("activate_account"))
            lines = [(one, f"{address}#{one.member.user.username}/{one.secret}") for one in made]
            return render(request, "accounts/links_made.html", {"lines": lines, "valid_days": links.VALID.days})
    context = {"waiting": waiting[:MOST_LINKS], "count": waiting.count(), "most": MOST_LINKS}
    return render(request, "accounts/waiting_list.html", context)


def _link_made(request: MemberRequest, person: Member, secret: str, *, heading: str) -> HttpResponse:
    """The link's code, shown once."""
    address = request.build_absolute_uri(reverse("activate_account"))
    context = {
        "person": person,
        "secret": secret,
        "address": f"{address}#{person.user.username}/{secret}",
        "heading": heading,
        "valid_days": links.VALID.days,
    }
    return render(request, "accounts/link_made.html", context)


@member_required
@require_GET
def person_detail(request: MemberRequest, member_id: UUID) -> HttpResponse:
    member, now = request.member, timezone.now()
    person = _person(request, member_id)
    may = {
        name: allows(member, right, on=person.entity_id) and (person.left_at is None)
        for name, right in (
            ("change", "member.change"),
            ("grant", "role.grant"),
            ("reset", "account.reset"),
            ("confirm", "account.confirm"),
            ("end_sessions", "account.end_sessions"),
            ("end", "member.end"),
            ("substitute", "member.substitute"),
        )
    }
    may_explain = allows(member, "role.explain", on=person.entity_id)
    held = people.roles_held([person]).get(person.pk, [])
    context = {
        "person": person,
        "is_self": person.user_id == member.user_id,
        "addresses": [
            (
                name,
                RESOURCES["member"].fields[name].label,
                people.shown_field(member, person, name, on_its_page=True),
                getattr(person.user, name),
            )
            for name in ("email", "phone")
        ],
        "may_unmask": allows(member, "member.unmask", on=person.entity_id) and person.user_id != member.user_id,
        "held": held,
        "grantable": Role.objects.filter(retired_at=None)
        .exclude(code__in=[one.role_id for one in held])
        .order_by("-is_ready_made", "name"),
        "may": may,
        "may_explain": may_explain,
        "has_factor": selectors.has_factor(person.user_id),
        "link": selectors.open_link_of(person.user_id, at=now),
        "last": selectors.last_sign_in_of(person.user) if may_explain or may["reset"] else None,
        "is_active": person.user.has_usable_password(),
        "substitutes": people.substitutes_of(person, on=timezone.localdate()),
        "history": people.member_history(member, person) if may_explain else None,
    }
    return render(request, "accounts/person_detail.html", context)


@member_required
@require_GET
def explain_person(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Why this person may see what they may, and what stays hidden (谁能看什么)."""
    person = _person(request, member_id)
    resource = request.GET.get("resource", "")
    explained = explanation_of(request.member, person, on=timezone.localdate(), resource=resource)
    return render(request, "accounts/explain_person.html", {"person": person, "explained": explained})


@member_required
def change_member(request: MemberRequest, member_id: UUID) -> HttpResponse:
    person = _person(request, member_id)
    require(request.member, "member.change", on=person.entity_id)
    departments = Department.objects.filter(entity_id=person.entity_id, closed_at=None).order_by("name")
    initial = {name: getattr(person.user, name) for name in ("name", "email", "phone")}
    initial |= {"title": person.title, "department": person.department}
    form = ChangeMemberForm(request.POST or None, departments=departments, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_member_service(member=person, changes=form.changes, actor=request.member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已修改")
            return redirect("person_detail", person.pk)
    return _form_of(person, f"修改{person.user.name}的资料", "保存").answer(request, form)


def _form_of(person: Member, heading: str, submit: str, intro: str = "") -> FormPage:
    return FormPage(heading, submit, reverse("person_detail", args=[person.pk]), person.user.name, intro)


@member_required
def add_member(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """Give somebody who has an account a place in another company too (兼任)."""
    person = _person(request, member_id)
    require(request.member, "member.add", on=request.member.entity_id)
    form = JoinForm(request.POST or None, companies=companies_for(request.member))
    if request.method == "POST" and form.is_valid():
        try:
            made = add_member_service(
                company=form.cleaned_data["company"],
                user=person.user,
                title=form.cleaned_data["title"],
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"{person.user.name}也是{made.entity.name}的成员了")
            return redirect("person_detail", made.pk)
    intro = "同一个人在几家公司任职时，用同一个账号，登录后切换；每家公司的角色分别授予。"
    return _form_of(person, f"让{person.user.name}加入另一家公司", "加入", intro).answer(request, form)


@member_required
@require_POST
def grant_role(request: MemberRequest, member_id: UUID) -> HttpResponse:
    person = _person(request, member_id)

    def grant() -> str:
        code = request.POST.get("role", "")
        held = role_services.grant_role(member=person, code=code, actor=request.member, at=timezone.now())
        return f"已授予{person.user.name}“{held.role.name}”"

    tell(request, grant)
    return redirect("person_detail", person.pk)


@member_required
@require_POST
def withdraw_role(request: MemberRequest, member_id: UUID) -> HttpResponse:
    person = _person(request, member_id)

    def withdraw() -> str:
        code = request.POST.get("role", "")
        held = role_services.withdraw_role(member=person, code=code, actor=request.member, at=timezone.now())
        return f"已收回{person.user.name}的“{held.role.name}”，从现在起不能再用"

    tell(request, withdraw)
    return redirect("person_detail", person.pk)


@member_required
@require_POST
def reset_account(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """A link for a new password, or for the first one."""
    person = _person(request, member_id)
    drops_factor = request.POST.get("drops_factor") == "1"
    made: list[str] = []

    def reset() -> str:
        made.append(
            links.reset_account(member=person, drops_factor=drops_factor, actor=request.member, at=timezone.now())
        )
        return "已生成重置链接"

    if not tell(request, reset):
        return redirect("person_detail", person.pk)
    heading = "重置账号" if person.user.has_usable_password() else "重新邀请"
    return _link_made(request, person, made[0], heading=heading)


@member_required
@require_POST
def confirm_account_link(request: MemberRequest, member_id: UUID) -> HttpResponse:
    person = _person(request, member_id)
    code: list[str] = []

    def confirm() -> str:
        code.append(links.confirm_account_link(member=person, actor=request.member, at=timezone.now()))
        return "已核验"

    if not tell(request, confirm):
        return redirect("person_detail", person.pk)
    return render(request, "accounts/link_confirmed.html", {"person": person, "code": code[0]})


@member_required
@require_POST
def unmask_field(request: MemberRequest, member_id: UUID, field: str) -> HttpResponse:
    """One address of one person in the clear, for a reason and five minutes."""
    person = _person(request, member_id)

    def unmask() -> str:
        made = unmask_field_service(
            code=f"member.{field}",
            subject_id=person.pk,
            entity_id=person.entity_id,
            reason=request.POST.get("reason", ""),
            actor=request.member,
            at=timezone.now(),
        )
        return f"明文显示到 {timezone.localtime(made.until):%H:%M}，已记录"

    tell(request, unmask)
    return redirect("person_detail", person.pk)


@member_required
@require_POST
def end_sessions(request: MemberRequest, member_id: UUID) -> HttpResponse:
    person = _person(request, member_id)

    def end() -> str:
        count = sessions.end_sessions(member=person, actor=request.member, origin=origin_of(request), at=timezone.now())
        return f"{person.user.name}的{count}个会话已经结束"

    tell(request, end)
    return redirect("person_detail", person.pk)


@member_required
def end_member(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """办理离职: what is in hand, who takes it over, why."""
    person = _person(request, member_id)
    require(request.member, "member.end", on=person.entity_id)
    form = LeaveForm(request.POST or None, colleagues=people.colleagues_of(person))
    if request.method == "POST" and form.is_valid():
        try:
            done = leaving.end_member(
                member=person,
                successor=form.cleaned_data["successor"],
                reason=form.cleaned_data["reason"],
                actor=request.member,
                origin=origin_of(request),
                at=timezone.now(),
                is_released=form.cleaned_data["is_released"],
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            given = (f"，移交{done.given}" if done.given else "") + (f"，{done.let_go}" if done.let_go else "")
            sentence = (
                f"{person.user.name}已离开{person.entity.name}：收回{done.roles}个角色，吊销{done.tokens}个令牌，"
                f"结束{done.sessions}个会话{given}"
            )
            tell(request, lambda: sentence)
            return redirect("person_detail", person.pk)
    held = "、".join(f"{label}{count}项" for label, count in leaving.in_hand(person))
    intro = f"角色、令牌和会话立即结束，账号不再能登录{person.entity.name}。手上{'有' + held if held else '没有要交接的事项'}。"
    return _form_of(person, f"办理{person.user.name}的离职", "办理离职", intro).answer(request, form)


@member_required
def name_substitute(request: MemberRequest, member_id: UUID) -> HttpResponse:
    """安排代理, for oneself or for somebody else."""
    person = request.member if request.member.pk == member_id else _person(request, member_id)
    if person.pk != request.member.pk:
        require(request.member, "member.substitute", on=person.entity_id)
    initial = {"since": timezone.localdate()}
    form = SubstituteForm(request.POST or None, colleagues=people.colleagues_of(person), initial=initial)
    back = redirect("own_account") if person.pk == request.member.pk else redirect("person_detail", person.pk)
    if request.method == "POST" and form.is_valid():
        try:
            made = substitutes.name_substitute(
                member=person,
                substitute=form.cleaned_data["substitute"],
                absence=form.absence,
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"{made.since:%Y-%m-%d}至{made.until:%Y-%m-%d}由{made.substitute.user.name}代理")
            return back
    intro = f"代理期间，代理人在自己的权限之外还有{person.user.name}的权限；申请人不能批准自己的申请，代理也不例外。"
    page = _form_of(person, f"安排{person.user.name}的代理人", "安排", intro)
    if person.pk == request.member.pk:
        page = replace(page, back=reverse("own_account"), back_label="我的账号")
    return page.answer(request, form)


@member_required
@require_POST
def end_substitute(request: MemberRequest, substitute_id: UUID) -> HttpResponse:
    def end() -> str:
        substitutes.end_substitute(substitute_id=substitute_id, actor=request.member, at=timezone.now())
        return "代理已结束"

    tell(request, end)
    return redirect("own_account")
