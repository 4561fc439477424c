"""The pages that belong to no part: the dashboard, the public front page, the sign of life."""

from __future__ import annotations

import sys

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from guiju.database.trouble import trouble_of
from guiju.web.dashboard import CARDS


def dashboard(request: HttpRequest) -> HttpResponse:
    cards = [card for card in (make(request) for make in CARDS) if card is not None]
    return render(request, "web/dashboard.html", {"cards": cards})


@require_GET
def public_home(request: HttpRequest) -> HttpResponse:
    return render(request, "web/public_home.html")


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process and its database answer; says nothing else to strangers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address: a page for people, the API's shape for programs."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "missing", "message": "没有这个地址", "problems": []}, status=404)
    return HttpResponse(render_to_string("404.html"), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own fault, or a database that is away before any view was called (session, sign-in)."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        page = render_to_string("web/unavailable.html", {"sentence": trouble_of(error)})
        return HttpResponse(page, status=503)
    return HttpResponse(render_to_string("500.html"), status=500)
