"""How values come in is written down before them (收集)."""

from __future__ import annotations

from uuid import UUID

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.organisations.selectors.people import user_behind
from guiju.privacy.models import Collection, PrivacyNotice
from guiju.privacy.terms import Channel

LONGEST_SOURCE = 200


def found_collection(
    act: Act, *, entity_id: UUID, channel: Channel, source: str, notice: PrivacyNotice | None
) -> Collection:
    """Write how the values of a form, a call or a file came in; for services that have asked permission."""
    made = Collection(
        id=new_id(),
        entity_id=entity_id,
        channel=channel,
        source="".join(letter for letter in " ".join(source.split()) if letter.isprintable())[:LONGEST_SOURCE],
        notice=notice,
        by_id=user_behind(act),
        at=act.at,
    )
    made.save(force_insert=True)
    with scope_with(entity_id):
        record(act, entity_id=entity_id, subject=made)
    return made
