"""The gallery: every document with sample data."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.documents.ready_made import sample_mark
from guiju.documents.registry import DOCUMENTS
from guiju.documents.selectors import letterhead_of
from guiju.documents.shown import pdf_answer
from guiju.documents.typesetting import print_pdf, print_pictures, template_of
from guiju.organisations.signin import MemberRequest, member_required


@member_required
@require_GET
def document_gallery(request: MemberRequest) -> HttpResponse:
    """文书样张"""
    return render(request, "documents/gallery.html", {"templates": DOCUMENTS.values()})


@member_required
@require_GET
def document_sample(request: MemberRequest, template: str) -> HttpResponse:
    """A sample as PDF."""
    found = template_of(template)
    made = print_pdf(found.code, found.sample, **_as_sample(request))
    return pdf_answer(f"{found.label}-样张.pdf", made)


@member_required
@require_GET
def document_picture(request: MemberRequest, template: str) -> HttpResponse:
    """The first page of a sample as a picture."""
    found = template_of(template)
    pages = print_pictures(found.code, found.sample, **_as_sample(request))
    return HttpResponse(pages[0], content_type="image/png")


def _as_sample(request: MemberRequest) -> dict[str, Any]:
    return {
        "of": letterhead_of(request.member.entity),
        "on": timezone.localdate(),
        "mark": sample_mark(),
        "is_sample": True,
    }
