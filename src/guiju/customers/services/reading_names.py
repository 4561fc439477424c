"""Customers who came in before names, e-mail addresses and identity numbers had keys get theirs (查找的索引)."""

from __future__ import annotations

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.values import put_keys, values_of
from guiju.database.bulk import update_rows
from guiju.database.scope import scope
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

_AT_A_TIME = 1000


def read_names() -> int:
    """Fill what customers are found, sorted and compared by where it is missing still; returns how many."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    count = 0
    for entity_id in companies:
        while True:
            with scope(entities={entity_id}), transaction.atomic():
                rows = Customer.objects.select_for_update(of=("self",), skip_locked=True).filter(
                    entity_id=entity_id, pinyin=None
                )
                some = list(rows.order_by("pk")[:_AT_A_TIME])
                for one in some:
                    put_keys(one, values_of(one))
                update_rows(some, ["plain_name", "name_keys", "pinyin", "email_key", "identity_key"])
            count += len(some)
            if len(some) < _AT_A_TIME:
                break
    return count
