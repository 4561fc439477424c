"""Who calls: the member for whom the token in the header speaks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer


class MemberToken(HttpBearer):
    """The middleware has looked the token up and opened the scope; here we only ask whether it did."""

    openapi_scheme = "bearer"

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return getattr(request, "member", None)
