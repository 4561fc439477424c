"""Pages of signing in, of one's own password, of acting for another company."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.kernel.errors import Refused
from guiju.organisations import selectors
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.people import ChangePasswordForm
from guiju.organisations.services.people import change_password as change_password_service
from guiju.organisations.signin import MemberRequest, member_required


class SignIn(LoginView):
    """登录; before the first set-up the page says how to begin."""

    template_name = "organisations/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context, is_set_up=selectors.is_set_up())


@member_required
def change_password(request: MemberRequest) -> HttpResponse:
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ended = change_password_service(
                user=request.member.user,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                actor=request.member,
                at=timezone.now(),
            )
        except Refused as error:
            show_problems(form, error)
        else:
            update_session_auth_hash(request, request.member.user)
            tokens = f"，{ended}个访问令牌已吊销" if ended else ""
            messages.success(request, f"口令已修改；其他设备上的登录已经失效{tokens}")
            return redirect("dashboard")
    return render(request, "organisations/change_password.html", {"form": form}, status=422 if form.errors else 200)


@member_required
@require_POST
def switch_member(request: MemberRequest) -> HttpResponse:
    """Act as another of one's own memberships from now on."""
    wanted = request.POST.get("member", "")
    if any(str(one.pk) == wanted for one in request.memberships):
        request.session["member"] = wanted
    return redirect("dashboard")
