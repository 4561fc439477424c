"""What every page of the staff app shows around its content."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from guiju import __version__
from guiju.web.navigation import NAVIGATION


def frame(request: HttpRequest) -> dict[str, Any]:
    member = getattr(request, "member", None)
    return {
        "is_demo": settings.GUIJU_IS_DEMO,
        "version": __version__,
        "member": member,
        "memberships": getattr(request, "memberships", ()),
        "navigation": [
            {
                "item": item,
                "is_active": request.path.startswith(item.prefix) if item.prefix != "/" else request.path == "/",
            }
            for item in NAVIGATION
            if member is not None and item.shown(request)
        ],
    }
