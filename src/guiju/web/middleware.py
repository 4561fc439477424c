"""Headers on every answer, and the one place where errors become pages."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg import errors as database_errors

from guiju.kernel.errors import GuijuError, Missing, NotAllowed

Answer = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing from another host, no script or style inside a page."""


class SecurityHeaders:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response


def status_of(error: GuijuError) -> int:
    """The HTTP status that says the same as the error."""
    match error:
        case Missing():
            return 404
        case NotAllowed():
            return 403
        case _:
            return 422


class RenderedErrors:
    """Turns our errors, and a database that can't write, into one clear page."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, GuijuError):
            return render(request, "web/error.html", {"error": error}, status=status_of(error))
        if isinstance(error, OperationalError):
            return render(request, "web/unavailable.html", {"sentence": database_trouble(error)}, status=503)
        return None


def database_trouble(error: OperationalError) -> str:
    """One sentence for a database that is full or away."""
    if isinstance(error.__cause__, (database_errors.DiskFull, database_errors.OutOfMemory)):
        return "服务器磁盘已满，这次没有保存：请系统管理员腾出空间后重试，您填写的内容可用浏览器的后退找回。"
    return "数据库暂时没有应答，这次没有保存：请稍候片刻再试，您填写的内容可用浏览器的后退找回。"
