"""The customers of a member who leaves go to another, or into the pool (客户交接)."""

from __future__ import annotations

from django.db.models import QuerySet

from guiju.customers.models import Customer
from guiju.customers.owning import OwnerChange
from guiju.customers.services.customers import refuse_blind
from guiju.customers.services.hands import note_hands
from guiju.customers.services.twins import IN_USE
from guiju.evidence.services import Act, record
from guiju.organisations.models import Member


def count_held(member: Member) -> int:
    """How many customers a member looks after, those whose relation ended too."""
    return _held(member).filter(hidden_at=None).count()


def hand_over(member: Member, successor: Member, act: Act) -> None:
    """Give all of them to somebody who may see them; for services that have asked permission."""
    if _held(member).exists():
        refuse_blind(successor, act.at, field="successor")
    _give(member, successor, act)


def release_held(member: Member, act: Act) -> None:
    """Put all of them into the pool."""
    _give(member, None, act)


def _held(member: Member) -> QuerySet[Customer]:
    """With those who were merged into others: undone, a merge brings them back to who looks after them."""
    return Customer.objects.filter(IN_USE, entity_id=member.entity_id, owner=member, erased_at=None)


def _give(member: Member, to: Member | None, act: Act) -> None:
    for row in _held(member).select_for_update(of=("self",)).order_by("pk"):
        before = row.owner_id
        row.owner, row.pooled_at, row.changed_at = to, None if to else act.at, act.at
        row.save(update_fields=["owner", "pooled_at", "changed_at"])
        note_hands([(row, before)], OwnerChange.Way.HANDED_OVER, act)
        record(act, entity_id=row.entity_id, subject=row)
