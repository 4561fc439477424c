"""Who may see minors in the clear, and who asked to (查看未成年人信息)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.archives.selectors import address_of
from guiju.database.scope import require_scope, scope_with
from guiju.kernel.errors import Missing
from guiju.organisations.models import Disclosure, Member, Relation
from guiju.organisations.permissions import covered_by, require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.selectors.disclosures import looks_at
from guiju.privacy.models import MinorAccess
from guiju.privacy.registry import KEEPERS


@dataclass(frozen=True)
class Open:
    """Whom a member may see in the clear for a purpose: everybody in their hands, or these people."""

    everybody: bool = False
    people: frozenset[UUID] = frozenset()

    def has(self, subject_id: UUID | None, *, is_in_hands: bool) -> bool:
        """Whether it covers somebody; `is_in_hands` says whether what was allowed for all minors reaches them."""
        return subject_id in self.people or (self.everybody and is_in_hands)


def minors_open_to(member: Member, *, purpose: str, on: date) -> Open:
    """Asked within the scope of the member's company."""
    require_scope()
    subjects = MinorAccess.objects.filter(
        member=member, purpose=purpose, allowed_at__isnull=False, ended_at=None, until__gte=on
    ).values_list("subject_id", flat=True)
    found = set(subjects)
    return Open(None in found, frozenset(one for one in found if one is not None))


def minor_accesses_for(member: Member) -> QuerySet[MinorAccess]:
    """A member's own, and for who decides about them those in reach; the newest first."""
    require_scope()
    shown = Q(member__user_id=member.user_id) | covered_by(member, "minor.decide")
    found = MinorAccess.objects.filter(shown).select_related("member__user", "entity", "allowed_by")
    return found.order_by("-asked_at", "-pk")


def waiting_accesses_for(member: Member, *, on: date) -> QuerySet[MinorAccess]:
    """Those of them that nobody has decided yet."""
    return minor_accesses_for(member).filter(allowed_at=None, refused_at=None, ended_at=None, until__gte=on)


@dataclass(frozen=True)
class Looks:
    """Who has seen a minor: whom, as the member may see them, where they are looked at, and the looks themselves."""

    name: str
    address: str
    rows: QuerySet[Disclosure]


@contextmanager
def looks_at_minor(member: Member, record_id: UUID) -> Iterator[Looks]:
    """Who has seen the person behind a record of the member's company, or with this id, in the clear (访问记录,
    未成年人网络保护条例 第三十六条).

    Those of other companies too to whom a relation opens, or opened, the company's records. Raises `NotAllowed`
    without the right to decide about looks, `Missing` for what isn't there.
    """
    entity_id = member.entity_id
    require(member, "minor.decide", on=entity_id)
    keepers = {code: keeper for code, keeper in KEEPERS.items() if not keeper.goes_along}
    found = {code: list(keeper.of(entity_id, [record_id])) for code, keeper in keepers.items()}
    people = {one.subject.pk for some in found.values() for one in some if one.subject is not None}
    if not people:
        raise Missing("subject_missing", "没有这位客户，或您的角色看不到")
    found = {code: list(keeper.of(entity_id, people)) for code, keeper in keepers.items()}
    names = [
        name
        for code, some in found.items()
        for name in KEEPERS[code].names(member, [one.holder_id for one in some]).values()
    ]
    others = Relation.objects.filter(entity_id=entity_id).values_list("receiver_id", flat=True)
    companies = {entity_id, *others}
    with scope_with(*companies):
        rows = looks_at([one.holder_id for some in found.values() for one in some], companies=companies)
        name, address = names[0] if names else ("一位客户", "")
        yield Looks(name, address, rows)


@dataclass(frozen=True)
class AccessLine:
    """One request as the list shows it; `address` leads to the person, where it is about one."""

    access: MinorAccess
    purpose: str
    address: str
    state: str
    is_in_force: bool


def access_lines(found: list[MinorAccess], *, on: date) -> list[AccessLine]:
    return [_line(one, on) for one in found]


def _line(one: MinorAccess, on: date) -> AccessLine:
    is_in_force = bool(one.allowed_at) and one.ended_at is None and one.until >= on
    if one.refused_at:
        state = "没有批准"
    elif one.ended_at:
        state = "已收回"
    elif one.until < on:
        state = "已到期"
    else:
        state = "可以查看" if one.allowed_at else "等待批准"
    return AccessLine(
        one,
        PURPOSES.get(one.purpose, one.purpose),
        address_of(one.entity_id, one.subject_id) if one.subject_id else "",
        state,
        is_in_force,
    )
