"""One way to say no outside of views: a page for people, the API's shape for programs."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from guiju.kernel.errors import GuijuError, Refused

Typed = list[tuple[str, str]]

_SECRET = frozenset({"csrfmiddlewaretoken", "password", "old", "new", "again", "secret", "code"})


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def answer(request: HttpRequest, *, status: int, code: str, heading: str, sentence: str) -> HttpResponse:
    """A bare page or an `ErrorOut`; needs neither session nor database."""
    if is_api(request):
        body = {"code": code, "message": sentence, "problems": []}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    page = render_to_string("web/plain_error.html", {"heading": heading, "sentence": sentence})
    return HttpResponse(page, status=status)


def tell(request: HttpRequest, act: Callable[[], str]) -> bool:
    """Do something and say above the next page how it went: the sentence that it returns, or why not.

    What isn't there, or isn't the member's to do at all, goes on to its own page.
    """
    try:
        messages.success(request, act())
    except Refused as error:
        messages.error(request, error.sentence)
        return False
    return True


def problem_answer(request: HttpRequest, error: GuijuError) -> HttpResponse:
    return answer(request, status=error.http_status, code=error.code, heading="未能完成", sentence=error.sentence)


def typed_into(request: HttpRequest) -> Typed:
    """What a form held, to be sent again; without passwords and files."""
    return [(name, value) for name in request.POST if name not in _SECRET for value in request.POST.getlist(name)]
