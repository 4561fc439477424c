"""The pages that belong to no part: the dashboard, the public front page, the sign of life."""

from __future__ import annotations

import sys

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guiju.database.trouble import trouble_of
from guiju.web.answers import answer, is_api, typed_into
from guiju.web.dashboard import CARDS, NOTICES


def dashboard(request: HttpRequest) -> HttpResponse:
    found = [card for card in (make(request) for make in CARDS) if card is not None]
    # Numbers first, side by side; charts below them take more room.
    cards = sorted(found, key=lambda card: bool(card.bars))
    notices = [sentence for make in NOTICES for sentence in make(request)]
    has_charts = any(card.bars for card in cards)
    context = {"cards": cards, "notices": notices, "has_charts": has_charts, "tab": "dashboard"}
    return render(request, "web/dashboard.html", context)


@require_GET
def public_home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/public_home.html")


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process and its database answer; says nothing else to strangers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, status=400, code="bad_request", heading="不能受理", sentence="请求的格式或主机名不对。")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "没有这个地址" if is_api(request) else "地址可能写错了，或这项内容已经移走。"
    return answer(request, status=404, code="missing", heading="没有这个页面", sentence=sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault, or a database that is away before any view was called (session, sign-in)."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        return answer(request, status=503, code="unavailable", heading="暂时不能使用", sentence=trouble_of(error))
    return answer(
        request,
        status=500,
        code="fault",
        heading="出错了",
        sentence="程序出了错，已记入服务器日志，没有保存任何改动。请稍后再试，或告诉系统管理员刚才做了什么。",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was open while its user signed in anew: what was typed can be sent again.

    Only when it comes from a page of ours; a form of another site gets nothing of that.
    """
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    context = {
        "heading": "页面已过期",
        "sentence": "这个页面打开期间登录有变化，所以这次没有受理。填写的内容还在，核对无误后继续提交。"
        if is_ours
        else "这次提交不是从本系统的页面来的，没有受理。",
        "typed": typed_into(request) if is_ours else [],
    }
    return render(request, "web/send_again.html", context, status=403)
