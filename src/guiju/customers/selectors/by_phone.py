"""Who has a phone in a company (按手机找人): the people whose consents its holder looks after."""

from __future__ import annotations

from uuid import UUID

from guiju.customers.models import Contact, Customer
from guiju.customers.values import keys_of_phone
from guiju.database.scope import require_scope


def subjects_of_phone(entity_id: UUID, phone: str) -> list[UUID]:
    """The people of a company with this phone, customers and contacts."""
    require_scope()
    key, _ = keys_of_phone(entity_id, phone)
    found = set()
    for model in (Customer, Contact):
        rows = model._default_manager.filter(entity_id=entity_id, phone_key=key).exclude(subject=None)
        found |= set(rows.values_list("subject_id", flat=True))
    return sorted(found)
