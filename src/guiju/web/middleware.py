"""Headers on every answer, and the one place where errors become pages."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from guiju.database.trouble import trouble_of
from guiju.kernel.errors import GuijuError
from guiju.web.answers import answer, is_api, problem_answer
from guiju.web.uploads import FORM_BODY, LARGER

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
        if "frame-ancestors *" not in response.headers["Content-Security-Policy"]:
            response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not response.headers.get("Cache-Control"):
            response.headers["Cache-Control"] = "no-store"
        return response


class RenderedErrors:
    """Turns our errors, and a database that can't write, into one clear page or API answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and is_api(request):
            told = answer(request, status=405, code="method", heading="", sentence="这个地址不支持这种请求方法")
            told.headers["Allow"] = response.headers["Allow"]
            return told
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, GuijuError):
            if is_api(request):
                return problem_answer(request, error)
            return render(request, "web/error.html", {"error": error}, status=error.http_status)
        if isinstance(error, OperationalError):
            return answer(request, status=503, code="unavailable", heading="暂时不能使用", sentence=trouble_of(error))
        return None


class BoundedBody:
    """Refuses bodies that are too large before anything reads them: a stranger's form is small."""

    STRANGER = 64 * 2**10
    PROGRAM = 5 * 2**20
    FORM = 2 * 2**20
    """What stands around the files of a form."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > self.STRANGER and length > self._most(request):
            sentence = f"提交的内容有{length >> 20} MB，太大了，没有受理。"
            return answer(request, status=413, code="too_large", heading="内容太大", sentence=sentence)
        return self.get_response(request)

    def _most(self, request: HttpRequest) -> int:
        larger = _larger(request)
        if larger:
            return larger
        with_files: int = settings.GUIJU_LARGEST_FILE + self.FORM
        if is_api(request):
            # Nothing of it is read before the token is known.
            return with_files if request.content_type == "multipart/form-data" else self.PROGRAM
        user = getattr(request, "user", None)
        return with_files if user is not None and user.is_authenticated else self.STRANGER


def _larger(request: HttpRequest) -> int:
    """What a page takes that strangers send more to than a short form; nothing where it is none."""
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return 0
    most = LARGER.get(name, 0)
    return most if request.content_type == "multipart/form-data" else min(most, FORM_BODY)
