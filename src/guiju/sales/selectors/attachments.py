"""Opportunities as what files belong to (商机的附件): quotations, drafts."""

from __future__ import annotations

from datetime import date
from functools import partial
from uuid import UUID

from django.urls import reverse

from guiju.customers.selectors.reading import is_in_hands
from guiju.files.registry import Owner
from guiju.organisations.models import Member
from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import Deals, deals, text_about

KIND = "opportunity"


def owner_of_deal(seen: Deals, row: Opportunity) -> Owner:
    [line] = seen.lines([row])
    address = reverse("opportunity_detail", args=[row.pk]) + "#files"
    without_name = partial(text_about, row.customer, shown=line.customer)
    about = without_name, is_in_hands(seen.member, row.customer), row.customer.subject
    return Owner(KIND, row.pk, row.entity_id, line.name, address, *about)


def opportunity_seen(member: Member, opportunity_id: UUID, on: date) -> Owner:
    with deals(member, on=on) as seen:
        return owner_of_deal(seen, seen.row(opportunity_id))
