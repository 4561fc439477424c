"""Pages of values that wait for a consent: whom to ask, and the links to hand on."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.pool import BulkForm
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.wanting import customers_in_order, lines_of_wanting, sources_of, wanting_of
from guiju.customers.services import asking
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.services.asking import Asked
from guiju.web.paging import latest_of

MOST = 20
"""So many links of one page: each is handed on by a person."""


@member_required
@require_GET
def wanting_list(request: MemberRequest) -> HttpResponse:
    """待补同意"""
    member, source, owner = request.member, request.GET.get("source", ""), request.GET.get("owner", "")
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        page = latest_of(request, wanting_of(seen, source=source, owner=owner))
        lines = lines_of_wanting(seen, page.object_list)
        context = {
            "page": page,
            "customers": [
                (customer, some, any(one.may_ask for one in some)) for customer, some in customers_in_order(lines)
            ],
            "sources": sources_of(seen),
            "source": source,
            "owner": owner,
            "may_ask": allows(member, "consent.record", on=member.entity_id),
            "tab": "wanting",
        }
        return render(request, "customers/wanting_list.html", context)


@member_required
@require_POST
def ask_wanted(request: MemberRequest) -> HttpResponse:
    """Ask those who were chosen; their links show once."""
    member = request.member
    require(member, "consent.record", on=member.entity_id)
    chosen = list(dict.fromkeys(BulkForm.chosen(request.POST.getlist("customer"))))
    if not chosen or len(chosen) > MOST:
        messages.error(request, f"请选中要征求的客户，一次最多{MOST}位")
        return redirect("wanting_list")
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        rows = seen.customers().in_bulk(chosen)
        asked = []
        for customer in (rows[pk] for pk in chosen if pk in rows):
            try:
                made = asking.ask_wanted(customer_id=customer.pk, actor=member, at=timezone.now())
            except GuijuError as error:
                asked.append({"customer": customer, "why": error.sentence})
            else:
                asked.append({"customer": customer, "answerer": seen.answerer(customer), **_link(made)})
        return render(request, "customers/wanting_links.html", {"asked": asked, "missing": len(chosen) - len(asked)})


def _link(made: Asked) -> dict[str, Any]:
    """Where a question is answered, in letters and to be scanned."""
    address = f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/consent/{made.secret}/"
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=2)
    return {"address": address, "picture": picture, "asked": made.request}
