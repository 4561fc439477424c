"""The page for who mends without an account, at the public listener: a link and a code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from guiju.complaints.models import Rectification
from guiju.complaints.selectors.causes import tree_of
from guiju.complaints.selectors.rectifications import due_of, texts_of
from guiju.complaints.services.rectify_links import answer_task, company_of_link, opened_task
from guiju.complaints.services.rectifying import Mended
from guiju.database.scope import scope
from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.models import Entity

_WRONG = "查询码不对，请核对"
_FIELDS = ("plan", "measures", "proof")


@require_http_methods(["GET", "POST"])
def rectify(request: HttpRequest, secret: str) -> HttpResponse:
    """整改任务单"""
    now = timezone.now()
    company_id = company_of_link(secret, at=now)
    with scope(entities={company_id}):
        context: dict[str, Any] = {"company": Entity.objects.get(pk=company_id)}
        if request.method == "POST":
            context |= _answered(request, secret)
        status = 422 if context.get("trouble") else 200
        return render(request, "complaints/rectify.html", context, status=status)


def _answered(request: HttpRequest, secret: str) -> dict[str, Any]:
    """What the code opened, or what was written."""
    now, typed = timezone.now(), request.POST
    code = typed.get("code", "")[:40]
    try:
        found = opened_task(secret=secret, code=code, at=now)
    except Missing:
        raise
    except GuijuError as error:
        return {"trouble": error.sentence}
    if found is None:
        return {"trouble": _WRONG}
    if typed.get("do") != "write":
        return _shown(found, code)
    said = {name: typed.get(name, "") for name in _FIELDS}
    try:
        made = answer_task(secret=secret, code=code, said=Mended(**said), at=now)
    except GuijuError as error:
        return _shown(found, code) | {"trouble": error.sentence, "texts": said}
    return _shown(made or found, code) | {"told": "已保存，对方会看到"}


def _shown(found: Rectification, code: str) -> dict[str, Any]:
    cause = tree_of(found.entity).label(found.cause)
    return {"task": found, "cause": cause, "due": due_of(found), "texts": texts_of(found), "code": code}
