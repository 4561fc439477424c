"""Pages of signing in, of activation, of acting for another company."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from guiju.accounts.forms import ActivateForm, CodeForm, SignInForm
from guiju.accounts.models import SignIn
from guiju.accounts.origin import origin_of
from guiju.accounts.registry import ways
from guiju.accounts.services import links, signing_in
from guiju.accounts.signin import after_first_step, half_way, let_in, where_to
from guiju.organisations import selectors
from guiju.organisations.models import User
from guiju.organisations.signin import MemberRequest, member_required


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
        if further := after_first_step(request, signed, where=where_to(request)):
            return further
        form.add_error(None, signed.sentence)
    context = {"form": form, "next": where_to(request), "is_set_up": selectors.is_set_up(), "ways": ways()}
    return render(request, "accounts/sign_in.html", context, status=401 if form.errors else 200)


@sensitive_post_parameters()
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code."""
    half = half_way(request)
    if half is None:
        messages.info(request, "等得太久了，请重新登录")
        return redirect("sign_in")
    user, where = half
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        signed = signing_in.check_code(user=user, code=code, origin=origin_of(request), at=timezone.now())
        if signed.user:
            let_in(request, signed.user, with_factor=True)
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
