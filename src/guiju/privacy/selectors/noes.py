"""What people said no to (本人的“不同意”): consents that they took back, and questions that they answered so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from guiju.privacy.models import Consent, ConsentRequest, Subject
from guiju.privacy.registry import REACHED_AT
from guiju.privacy.selectors.consents import held_by, is_to_purpose, standing_of
from guiju.privacy.selectors.refusals import refused_among


@dataclass(frozen=True)
class No:
    """A no to a purpose, or to some fields (record.code) for it, and when it was said."""

    purpose: str
    at: datetime
    fields: tuple[str, ...] = ()
    recipient_id: UUID | None = None
    is_to_all: bool = False
    """Whether it ends consents to single fields as well: it was said to the purpose as such."""

    def ends(self, consent: Consent) -> Sequence[str] | None:
        """The fields of a consent that it ends, none of them for the whole, or None where it doesn't touch it."""
        if (consent.purpose, consent.recipient_id) != (self.purpose, self.recipient_id) or consent.given_at > self.at:
            return None
        if not self.fields:
            return [] if self.is_to_all or is_to_purpose(consent) else None
        held = held_by(consent)
        named = [name for name in held if name in self.fields]
        return ([] if len(named) == len(held) else named) if named else None

    def answers(self, purpose: str, fields: Sequence[str], recipient_id: UUID | None) -> bool:
        """Whether to ask this is to ask the same again: who said no to a purpose said no to each field for it."""
        if (purpose, recipient_id) != (self.purpose, self.recipient_id):
            return False
        return not self.fields or not set(self.fields).isdisjoint(fields)


def recipient_of(item: Mapping[str, Any]) -> UUID | None:
    """Whose getting it a question as it is kept is about."""
    return UUID(item["recipient"]) if item.get("recipient") else None


def noes_of(subject_id: UUID, consents: Sequence[Consent]) -> list[No]:
    """What a person took back of these, all their consents, and said no to when asked."""
    found = []
    for one in consents:
        if one.ended_at is None or one.ending not in (Consent.Ending.WITHDRAWN, Consent.Ending.NARROWED):
            continue
        kept_fields: list[str] = next((other.fields for other in consents if other.follows_id == one.pk), [])
        is_whole = one.ending == Consent.Ending.WITHDRAWN
        fields = tuple(one.fields if is_whole else (name for name in held_by(one) if name not in kept_fields))
        found.append(No(one.purpose, one.ended_at, fields, one.recipient_id))
    for request in ConsentRequest.objects.filter(subject_id=subject_id, answered_at__isnull=False):
        assert request.answered_at is not None
        for item, answer in zip(request.items, request.answers, strict=False):
            if not answer:
                fields = tuple(item["fields"])
                to = recipient_of(item)
                found.append(No(item["purpose"], request.answered_at, fields, to, is_to_all=not fields))
    return found


def refused_marketing_at(subject: Subject) -> datetime | None:
    """When an address of a person was last put on the list of those who refuse (拒收名单), unless they have
    consented to marketing since."""
    addresses = [address for found in REACHED_AT for address in found(subject)]
    last = max(refused_among(addresses, subject.entity_id).values(), default=None)
    since = standing_of(subject.pk).marketing_at
    return None if last is None or (since is not None and since > last) else last
