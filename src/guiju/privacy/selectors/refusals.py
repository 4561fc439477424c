"""Reads of the list of those who refuse commercial messages (拒收名单): yes or no, for addresses that are known, and
what a company has put down itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from guiju.database.scope import require_scope
from guiju.kernel.calendar.clock import CHINA
from guiju.keys.ring import keyring
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, covered_by, reach_of, refusal_of, root_of
from guiju.privacy.models import Refusal
from guiju.privacy.registry import ADDRESS_BOOKS, KEEPERS, Known
from guiju.privacy.selectors.consents import standings_of

PLACE = "privacy.refusal"


def key_of(address: str, entity_id: UUID) -> bytes:
    """By what an address is found in the whole group, however many companies there are."""
    return keyring().index(address.casefold(), entity=root_of(entity_id), place=PLACE)


def held_key_of(address: str, entity_id: UUID) -> bytes | None:
    """By what the records of a company are found that have an address."""
    return next((book.key(entity_id, address) for book in ADDRESS_BOOKS), None)


def known_by(addresses: Iterable[str], entity_id: UUID) -> dict[str, Sequence[Known]]:
    """Whose these addresses are in a company, within its scope; those that nobody has are left out."""
    require_scope()
    keys = {key: one for one in addresses if one and (key := held_key_of(one, entity_id))}
    return {keys[key]: people for key, people in known_by_keys(keys).items()}


def known_by_keys(keys: Collection[bytes]) -> dict[bytes, Sequence[Known]]:
    """Whose the addresses behind these keys are, in the companies in scope."""
    return {key: some for book in ADDRESS_BOOKS for key, some in book.of(keys).items()} if keys else {}


def refused_among(addresses: Iterable[str], entity_id: UUID) -> dict[str, datetime]:
    """Which of these addresses refused, to whichever company of the group, and when last."""
    keys = {key_of(address, entity_id): address for address in addresses if address}
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, since FROM privacy_refused_among(%s)", [list(keys)])
        return {keys[bytes(key)]: since for key, since in cursor.fetchall()}


@dataclass(frozen=True)
class RefusalFilter:
    """What the list is narrowed to: the month in which it was put down (2026-11), and how it came: a way or a means."""

    month: str = ""
    how: str = ""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> RefusalFilter:
        return cls(**{one.name: query.get(one.name, "").replace("\x00", "")[:20] for one in fields(cls)})

    @property
    def query(self) -> str:
        """The address's part that asks for the same."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def of(self, rows: QuerySet[Refusal]) -> QuerySet[Refusal]:
        """These rows narrowed; what nobody could mean finds nothing."""
        if self.how:
            rows = rows.filter(Q(means=self.how) | Q(way=self.how))
        if not self.month:
            return rows
        try:
            first = date.fromisoformat(f"{self.month}-01")
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        except ValueError:
            return rows.none()
        # What somebody did themselves was put down as it was said.
        rows = rows.alias(put_down=Coalesce("entered_at", "at"))
        return rows.filter(put_down__gte=_midnight(first), put_down__lt=_midnight(after))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CHINA)


def refusals_for(member: Member, *, address: str = "") -> QuerySet[Refusal]:
    """What a member's company has put down, the newest first, or only of one address; raises `NotAllowed`."""
    if reach_of(member, "refusal.read") is None:
        raise refusal_of("refusal.read")
    require_scope()
    rows = Refusal.objects.filter(covered_by(member, "refusal.read"))
    rows = rows.filter(key=key_of(address, member.entity_id)) if address else rows
    return rows.select_related("by").order_by("-at", "-pk")


@dataclass(frozen=True)
class RefusalLine:
    """One row of the list in words: whose it is, as the member may see them, each with where they are looked at.

    `is_known` is whether the company has a record with the address, for who sees one of them or all of its customers;
    `agreed_at` is when one of these people consented to marketing again, among those whose consents the member may
    read: to them the refusal holds no longer.
    """

    refusal: Refusal
    people: Sequence[tuple[str, str]]
    is_known: bool
    agreed_at: datetime | None


def lines_of_refusals(member: Member, rows: Iterable[Refusal]) -> list[RefusalLine]:
    """These rows in words, asked at once for all of them."""
    found = list(rows)
    held = known_by_keys({bytes(one.held_key) for one in found if one.held_key})
    everybody = [one for some in held.values() for one in some]
    names: dict[UUID, tuple[str, str]] = {}
    readable: set[UUID] = set()
    for code, keeper in KEEPERS.items():
        if ids := {one.holder_id for one in everybody if one.keeper == code}:
            names |= keeper.names(member, ids)
            readable |= set(keeper.consents(member, ids))
    asked = {one.subject_id for one in everybody if one.holder_id in readable}
    standings = standings_of(asked) if asked else {}
    lines = []
    for one in found:
        people = held.get(bytes(one.held_key), ()) if one.held_key else ()
        agreed = [standings[who.subject_id].marketing_at for who in people if who.subject_id in standings]
        later = max((at for at in agreed if at is not None and at > one.at), default=None)
        shown = [names[who.holder_id] for who in people if who.holder_id in names]
        is_known = bool(people) and (bool(shown) or allows(member, "customer.read", on=one.entity_id))
        lines.append(RefusalLine(one, shown, is_known, later))
    return lines
