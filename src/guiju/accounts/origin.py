"""Where a request comes from (网络地址、浏览器)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Origin:
    """Address and browser of who asks; both may be unknown."""

    address: str | None = None
    agent: str = ""
    way: str = "password"


def origin_of(request: HttpRequest) -> Origin:
    """The peer's address, or what our own proxy says it is."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        # The last entry is the one that our own proxy wrote.
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).split(",")[-1]
    try:
        known = str(ipaddress.ip_address(address.strip()))
    except ValueError:
        known = None
    return Origin(known, request.META.get("HTTP_USER_AGENT", "")[:200])
