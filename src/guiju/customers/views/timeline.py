"""The whole timeline of a customer, page by page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import MOST_PAGES, whole_timeline
from guiju.customers.views.customers import purpose_of
from guiju.organisations.signin import MemberRequest, member_required


@member_required
@require_GET
def customer_timeline(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """全部记录"""
    number, kind = _number(request), request.GET.get("kind", "")[:40]
    with reading(request.member, purpose=purpose_of(request), on=timezone.localdate()) as seen:
        [customer] = seen.named([seen.customer(customer_id)])
        found = whole_timeline(seen, customer, page=number, kind=kind)
        context = {
            "customer": customer,
            "timeline": found.events,
            "kinds": found.kinds,
            "kind": kind,
            "number": number,
            "previous": number - 1,
            "next": number + 1 if found.has_more and number < MOST_PAGES else None,
        }
        return render(request, "customers/customer_timeline.html", context)


def _number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
