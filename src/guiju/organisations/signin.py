"""Requests as members; strangers are sent to sign in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from guiju.kernel.errors import NotAllowed
from guiju.organisations.models import Member
from guiju.web.answers import typed_into


class MemberRequest(HttpRequest):
    """A request made as a member; `ActingMember` sets both."""

    member: Member
    memberships: list[Member]


def member_of(request: HttpRequest) -> Member | None:
    """Whose request it is; None for strangers."""
    found: Member | None = getattr(request, "member", None)
    return found


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """A stranger, or somebody whose session ended while a page was open."""
    if request.headers.get("HX-Request"):
        # A piece of a page can't hold the sign-in: the whole page goes there and comes back.
        shown = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(shown).url})
    if request.method == "POST":
        context = {
            "heading": "登录已过期",
            "sentence": "这次没有受理，填写的内容还在：请先在另一个标签页登录，再回到这里继续提交。",
            "typed": typed_into(request),
            "sign_in": reverse("sign_in"),
        }
        return render(request, "web/send_again.html", context, status=401)
    return redirect_to_login(request.get_full_path())


def member_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Send strangers to the sign-in page, and tell who has no company that they have none."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        if member_of(request) is not None:
            return view(request, *arguments, **named)
        if request.user.is_authenticated:
            raise NotAllowed("no_membership", "您的账号还没有加入任何公司：请安全管理员办理")
        return _to_sign_in(request)

    return guarded
