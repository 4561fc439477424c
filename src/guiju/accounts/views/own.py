"""Pages of one's own account: password, second factor, sessions, tokens, what one may do."""

from __future__ import annotations

from uuid import UUID

import segno
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from guiju.accounts import selectors
from guiju.accounts.forms import ChangePasswordForm, CodeForm, SetFactorForm, TokenForm
from guiju.accounts.origin import origin_of
from guiju.accounts.registry import ways
from guiju.accounts.services import factors, sessions, signing_in
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import is_powerful, rights_of, roles_of
from guiju.organisations.registry import RIGHTS
from guiju.organisations.selectors import tokens_of
from guiju.organisations.selectors.people import substitutes_of
from guiju.organisations.services.people import change_password as change_password_service
from guiju.organisations.services.tokens import create_token as create_token_service
from guiju.organisations.services.tokens import revoke_token as revoke_token_service
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage


@member_required
@require_GET
def own_account(request: MemberRequest) -> HttpResponse:
    """我的账号"""
    member, now = request.member, timezone.now()
    context = {
        "roles": roles_of(member).order_by("name"),
        "has_factor": selectors.has_factor(member.user_id),
        "codes_left": selectors.codes_left(member.user),
        "must_have_factor": is_powerful(member),
        "sessions": selectors.sessions_of(member.user, here=request.session.session_key or "", at=now),
        "tokens": tokens_of(member),
        "substitutes": substitutes_of(member, on=timezone.localdate()),
        "has_password": member.user.has_usable_password(),
        "ways": [(way, way.is_linked(member.user)) for way in ways()],
    }
    return render(request, "accounts/own_account.html", context)


@sensitive_post_parameters()
@member_required
def change_password(request: MemberRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def change() -> str:
            ended = change_password_service(
                user=request.member.user,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                actor=request.member,
                at=timezone.now(),
            )
            update_session_auth_hash(request, request.member.user)
            sessions.close_sessions(request.member.user, but=request.session.session_key or "")
            tokens = f"，{ended}个访问令牌已吊销" if ended else ""
            return f"口令已修改；其他设备上的登录已经失效{tokens}"

        try:
            sentence = change()
        except Refused as error:
            show_problems(form, error)
        else:
            tell(request, lambda: sentence)
            return redirect("own_account")
    intro = "至少12位，不含用户名和姓名。修改后其他设备上的登录和所有访问令牌立即失效。"
    return FormPage("修改口令", "修改口令", reverse("own_account"), "我的账号", intro).answer(request, form)


@sensitive_post_parameters()
@member_required
def set_factor(request: MemberRequest) -> HttpResponse:
    """Scan, type a first code, keep the recovery codes."""
    member = request.member
    had_factor = selectors.has_factor(member.user_id)
    if had_factor and not request.session.get("factor"):
        return redirect("step_up")
    form = SetFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = factors.set_factor(**form.cleaned_data, actor=member, at=timezone.now())
        except Refused as error:
            show_problems(form, error)
        else:
            request.session.cycle_key()
            request.session["factor"] = True
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
    secret = form.data.get("secret") or factors.new_secret()
    picture = segno.make(factors.provisioning_uri(secret, member.user)).svg_data_uri(scale=5, border=2)
    context = {
        "form": form,
        "secret": secret,
        "grouped": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "picture": picture,
        "had_factor": had_factor,
    }
    return render(request, "accounts/set_factor.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@member_required
def step_up(request: MemberRequest) -> HttpResponse:
    """Give the code in a session that began without one."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        signed = signing_in.check_code(
            user=request.member.user, code=code, origin=origin_of(request), at=timezone.now()
        )
        if signed.user:
            request.session.cycle_key()
            request.session["factor"] = True
            return redirect("dashboard")
        form.add_error("code", signed.sentence)
    intro = "您的角色能看明文、能导出或是管理员：这次登录还要一个验证码。"
    return FormPage("输入验证码", "继续", reverse("own_account"), "我的账号", intro).answer(request, form)


@member_required
@require_POST
def end_own_session(request: MemberRequest, mark: str) -> HttpResponse:
    def end() -> str:
        sessions.end_own_session(mark=mark, actor=request.member, origin=origin_of(request), at=timezone.now())
        return "这个会话已经结束"

    tell(request, end)
    return redirect("own_account")


@member_required
def create_token(request: MemberRequest) -> HttpResponse:
    member = request.member
    rights = [(right, RIGHTS[right]) for right in rights_of(member).reaches]
    form = TokenForm(request.POST or None, rights=rights)
    if request.method == "POST" and form.is_valid():
        try:
            secret = create_token_service(member=member, **form.cleaned_data, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            return render(request, "accounts/token_created.html", {"secret": secret})
    intro = "令牌让程序以您的身份访问接口和命令行；只显示一次，到期自动失效。"
    return FormPage("生成访问令牌", "生成", reverse("own_account"), "我的账号", intro).answer(request, form)


@member_required
@require_POST
def revoke_token(request: MemberRequest, token_id: UUID) -> HttpResponse:
    def revoke() -> str:
        token = revoke_token_service(member=request.member, token_id=token_id, at=timezone.now())
        return f"令牌“{token.name}”已吊销"

    tell(request, revoke)
    return redirect("own_account")
