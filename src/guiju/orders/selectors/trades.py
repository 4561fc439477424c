"""How long what says who bought stays, whoever asks for its deletion (购货者的信息的最低保存期限).

个人信息保护法 第四十七条第二款: where a statute keeps it longer, it is stored and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Case, F, Max, When
from django.db.models.functions import Greatest

from guiju.archives.registry import Kept, Target
from guiju.archives.selectors.schedule import Floor, longest_floor
from guiju.kernel.calendar import months_later
from guiju.orders.models import Order
from guiju.privacy.models import Subject
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.terms import ORDERS, TRADE

BECAUSE = "购货者的信息，法定最低保存期限没有届满"

_OPEN = date.max
"""In place of the day of a trade that isn't over."""


def keep_buyers(entity_id: UUID, targets: Sequence[Target], on: date) -> Mapping[UUID, Kept]:
    """Who bought stays until the floor that binds the company is over; of a person the rest needn't stay."""
    floor = longest_floor(entity_id, TRADE, on=on)
    if floor is None:
        return {}
    names, others = _fields(entity_id)
    asked = {one.subject_id: one.fields for one in targets if not one.fields or names & set(one.fields)}
    found: dict[UUID, Kept] = {}
    for key, last, is_person in _last_trades(entity_id, asked):
        until = None if last == _OPEN else months_later(last, floor.months)
        if until is None or until > on:
            rest = [one for one in asked[key] if one not in names] if asked[key] else others
            found[key] = Kept(_why(floor), until, tuple(sorted(rest)) if is_person else ())
    return found


def _why(floor: Floor) -> str:
    cited = floor.rule.citations[0]
    return f"交易信息里的购货者，自交易完成之日起保存{floor.months}个月（{cited.law}{cited.article}）"


def _fields(entity_id: UUID) -> tuple[set[str], set[str]]:
    """What is collected for orders (record.code), and everything else; what was said in between is no part of a trade."""
    known = {
        f"{record}.{code}": record != "note" and ORDERS in one.uses
        for record, fields in catalogue_of(entity_id).items()
        for code, one in fields.items()
    }
    names = {name for name, is_for_orders in known.items() if is_for_orders}
    return names, known.keys() - names


def stored_of(entity_id: UUID, target: Target) -> list[str]:
    """What of a target stays because it says who bought."""
    names, _ = _fields(entity_id)
    return sorted(names & set(target.fields) if target.fields else names)


def _last_trades(entity_id: UUID, wanted: Collection[UUID]) -> list[tuple[UUID, date, bool]]:
    """When the last trade of each of these was over: people, and companies by their record."""
    over = Greatest("ordered_on", "delivered_on", "returned_on", "refunded_on")
    is_open = When(delivered_on=None, refunded_on=None, then=_OPEN)
    rows = Order.objects.filter(entity_id=entity_id, voided_at=None).order_by()
    found = []
    for column, is_person in (("customer__subject_id", True), ("customer_id", False)):
        mine = rows.filter(**{f"{column}__in": wanted})
        mine = mine if is_person else mine.filter(customer__subject=None)
        found += [
            (key, last, is_person)
            for key, last in mine.values_list(F(column)).annotate(last=Max(Case(is_open, default=over)))
        ]
    return found


def buyers_over(entity_id: UUID, on: date, most: int) -> list[Target]:
    """People who asked to be deleted, and of whom only who bought was kept: that is over now."""
    rows = Subject.objects.filter(entity_id=entity_id, erased_at=None).exclude(frozen_fields={}).order_by("pk")
    people = [
        pk
        for pk, frozen in rows.values_list("pk", "frozen_fields").iterator()
        if any(one.get("because") == BECAUSE for one in frozen.values())
    ]
    targets = [Target(pk) for pk in people]
    kept = keep_buyers(entity_id, targets, on)
    return [one for one in targets if one.subject_id not in kept][:most]
