"""Whose document it is, and what it is of."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from guiju.documents.registry import Letterhead, Mark
from guiju.evidence.selectors import digest_of
from guiju.evidence.selectors.log import place_of
from guiju.organisations.models import Entity


def letterhead_of(company: Entity) -> Letterhead:
    """The company as it is registered (文头)."""
    return Letterhead(company.name, company.unified_code)


def mark_of(subject: Model) -> Mark | None:
    """A record as it was last written, its entry, and the public page that says the same of the entry."""
    found = digest_of(subject)
    if found is None:
        return None
    entry, digest = found
    number, entry_digest = place_of(entry) or ("", "")
    return Mark(digest, proof_address(entry), str(number), entry_digest)


def proof_address(entry: UUID) -> str:
    """The public page that says how an entry stands in the log."""
    return f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}{reverse('public_proof', args=[entry])}"
