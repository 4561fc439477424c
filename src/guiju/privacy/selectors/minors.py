"""Who may see minors in the clear, and who asked to (查看未成年人信息)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.archives.selectors import address_of
from guiju.database.scope import require_scope
from guiju.organisations.models import Member
from guiju.organisations.permissions import covered_by
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import MinorAccess


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
