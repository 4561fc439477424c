"""Sign-in by user name and password (身份鉴别)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from guiju.kernel.errors import NotAllowed
from guiju.organisations.models import Member, User


class PasswordBackend(BaseBackend):
    """Takes the same time whether the user exists or not."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **other: Any
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.filter(username=username.strip().casefold()).first()
        if user is None:
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


class MemberRequest(HttpRequest):
    """A request made as a member; `ActingMember` sets both."""

    member: Member
    memberships: list[Member]


def member_of(request: HttpRequest) -> Member | None:
    """Whose request it is; None for strangers."""
    found: Member | None = getattr(request, "member", None)
    return found


def member_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send strangers to the sign-in page, and tell who has no company that they have none."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if member_of(request) is not None:
            return view(request, *arguments, **named)
        if request.user.is_authenticated:
            raise NotAllowed("no_membership", "您的账号还没有加入任何公司：请系统管理员办理")
        return redirect_to_login(request.get_full_path())

    return guarded
