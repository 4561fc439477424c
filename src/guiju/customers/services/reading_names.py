"""Customers who came in before names had keys get theirs (名称的索引)."""

from __future__ import annotations

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.naming import put_name_keys
from guiju.database.bulk import update_rows
from guiju.database.scope import scope
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

_AT_A_TIME = 1000


def read_names() -> int:
    """Fill what names are found and sorted by where it is missing still, in all companies; returns how many."""
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
                some = list(rows.only("name", "kind", "entity_id").order_by("pk")[:_AT_A_TIME])
                for one in some:
                    put_name_keys(one)
                update_rows(some, ["plain_name", "name_keys", "pinyin"])
            count += len(some)
            if len(some) < _AT_A_TIME:
                break
    return count
