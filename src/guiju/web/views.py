"""The pages that belong to no part: the dashboard and the sign of life."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from guiju.web.dashboard import CARDS


def dashboard(request: HttpRequest) -> HttpResponse:
    cards = [card for card in (make(request) for make in CARDS) if card is not None]
    return render(request, "web/dashboard.html", {"cards": cards})


def health(request: HttpRequest) -> JsonResponse:
    """Whether this process and its database answer; says nothing else to strangers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
