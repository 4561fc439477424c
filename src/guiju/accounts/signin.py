"""How a browser gets in once it is known who it is: where it wanted to go, a new session, or first a code."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from guiju.accounts.models import SignIn
from guiju.accounts.origin import origin_of
from guiju.accounts.services.signing_in import Signed
from guiju.organisations.models import User

HALF_WAY = timedelta(minutes=10)
"""How long the first step waits for its code."""


def where_to(request: HttpRequest) -> str:
    """The page that was wanted, if it is one of ours."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted else "dashboard"


def let_in(request: HttpRequest, user: User, *, with_factor: bool) -> None:
    """A new session with a new key: nothing that was known before names it."""
    origin = origin_of(request)
    login(request, user)
    request.session["factor"] = with_factor
    request.session["address"], request.session["agent"] = origin.address, origin.agent
    request.session["made_at"] = timezone.now().isoformat()


def after_first_step(request: HttpRequest, signed: Signed, *, where: str) -> HttpResponse | None:
    """Let in who was found, or ask for the code first; None when nobody was."""
    if signed.user is None:
        return None
    if signed.outcome == SignIn.Outcome.HALF:
        request.session.flush()
        request.session["half"] = [str(signed.user.pk), timezone.now().timestamp(), where]
        return redirect("sign_in_code")
    let_in(request, signed.user, with_factor=False)
    return redirect(where)


def half_way(request: HttpRequest) -> tuple[User, str] | None:
    """Who took the first step a moment ago, and where they wanted to go."""
    user_id, since, where = request.session.get("half", ("", 0, ""))
    if not user_id or timezone.now().timestamp() - since > HALF_WAY.total_seconds():
        return None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return (user, where) if user else None
