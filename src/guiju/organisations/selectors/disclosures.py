"""Reads of what was seen in the clear and taken out, and of alerts (明文与导出)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.organisations.models import Alert, Disclosure, Member
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import PURPOSES, RESOURCES, RIGHTS
from guiju.organisations.tables import OWN, TABLES


def disclosures_for(member: Member) -> QuerySet[Disclosure]:
    """Everything that was unmasked or exported in the group, the newest first; raises `NotAllowed`."""
    require(member, "disclosure.read", on=member.entity_id)
    require_scope()
    return Disclosure.objects.select_related("member__user", "entity").order_by("-at", "-pk")


def looks_at(records: Collection[UUID], *, companies: Collection[UUID]) -> QuerySet[Disclosure]:
    """Who saw one of these records of a minor in the clear, the newest first, whichever of these companies they
    work for; for who may ask. Looks of the days before each record was named are those at it alone."""
    named = Q(subject_id__in=records)
    for one in records:
        named |= Q(records__contains=[str(one)])
    rows = Disclosure.objects.filter(named, sort=Disclosure.Sort.MINOR, entity_id__in=companies)
    return rows.select_related("member__user", "entity").order_by("-at", "-pk")


def open_alerts_for(member: Member) -> QuerySet[Alert]:
    """The alerts that wait for somebody; none for who doesn't look at them."""
    require_scope()
    if not allows(member, "disclosure.read", on=member.entity_id):
        return Alert.objects.none()
    return Alert.objects.filter(seen_at=None).select_related("member__user", "entity").order_by("at", "pk")


def words_of_disclosure(one: Disclosure) -> str:
    """What was seen or taken, in words."""
    if one.sort == Disclosure.Sort.EXPORT:
        purpose = f"，用于{PURPOSES.get(one.purpose, one.purpose)}" if one.purpose else ""
        return f"{_taken_out(one.code)}，{one.count}行{purpose}"
    if one.sort == Disclosure.Sort.MINOR:
        return f"未成年人的个人信息，{one.count}人，用于{PURPOSES.get(one.purpose, one.purpose)}"
    resource, _, name = one.code.partition(".")
    if one.sort == Disclosure.Sort.LOOKUP and name == "minor":
        return "按姓名或号码查找未成年人"
    known = RESOURCES.get(resource)
    if one.sort == Disclosure.Sort.LOOKUP and known and one.code in RIGHTS:
        return f"查找号码在不在{known.label}"
    if known and name in known.fields:
        what = f"{known.label}的{known.fields[name].label}"
        return f"查找{what}属于谁" if one.sort == Disclosure.Sort.LOOKUP else what
    purpose = f"，用于{PURPOSES.get(one.purpose, one.purpose)}" if one.purpose else ""
    return RIGHTS.get(one.code, one.code) + purpose


def _taken_out(code: str) -> str:
    own = TABLES.get(code.removeprefix(OWN)) if code.startswith(OWN) else None
    return f"导出自己的{own.label}" if own else RIGHTS.get(code, code)
