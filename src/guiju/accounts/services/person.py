"""Rows of a person and not of a company: their entries stand in the log of the company where the person works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db.models import Model

from guiju.database.scope import scope
from guiju.evidence.services import Act, record, record_removal
from guiju.organisations.models import Member, User
from guiju.organisations.permissions import group_root


@contextmanager
def _as_person(user_id: UUID) -> Iterator[tuple[Member | None, UUID]]:
    """The membership that is oldest and its company; who works nowhere any more is looked after by the group."""
    with scope(user=user_id):
        member = Member.objects.filter(user_id=user_id, left_at=None).order_by("joined_at").first()
    entity_id = member.entity_id if member else group_root()
    assert entity_id is not None
    with scope(entities={entity_id}, user=user_id):
        yield member, entity_id


def record_of(user: User, subject: Model, *, action: str, at: datetime) -> None:
    """Log a change of a row of this person, in their own name."""
    with _as_person(user.pk) as (member, entity_id):
        record(Act(action, member, at), entity_id=entity_id, subject=subject)


def record_removal_of(user: User, subject: Model, *, action: str, at: datetime) -> None:
    """Log that a row of this person is taken away."""
    with _as_person(user.pk) as (member, entity_id):
        record_removal(Act(action, member, at), entity_id=entity_id, subject=subject)
