"""Every request leaves a line; who may do or see much signs in with two factors first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import timezone

from guiju.accounts.origin import origin_of
from guiju.accounts.requests import RequestLine, keep
from guiju.accounts.selectors import has_factor
from guiju.organisations.permissions import is_powerful
from guiju.organisations.signin import member_of

_log = logging.getLogger("guiju.accounts")
_OPEN = frozenset({"set_factor", "step_up", "sign_out", "change_password", "health", "sign_in"})


class RequestLog:
    """Keeps a line of every request (访问日志), refused ones too; a full disk stops the log and not the work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        if request.path != "/health":
            self._keep(request, response.status_code, round((time.monotonic() - began) * 1000))
        return response

    def _keep(self, request: HttpRequest, status: int, milliseconds: int) -> None:
        at, member = timezone.now(), member_of(request)
        # Only what is known already: asking for the user might need a database that is away.
        known = getattr(request, "_cached_user", None)
        user = member.user_id if member else getattr(known, "pk", None)
        line = RequestLine(
            at.isoformat(timespec="milliseconds"),
            str(request.method),
            _path_of(request)[:300],
            status,
            milliseconds,
            origin_of(request).address,
            str(user) if user else None,
            str(member.pk) if member else None,
        )
        try:
            keep(line, at=at)
        except OSError as failure:
            _log.error("the log of requests can't be written: %s", failure.strerror)


_SECRET = ("secret", "word")
"""Parts of addresses that open something to whoever knows them."""


def _path_of(request: HttpRequest) -> str:
    """The path without what would let a reader of the log in."""
    path, match = request.path, request.resolver_match
    for name in _SECRET:
        if match is not None and match.kwargs.get(name):
            path = path.replace(str(match.kwargs[name]), "…")
    return path


class SecondFactor:
    """Stands inside `ActingMember`, which reads the member's rights anyway. Tokens come with their own proof."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = member_of(request)
        if member is None or request.path.startswith("/api/") or request.session.get("factor"):
            return self.get_response(request)
        if not is_powerful(member) or resolve(request.path_info).url_name in _OPEN:
            return self.get_response(request)
        return self._first(request, "step_up" if has_factor(member.user_id) else "set_factor")

    def _first(self, request: HttpRequest, where: str) -> HttpResponse:
        words = {
            "step_up": "您的角色要用第二因子登录：请输入验证码",
            "set_factor": "您的角色能看明文、能导出或是管理员，要先设置第二因子",
        }
        messages.warning(request, words[where])
        return redirect(where)
