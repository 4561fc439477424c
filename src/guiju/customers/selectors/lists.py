"""Reads of the lists that somebody kept, and of how a list of customers is ordered and which columns it shows (客户列表)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.db.models import F, OrderBy, Q, QuerySet

from guiju.customers.models import Customer, SavedList
from guiju.customers.registry import LISTS, ListKind
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import Reading
from guiju.database.scope import require_scope
from guiju.organisations.models import Member
from guiju.privacy.fields import Field
from guiju.privacy.terms import FieldState

NARROWED = (
    "kind",
    "level",
    "source",
    "owner",
    "tag",
    "region",
    "quiet",
    "made_from",
    "made_to",
    "consent",
    "agreed",
    "withdrew",
)
"""What of the address narrows a list, but for the words that are searched for and the fields of the company."""

VALUE = "value_"
"""Before the code of a field of the company, in the address of a list."""

KEPT = (*NARROWED, "purpose", "sort", "columns")
"""What of the address of a list is kept: everything but the words that are searched for."""

CUSTOMERS = "customers"

LISTS[CUSTOMERS] = ListKind(
    "客户", "customer_list", "customer.read", lambda name: name in KEPT or name.startswith(VALUE)
)

LISTED = ("phone", "company", "level", "source")
"""The fields that a list of customers shows beside their name, where nobody chose others."""

SORTS: dict[str, tuple[str, tuple[str | OrderBy, ...]]] = {
    "": ("登记时间，新的在前", ("-made_at", "-id")),
    "due": ("下次跟进，近的在前", (F("next_touch_on").asc(nulls_last=True), "-id")),
    "stale": ("最久没有联系的在前", (F("last_touch_at").asc(nulls_first=True), "-id")),
    # The other way round to the last letter: one index serves both.
    "touched": ("最近联系的在前", (F("last_touch_at").desc(nulls_last=True), "id")),
    "name": ("按名称的拼音", ("pinyin", "id")),
}


POOL_SORTS: dict[str, tuple[str, tuple[str | OrderBy, ...]]] = {
    "": ("进入公海，新的在前", ("-pooled_at", "-made_at", "-id")),
    "stale": SORTS["stale"],
    "touched": SORTS["touched"],
    "name": SORTS["name"],
}


def lists_of(member: Member) -> QuerySet[SavedList]:
    """One's own lists and those that the company shares, of every kind."""
    require_scope()
    return SavedList.objects.filter(Q(member=member) | Q(is_shared=True), entity_id=member.entity_id, removed_at=None)


def filter_of(address: Mapping[str, Any]) -> CustomerFilter:
    """What an address, or what is kept of one, narrows a list to."""
    values = tuple((name.removeprefix(VALUE), str(address[name])) for name in values_asked(address) if address[name])
    named = {name: str(address.get(name, "")) for name in ("search", *NARROWED)}
    return CustomerFilter(**named, values=values)


def values_asked(address: Iterable[str]) -> list[str]:
    """The parts of an address that name fields of the company."""
    return sorted(name for name in address if name.startswith(VALUE))


class KeptList(NamedTuple):
    """A list under its name, as a button above the rows; `kept_by` is who keeps it."""

    pk: UUID
    name: str
    query: str
    kept_by: str
    is_own: bool


_KEPT_BY_SOMEBODY = """
SELECT kept.id, kept.name, kept.query::text, holder.name, kept.member_id = %(member)s
FROM customers_savedlist kept
JOIN organisations_member member ON member.id = kept.member_id
JOIN organisations_user holder ON holder.id = member.user_id
WHERE kept.entity_id = %(entity)s AND kept.kind = %(kind)s AND kept.removed_at IS NULL
  AND (kept.member_id = %(member)s OR kept.is_shared)
ORDER BY kept.is_shared, kept.name, kept.id
"""
"""Written out: each list of customers asks it, and building the question took five times as long as asking it."""


def kept_lists(member: Member, kind: str = CUSTOMERS) -> list[KeptList]:
    """The same as the page shows them, one's own first; `query` is what stands in their address."""
    require_scope()
    with connection.cursor() as cursor:
        cursor.execute(_KEPT_BY_SOMEBODY, {"member": member.pk, "entity": member.entity_id, "kind": kind})
        rows = [KeptList(*row) for row in cursor.fetchall()]
    return [one._replace(query=urlencode(json.loads(one.query))) for one in rows]


_UNLISTED = (
    *("phone_key", "tail_key", "email_key", "identity_key", "plain_name", "name_keys", "pinyin"),
    *("changed_at", "pooled_at", "claimed_at", "last_touch_at", "next_touch_on", "ended_on", "made_by"),
    *("subject__entity", "subject__frozen_because", "subject__erased_at", "subject__made_at"),
)
"""What a line of a list has no use for: fifty rows of it take as long to read as what is shown."""


def listed(rows: QuerySet[Customer]) -> QuerySet[Any]:
    """As a list shows them: with the name of who looks after them (`owner_name`) instead of all that is known of those,
    and without what they are found and told apart by."""
    shown = rows.select_related(None).select_related("subject").defer(*_UNLISTED)
    return shown.annotate(owner_name=F("owner__user__name"))


def sorted_by(rows: QuerySet[Customer], sort: str) -> QuerySet[Customer]:
    """In the order that was asked for; anything odd is the usual one."""
    _, order = SORTS.get(sort, SORTS[""])
    return rows.order_by(*order)


def fields_shown(seen: Reading) -> dict[str, Field]:
    """The fields that a list can show: of persons, and of companies where they have others."""
    found: dict[str, Field] = {}
    for kind in ("person", "company"):
        for code, one in seen.fields(seen.member.entity_id, kind).items():
            if one.state is FieldState.ACTIVE:
                found.setdefault(code, one)
    return found


def columns_of(asked: Sequence[str], fields: Mapping[str, Field]) -> list[str]:
    """The columns that were asked for and are there, else the usual ones."""
    return [code for code in asked if code in fields and code != "name"] or [code for code in LISTED if code in fields]
