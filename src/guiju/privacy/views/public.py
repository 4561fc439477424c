"""The notices of a company for everybody, at the public listener (公开的隐私告知, 个人信息保护法 第十七条第三款)."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guiju.database.scope import scope
from guiju.documents.ready_made import LETTER
from guiju.documents.registry import Letterhead, Mark
from guiju.documents.selectors import letterhead_of, mark_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import Printed, print_pdf
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity
from guiju.organisations.permissions import group_root
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.selectors.notices import all_notices
from guiju.privacy.services.notices import consents_page, own_page


def company_of_code(code: str) -> Entity:
    """The company of a unified code, for whoever knows it; raises `Missing`."""
    root = group_root()
    with scope(trees={root} if root else ()):
        found = Entity.objects.filter(unified_code=code.upper()).first()
    if found is None:
        raise Missing("company_missing", "没有这家公司：请核对地址")
    return found


@require_GET
def public_notice(request: HttpRequest, code: str, version: int | None = None) -> HttpResponse:
    """公开的隐私告知"""
    company = company_of_code(code)
    notices = _notices(company)
    with scope(entities={company.pk}):
        takes_codes = bool(own_page(company))
    context = {
        "company": company,
        "notice": _found(notices, version),
        "notices": notices,
        "own_consents": consents_page(company),
        "takes_codes": takes_codes,
    }
    return render(request, "privacy/public_notice.html", context)


@require_GET
def print_notice(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """The same as a PDF, with its digest."""
    company = company_of_code(code)
    found = _found(_notices(company), version)
    with scope(entities={company.pk}):
        return notice_answer(found, company)


def _notices(company: Entity) -> list[PrivacyNotice]:
    with scope(entities={company.pk}):
        return list(all_notices(company.pk))


def notice_answer(notice: PrivacyNotice, company: Entity) -> HttpResponse:
    """A notice as a PDF, for whoever asks."""
    title, _, text = notice.text.partition("\n")
    lines = f"{text.strip()}\n\n正文摘要（SHA-256）：{notice.digest}"
    # Whoever comes along may ask again and again: what was set once is not set anew.
    made = _printed(notice.pk, title, lines, letterhead_of(company), mark_of(notice), day_of(notice.published_at))
    return pdf_answer(f"{company.name}隐私告知第{notice.version}版.pdf", made)


@lru_cache(maxsize=64)
def _printed(pk: UUID, title: str, text: str, of: Letterhead, mark: Mark | None, on: object) -> Printed:
    return print_pdf(LETTER.code, {"title": title, "text": text}, of=of, on=on, mark=mark)  # type: ignore[arg-type]


def _found(notices: list[PrivacyNotice], version: int | None) -> PrivacyNotice:
    """The version that is asked for, else the one in force; raises `Missing`."""
    wanted = (one for one in notices if (one.ended_at is None if version is None else one.version == version))
    found = next(wanted, None)
    if found is None:
        raise Missing("notice_missing", "这家公司还没有发布这一版隐私告知")
    return found
