"""It is kept in whose hands a customer was, where that changes (负责人变动); for services that change it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from guiju.customers.models import Customer
from guiju.customers.owning import OwnerChange
from guiju.database.models import new_id
from guiju.evidence.services import Act
from guiju.organisations.selectors.people import user_behind


def note_hands(changed: Iterable[tuple[Customer, UUID | None]], way: OwnerChange.Way, act: Act) -> None:
    """Keep who had these customers before, beside who has them now; one that stayed in the same hands is passed over."""
    by = user_behind(act)
    OwnerChange.objects.bulk_create(
        OwnerChange(
            id=new_id(),
            entity_id=customer.entity_id,
            customer=customer,
            way=way,
            from_member_id=before,
            to_member_id=customer.owner_id,
            by_id=by,
            at=act.at,
        )
        for customer, before in changed
        if before != customer.owner_id
    )
