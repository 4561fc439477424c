"""To what files belong: the parts above register their kinds, this part knows none of them (附件的归属)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from guiju.organisations.models import Member
from guiju.organisations.registry import Treatment
from guiju.privacy.models import Subject
from guiju.privacy.selectors.notices import Told


@dataclass(frozen=True)
class Owner:
    """A record that may have files: of which company, about whom, and how the member sees numbers in its texts."""

    kind: str
    pk: UUID
    entity_id: UUID
    name: str
    address: str
    without_name: Callable[[str], str]
    """How a text shows that names whom the record is about."""
    is_in_hands: bool
    """Whether what the member was allowed for all minors covers whom the record is about."""
    subject: Subject | None = None
    treat: Callable[[str], Treatment] = lambda category: Treatment.MASKED
    told: Told | None = None
    """What who sends files was told at the door itself, where it isn't the notice that tells of them."""


@dataclass(frozen=True)
class OwnerKind:
    """One kind of record that may have files.

    `seen` gives a record that the member sees, `locked` one that they may add to, for the transaction; both raise
    `Missing`. `born` tells the birthday that decides about consents, `ended` when the relations behind records ended.
    Of records that belong to a customer, `tops` tells to which, asked for by a column (pk or customer_id): files that
    are about no person go and stay with it.
    """

    code: str
    label: str
    seen: Callable[[Member, UUID, date], Owner]
    locked: Callable[[Member, UUID, datetime], Owner]
    born: Callable[[UUID], date | None]
    ended: Callable[[Collection[UUID]], Mapping[UUID, date | None]]
    tops: Callable[[str, Collection[UUID]], Mapping[UUID, UUID]] = lambda column, ids: {}


OWNERS: dict[str, OwnerKind] = {}


def tops_of(column: str, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """To which customers records of all kinds belong."""
    return {pk: top for kind in OWNERS.values() for pk, top in kind.tops(column, ids).items()}


def register_owner(kind: OwnerKind) -> OwnerKind:
    OWNERS[kind.code] = kind
    return kind
