"""Reads of the lists that somebody kept, and of how a list is ordered and which columns it shows (客户列表)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet

from guiju.customers.models import Customer, SavedList
from guiju.customers.selectors.reading import Reading
from guiju.database.scope import require_scope
from guiju.organisations.models import Member
from guiju.privacy.fields import Field
from guiju.privacy.terms import FieldState

NARROWED = ("kind", "level", "source", "owner", "tag", "region", "quiet", "made_from", "made_to", "consent")
"""What of the address narrows a list, but for the words that are searched for and the fields of the company."""

VALUE = "value_"
"""Before the code of a field of the company, in the address of a list."""

KEPT = (*NARROWED, "purpose", "sort", "columns")
"""What of the address of a list is kept: everything but the words that are searched for."""

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
    """One's own lists and those that the company shares, one's own first."""
    require_scope()
    found = SavedList.objects.filter(Q(member=member) | Q(is_shared=True), entity_id=member.entity_id, removed_at=None)
    return found.annotate(kept_by=F("member__user__name")).order_by("is_shared", "name", "pk")


def listed(rows: QuerySet[Customer]) -> QuerySet[Any]:
    """With the name of who looks after them (`owner_name`) instead of all that is known of those."""
    return rows.select_related(None).select_related("subject").annotate(owner_name=F("owner__user__name"))


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
