"""Customers who came in before names, e-mail addresses and identity numbers had keys get theirs (查找的索引)."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.values import put_keys, values_of
from guiju.database.bulk import update_rows
from guiju.database.scope import scope
from guiju.kernel.crypto.sealed import Unsealable
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

_AT_A_TIME = 1000
_log = logging.getLogger("guiju.customers")


def read_names() -> int:
    """Fill what customers are found, sorted and compared by where it is missing still; returns how many."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    return sum(_read(entity_id) for entity_id in companies)


def _read(entity_id: UUID) -> int:
    """Batch after batch; one that can't be opened is passed over, so that it holds up no other."""
    count, last = 0, UUID(int=0)
    while True:
        with scope(entities={entity_id}), transaction.atomic():
            rows = Customer.objects.select_for_update(of=("self",), skip_locked=True).filter(
                entity_id=entity_id, pinyin=None, pk__gt=last
            )
            some = list(rows.order_by("pk")[:_AT_A_TIME])
            read = [one for one in some if _put_keys(one)]
            update_rows(read, ["plain_name", "name_keys", "pinyin", "email_key", "identity_key"])
        count += len(read)
        if len(some) < _AT_A_TIME:
            return count
        last = some[-1].pk


def _put_keys(one: Customer) -> bool:
    try:
        put_keys(one, values_of(one))
    except Unsealable:
        _log.error("customer %s: what lies sealed doesn't open, verify the log", one.pk)
        return False
    return True
