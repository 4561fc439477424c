"""Proofs of the days when they lay open are sealed, batch after batch, while people work (同意凭据改为密文)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root
from guiju.privacy.models import IS_UNSEALED, Consent
from guiju.privacy.services.consents import put_proof

AT_A_TIME = 500


def seal_proofs(*, at: datetime) -> int:
    """Seal what lies open, in all companies; returns how many. Finds by itself where it was broken off."""
    return until_none_is_left(_seal_some, at=at)


def until_none_is_left(seal_some: Callable[[UUID, datetime], int], *, at: datetime) -> int:
    """Let each company of the group seal so many at a time until none is left; returns how many it were."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    count = 0
    for entity_id in companies:
        while some := seal_some(entity_id, at):
            count += some
    return count


@transaction.atomic
def _seal_some(entity_id: UUID, at: datetime) -> int:
    with scope(entities={entity_id}):
        rows = Consent.objects.select_for_update(of=("self",), skip_locked=True).filter(
            IS_UNSEALED, entity_id=entity_id
        )
        some = list(rows[:AT_A_TIME])
        if not some:
            return 0
        act = Act("privacy.seal_proofs", None, at, (), "同意凭据改为加密存储")
        with one_entry(act, about=some[0]):
            for one in some:
                put_proof(one, one.proof)
                one.save(update_fields=["proof", "sealed"])
                record(act, entity_id=entity_id, subject=one)
    return len(some)
