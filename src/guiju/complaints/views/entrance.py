"""Where customers find the door (投诉入口): the address, the button for websites, the poster for shops."""

from __future__ import annotations

from functools import cache
from typing import Any

import segno
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.complaints.doors import address_of_door, public_address
from guiju.complaints.forms.entrance import PosterForm
from guiju.complaints.poster import POSTER
from guiju.complaints.selectors.cases import reading_complaints
from guiju.documents.registry import Letterhead
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf
from guiju.organisations.signin import MemberRequest, member_required

_HOUR = 3600


@member_required
@require_GET
def complaint_door(request: MemberRequest) -> HttpResponse:
    """投诉入口: the address that customers are given, its picture to scan, and the button for websites."""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()):
        return _page(request, PosterForm())


def _page(request: MemberRequest, form: PosterForm) -> HttpResponse:
    company = request.member.entity
    address = address_of_door(company)
    script = f'<script src="{public_address()}/widget.js" data-company="{company.unified_code}" defer></script>'
    context: dict[str, Any] = {
        "company": company,
        "address": address,
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        "script": script,
        "policy": f"script-src {public_address()}; frame-src {public_address()}",
        "app": address_of_door(company, **{"from": "app"}),
        "form": form,
    }
    return render(request, "complaints/door.html", context, status=422 if form.errors else 200)


@member_required
@require_GET
def print_poster(request: MemberRequest) -> HttpResponse:
    """打印投诉海报: one for each shop."""
    with reading_complaints(request.member, at=timezone.now(), on=timezone.localdate()):
        form = PosterForm(request.GET)
        if not form.is_valid():
            return _page(request, form)
        company, said = request.member.entity, form.cleaned_data
        address = address_of_door(company, shop=said["shop"])
        data = {
            "shop": said["shop"],
            "address": address_of_door(company),
            "picture": segno.make(address, error="m").svg_inline(scale=8, border=2),
            "facts": [[label, said[name]] for name, label in form.FACTS.items() if said[name]],
        }
        of = Letterhead(company.name, company.unified_code)
        return pdf_answer("投诉海报.pdf", print_pdf(POSTER.code, data, of=of, on=timezone.localdate()))


@require_GET
def widget(request: HttpRequest) -> HttpResponse:
    """The button for the company's own websites: one file, the same for everybody."""
    answer = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={_HOUR}"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@cache
def _script() -> bytes:
    from pathlib import Path

    found = finders.find("complaints/widget.js")
    assert isinstance(found, str)
    return Path(found).read_bytes()
