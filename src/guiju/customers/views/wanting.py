"""Pages of values that wait for a consent: whom to ask, and the links to hand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.exports import RENEWAL_HEADER, WANTING_HEADER, WANTING_WIDTHS, renewal_rows, wanting_rows
from guiju.customers.forms.pool import BulkForm
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.selectors.renewing import lines_of_renewals, renewals_of
from guiju.customers.selectors.wanting import customers_in_order, lines_of_wanting, sources_of, wanting_of
from guiju.customers.services import asking
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import Sheet
from guiju.organisations.views.exports import export_page
from guiju.privacy.services.asking import Asked
from guiju.web.forms import FormPage
from guiju.web.paging import LATEST, latest_of

RENEWALS = "notice"
"""In place of an import: those whose consent a newer notice has outgrown."""

MOST = 20
"""So many links of one page: each is handed on by a person."""


@member_required
@require_GET
def wanting_list(request: MemberRequest) -> HttpResponse:
    """待补同意"""
    member, source, owner = request.member, request.GET.get("source", ""), request.GET.get("owner", "")
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        if source == RENEWALS:
            return _renewals(request, seen, owner)
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
            "may_export": reach_of(member, "customer.export") is not None,
            "count_again": renewals_of(seen, owner=owner)[:LATEST].count(),
            "tab": "wanting",
        }
        return render(request, "customers/wanting_list.html", context)


def _renewals(request: MemberRequest, seen: Reading, owner: str) -> HttpResponse:
    """Those whom the notice in force concerns more than they agreed to."""
    page = latest_of(request, renewals_of(seen, owner=owner))
    context = {
        "page": page,
        "renewals": lines_of_renewals(seen, page.object_list),
        "sources": sources_of(seen),
        "source": RENEWALS,
        "owner": owner,
        "may_ask": allows(seen.member, "consent.record", on=seen.member.entity_id),
        "may_export": reach_of(seen.member, "customer.export") is not None,
        "tab": "wanting",
    }
    return render(request, "customers/renewal_list.html", context)


@member_required
def export_wanting(request: MemberRequest) -> HttpResponseBase:
    """导出待补同意"""
    source, owner = request.GET.get("source", ""), request.GET.get("owner", "")
    form = ExportForm(request.POST or None, purposes=[USUAL, "service"])

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        on, right = timezone.localdate(), "customer.export"
        with reading(request.member, purpose=said["purpose"], on=on, right=right) as seen:
            if source == RENEWALS:
                again = renewals_of(seen, owner=owner)
                yield Sheet(again.count(), RENEWAL_HEADER, WANTING_WIDTHS, renewal_rows(seen, again))
            else:
                rows = wanting_of(seen, source=source, owner=owner)
                yield Sheet(rows.count(), WANTING_HEADER, WANTING_WIDTHS, wanting_rows(seen, rows))

    back = f"{reverse('wanting_list')}?{urlencode({'source': source, 'owner': owner})}"
    page = FormPage("导出待补同意", "导出", back, "待补同意", "导出的是筛选出的各项，不含号码；导出会被记录。")
    return export_page(request, form, page, right="customer.export", opened=opened)


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
