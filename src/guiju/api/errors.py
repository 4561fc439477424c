"""Errors of the API: one shape for all of them."""

from __future__ import annotations

from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from guiju.database.trouble import trouble_of
from guiju.kernel.errors import GuijuError


class CitationOut(Schema):
    law: str
    article: str
    quote: str
    is_verified: bool


class ProblemOut(Schema):
    code: str
    sentence: str
    field: str | None = None
    citation: CitationOut | None = None


class ErrorOut(Schema):
    """Why a call failed: a stable code, one sentence for people, and each field that is wrong."""

    code: str
    message: str
    problems: list[ProblemOut] = []


ANSWERS = dict.fromkeys((400, 401, 403, 404, 405, 413, 422, 503), ErrorOut)
"""What any call may answer besides its own result."""


def error_of(error: GuijuError) -> ErrorOut:
    return ErrorOut(
        code=error.code,
        message=error.sentence,
        problems=[
            ProblemOut(
                code=problem.code,
                sentence=problem.sentence,
                field=problem.field,
                citation=CitationOut(**vars(problem.citation)) if problem.citation else None,
            )
            for problem in error.problems
        ],
    )


def render_errors(api: NinjaAPI) -> None:
    """Teach an API to answer with `ErrorOut`, and to take back what the call had begun."""

    def answer(request: HttpRequest, error: ErrorOut, status: int) -> HttpResponse:
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)
        return api.create_response(request, error, status=status)

    @api.exception_handler(GuijuError)
    def _ours(request: HttpRequest, error: GuijuError) -> HttpResponse:
        return answer(request, error_of(error), error.http_status)

    @api.exception_handler(AuthenticationError)
    def _stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        message = "请求没有带访问令牌：请在 Authorization 中写 Bearer 和令牌"
        return answer(request, ErrorOut(code="token_missing", message=message), 401)

    @api.exception_handler(Http404)
    def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return answer(request, ErrorOut(code="missing", message="没有这项内容，或您的角色看不到它"), 404)

    @api.exception_handler(ValidationError)
    def _misshapen(request: HttpRequest, error: ValidationError) -> HttpResponse:
        problems = [
            ProblemOut(code=str(one["type"]), sentence=str(one["msg"]), field=_field_of(one["loc"]))
            for one in error.errors
        ]
        named = "、".join(dict.fromkeys(problem.field or "正文" for problem in problems))
        return answer(request, ErrorOut(code="shape", message=f"请求的格式不对：{named}", problems=problems), 422)

    @api.exception_handler(HttpError)
    def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        """ninja's own: a body that is no JSON."""
        return answer(request, ErrorOut(code="unreadable", message="请求的正文不是 JSON，读不了"), error.status_code)

    @api.exception_handler(OperationalError)
    def _database(request: HttpRequest, error: OperationalError) -> HttpResponse:
        return answer(request, ErrorOut(code="unavailable", message=trouble_of(error)), 503)


def _field_of(place: tuple[object, ...]) -> str | None:
    # ninja names the part of the request and the parameter first: ("body", "details", "name").
    return ".".join(str(part) for part in place[2:]) or (str(place[-1]) if len(place) > 1 else None)
