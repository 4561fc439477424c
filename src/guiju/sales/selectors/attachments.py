"""Opportunities as what files belong to (商机的附件): quotations, drafts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import FROZEN_NAME
from guiju.files.registry import Owner
from guiju.organisations.models import Member
from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import Deals, deals

KIND = "opportunity"


def owner_of_deal(seen: Deals, row: Opportunity) -> Owner:
    name = FROZEN_NAME if row.customer.is_frozen("name") else seen.shown(row.name)
    address = reverse("opportunity_detail", args=[row.pk]) + "#files"
    return Owner(KIND, row.pk, row.entity_id, name, address, row.customer.subject)


def opportunity_seen(member: Member, opportunity_id: UUID, on: date) -> Owner:
    with deals(member, on=on) as seen:
        return owner_of_deal(seen, seen.row(opportunity_id))
