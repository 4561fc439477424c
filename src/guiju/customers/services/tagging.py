"""Tags of customers are set one by one, and one tag becomes another everywhere (标签)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from guiju.customers.models import BulkAct, Customer
from guiju.customers.records import TAG
from guiju.customers.services.bulk import MOST, change_many
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.tags import checked_tag, checked_tags, plain_tag, refuse_unseen
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.privacy.models import IS_FROZEN, Subject
from guiju.privacy.services.freezing import refuse_frozen

MOST_RENAMED = 10 * MOST
"""Customers whose tag becomes another in one go."""


@transaction.atomic
def set_tags(*, customer_id: UUID, tags: Sequence[str], actor: Member, at: datetime) -> Customer:
    """Say which tags a customer has (设定标签): these and no others."""
    customer = locked_customer(customer_id, actor, "customer.tag", at)
    with scope_with(customer.entity_id):
        refuse_frozen(customer.subject, TAG)
    wanted = checked_tags(tags, entity_id=customer.entity_id, but=customer.tags)
    if wanted == customer.tags:
        raise Refused("nothing_changed", "没有改动：标签与现在的相同", field="tags")
    refuse_unseen(customer, actor, at)
    customer.tags, customer.changed_at = wanted, at
    customer.save(update_fields=["tags", "changed_at"])
    with scope_with(customer.entity_id):
        record(Act("customers.set_tags", actor, at), entity_id=customer.entity_id, subject=customer)
    return customer


@transaction.atomic
def rename_tag(*, tag: str, to: str, actor: Member, at: datetime) -> list[BulkAct]:
    """Let a tag of a company become another everywhere (标签改名): into one that is there already it is merged.

    It can be taken back as what was done to many. Who may only be stored keeps theirs.
    """
    require(actor, "customer.tag", on=actor.entity_id)
    old, new = plain_tag(tag), checked_tag(to, entity_id=actor.entity_id)
    if old == new:
        raise Refused("nothing_changed", "没有改动：新的标签与原来的相同", field="to")
    stored = Q(frozen_at__isnull=False) | Q(frozen_fields__has_key=f"{TAG}.text")
    frozen = Subject.objects.filter(IS_FROZEN, stored).values("pk")
    rows = Customer.objects.select_for_update(of=("self",)).filter(
        entity_id=actor.entity_id, tags__contains=[old], hidden_at=None
    )
    found = list(rows.exclude(tags=[]).exclude(subject__in=frozen).order_by("pk")[: MOST_RENAMED + 1])
    if not found:
        raise Refused("tag_missing", f"没有客户有“{old}”这个标签，或者都只能存储", field="tag")
    if len(found) > MOST_RENAMED:
        raise Refused("tag_common", f"有这个标签的超过{MOST_RENAMED}位，不能一次改名", field="tag")

    def change(customer: Customer) -> None:
        customer.tags = list(dict.fromkeys(new if one == old else one for one in customer.tags))

    parts = [found[first : first + MOST] for first in range(0, len(found), MOST)]
    return [change_many(some, BulkAct.Sort.RETAG, f"{old} → {new}", ("tags",), change, actor, at) for some in parts]
