"""Pages of signing in, of activation, of acting for another company."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from guiju.accounts.forms import ActivateForm, CodeForm, SignInForm
from guiju.accounts.models import SignIn
from guiju.accounts.origin import origin_of
from guiju.accounts.services import links, signing_in
from guiju.organisations import selectors
from guiju.organisations.models import User
from guiju.organisations.signin import MemberRequest, member_required

HALF_WAY = timedelta(minutes=10)
"""How long a right password waits for its code."""


def _where_to(request: HttpRequest) -> str:
    """The page that was wanted, if it is one of ours."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted else "dashboard"


def _let_in(request: HttpRequest, user: User, *, with_factor: bool) -> None:
    """A new session with a new key: nothing that was known before names it."""
    origin = origin_of(request)
    login(request, user)
    request.session["factor"] = with_factor
    request.session["address"], request.session["agent"] = origin.address, origin.agent
    request.session["made_at"] = timezone.now().isoformat()


@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """登录; before the first set-up the page says how to begin."""
    if request.user.is_authenticated:
        return redirect("dashboard")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        signed = signing_in.check_password(
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            origin=origin_of(request),
            at=timezone.now(),
        )
        if signed.outcome == SignIn.Outcome.HALF and signed.user:
            request.session.flush()
            request.session["half"] = [str(signed.user.pk), timezone.now().timestamp(), _where_to(request)]
            return redirect("sign_in_code")
        if signed.user:
            _let_in(request, signed.user, with_factor=False)
            return redirect(_where_to(request))
        form.add_error(None, signed.sentence)
    context = {"form": form, "next": _where_to(request), "is_set_up": selectors.is_set_up()}
    return render(request, "accounts/sign_in.html", context, status=401 if form.errors else 200)


def _half_way(request: HttpRequest) -> tuple[User, str] | None:
    """Who gave the right password a moment ago, and where they wanted to go."""
    user_id, since, where = request.session.get("half", ("", 0, ""))
    if not user_id or timezone.now().timestamp() - since > HALF_WAY.total_seconds():
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return (user, where) if user else None


@sensitive_post_parameters()
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code."""
    half = _half_way(request)
    if half is None:
        messages.info(request, "等得太久了，请重新登录")
        return redirect("sign_in")
    user, where = half
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        signed = signing_in.check_code(user=user, code=code, origin=origin_of(request), at=timezone.now())
        if signed.user:
            _let_in(request, signed.user, with_factor=True)
            if signed.outcome == SignIn.Outcome.RECOVERED:
                messages.warning(request, "您用了一个恢复码，它已作废；手机丢了请到“我的账号”重新设置第二因子")
            return redirect(where)
        form.add_error("code", signed.sentence)
    return render(request, "accounts/sign_in_code.html", {"form": form}, status=401 if form.errors else 200)


@sensitive_post_parameters()
def activate_account(request: HttpRequest) -> HttpResponse:
    """Set a password with the code of a link; the code stands behind the #, which no server sees."""
    form = ActivateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        result = links.activate_account(wanted=form.wanted, origin=origin_of(request), at=timezone.now())
        if isinstance(result, User):
            logout(request)
            messages.success(request, "口令已设置，请登录")
            return redirect("sign_in")
        for problem in result:
            field = {"password": "new"}.get(problem.field or "", problem.field)
            form.add_error(field if field in form.fields else None, problem.sentence)
    return render(request, "accounts/activate_account.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        signing_in.sign_out(user=request.user, origin=origin_of(request), at=timezone.now())
    logout(request)
    return redirect("sign_in")


@member_required
@require_POST
def switch_member(request: MemberRequest) -> HttpResponse:
    """Act as another of one's own memberships from now on."""
    wanted = request.POST.get("member", "")
    if any(str(one.pk) == wanted for one in request.memberships):
        request.session["member"] = wanted
    return redirect("dashboard")
