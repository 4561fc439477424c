"""What a member's roles let them do (权限): one evaluation for selectors, services and screens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import (
    Department,
    Disclosure,
    EntityPath,
    Member,
    MemberRole,
    Reach,
    Relation,
    Role,
    Substitute,
)
from guiju.organisations.registry import RESERVED, RIGHTS, THREE_ADMINISTRATORS, Kind, Treatment, resource_of

_WIDER = {reach: place for place, reach in enumerate(Reach)}
_CLEARER = {Treatment.HIDDEN: 0, Treatment.MASKED: 1, Treatment.CLEAR: 2}
_Rows = TypeVar("_Rows", bound=Model)


@dataclass(frozen=True)
class Rights:
    """All roles of a member joined: the widest reach of each right, the clearest form of each field."""

    reaches: Mapping[str, Reach]
    treatments: Mapping[str, Treatment]
    hands: tuple[Hand, ...] = ()


@dataclass(frozen=True)
class Hand:
    """The member, or one for whom they stand in: what is in this one's hand, in this one's department."""

    member_id: UUID
    department_id: UUID | None
    reaches: Mapping[str, Reach]


def joined(roles: Iterable[Role]) -> Rights:
    """Several roles as one; a right or field that no role registers any more counts for nothing."""
    reaches: dict[str, Reach] = {}
    treatments: dict[str, Treatment] = {}
    for role in roles:
        for right, word in role.rights.items():
            reach = Reach(word)
            if right in RIGHTS and (right not in reaches or _WIDER[reach] > _WIDER[reaches[right]]):
                reaches[right] = reach
        for name, word in role.treatments.items():
            treatment = Treatment(word)
            if name not in treatments or _CLEARER[treatment] > _CLEARER[treatments[name]]:
                treatments[name] = treatment
    return Rights(reaches, treatments)


def rights_of(member: Member) -> Rights:
    """What a member may do now; read once per instance."""
    known: Rights | None = member.__dict__.get("_rights")
    if known is None:
        by_hand: dict[tuple[UUID, UUID | None], list[Role]] = {}
        now, today = timezone.now(), timezone.localdate()
        values: dict[str, Any] = {"member": member.pk, "now": now, "today": today, "three": list(THREE_ADMINISTRATORS)}
        with connection.cursor() as cursor:
            cursor.execute(_HELD, values)
            for member_id, department_id, rights, treatments in cursor:
                role = Role(rights=json.loads(rights), treatments=json.loads(treatments))
                by_hand.setdefault((member_id, department_id), []).append(role)
        known = joined(role for roles in by_hand.values() for role in roles)
        hands = tuple(Hand(*hand, joined(roles).reaches) for hand, roles in by_hand.items())
        known = replace(known, hands=hands)
        member.__dict__["_rights"] = known
    return known


_HELD = """
SELECT held.member_id, holder.department_id, role.rights::text, role.treatments::text
FROM organisations_memberrole held
JOIN organisations_role role ON role.code = held.role_id AND role.retired_at IS NULL
JOIN organisations_member holder ON holder.id = held.member_id
WHERE held.ended_at IS NULL AND (held.until IS NULL OR held.until > %(now)s)
AND (held.member_id = %(member)s OR held.role_id <> ALL (%(three)s) AND holder.left_at IS NULL AND held.member_id IN (
    SELECT member_id FROM organisations_substitute
    WHERE substitute_id = %(member)s AND ended_at IS NULL AND %(today)s BETWEEN since AND until))
"""
"""The same as `_held_by`, written out: every request asks it, and building the query took longer than asking."""


def roles_of(member: Member) -> QuerySet[Role]:
    """The roles that count for a member now: own ones, and those of whom they stand in for today."""
    return Role.objects.filter(pk__in=_held_by(member).values("role"))


def _held_by(member: Member) -> QuerySet[MemberRole]:
    now, today = timezone.now(), timezone.localdate()
    standing_in = Substitute.objects.filter(
        substitute=member, ended_at=None, since__lte=today, until__gte=today, member__left_at=None
    )
    held = MemberRole.objects.filter(Q(until=None) | Q(until__gt=now), ended_at=None, role__retired_at=None)
    return held.filter(
        Q(member=member) | Q(member__in=standing_in.values("member")) & ~Q(role__in=THREE_ADMINISTRATORS.keys())
    )


def narrow(member: Member, scope: Iterable[str]) -> None:
    """Let a member use only these of their rights from now on (a token's scope)."""
    rights, wanted = rights_of(member), set(scope)
    reaches = {right: reach for right, reach in rights.reaches.items() if right in wanted}
    member.__dict__["_rights"] = replace(rights, reaches=reaches)


def is_powerful(member: Member) -> bool:
    """Whether a member has to sign in with two factors: an administrator, or who may see or take out in clear."""
    rights = rights_of(member)
    return (
        any(right in RESERVED or right.split(".")[1] in _TAKES_OUT for right in rights.reaches)
        or Treatment.CLEAR in rights.treatments.values()
    )


_TAKES_OUT = frozenset({"export", "unmask"})


def reach_of(member: Member, right: str) -> Reach | None:
    """How far a right of a member goes; None without it. Raises `ValueError` for a right that isn't there."""
    resource_of(right)
    return rights_of(member).reaches.get(right)


def allows(member: Member, right: str, *, on: UUID) -> bool:
    """Whether a right covers a whole company (the member's own, one below it, any of the group)."""
    reach = reach_of(member, right)
    if reach is None or _WIDER[reach] < _WIDER[Reach.COMPANY]:
        return False
    if reach is Reach.GROUP or on == member.entity_id:
        return True
    return reach is Reach.SUBTREE and EntityPath.objects.filter(ancestor_id=member.entity_id, descendant_id=on).exists()


def covered_by(member: Member, right: str) -> Q:
    """The rows (by `entity_id`) of the companies that a right covers whole; no row without it."""
    match reach_of(member, right):
        case Reach.GROUP:
            # Not an empty condition: that vanishes beside an `or`.
            return Q(entity_id__isnull=False)
        case Reach.SUBTREE:
            below = EntityPath.objects.filter(ancestor_id=member.entity_id).values("descendant_id")
            return Q(entity_id__in=below)
        case Reach.COMPANY:
            return Q(entity_id=member.entity_id)
    return Q(entity_id__isnull=True)


def require(member: Member, right: str, *, on: UUID) -> None:
    """Raise `NotAllowed`, which says who could do it, unless the right covers the company."""
    if not allows(member, right, on=on):
        raise refusal_of(right)


def refusal_of(right: str) -> NotAllowed:
    """Why not, and which roles could."""
    holders = Role.objects.filter(rights__has_key=right, retired_at=None).order_by("-is_ready_made", "code")[:4]
    names = "、".join(role.name for role in holders)
    return NotAllowed("not_allowed", f"您的角色不能{RIGHTS[right]}" + (f"：可请{names}办理" if names else ""))


def trees_of(member: Member) -> frozenset[UUID]:
    """The companies whose structure is in sight for a member, as roots of their trees."""
    reach = reach_of(member, "company.read")
    if reach is Reach.GROUP:
        return frozenset({root_of(member.entity_id)})
    return frozenset({member.entity_id}) if reach is Reach.SUBTREE else frozenset()


@lru_cache(maxsize=10_000)
def root_of(entity_id: UUID) -> UUID:
    """The group company above a company; remembered, since no company ever moves below another."""
    return (
        EntityPath.objects.filter(descendant_id=entity_id).order_by("-depth").values_list("ancestor_id", flat=True)[0]
    )


def group_root() -> UUID | None:
    """The group company; None before the set-up."""
    return EntityPath.objects.order_by("-depth").values_list("ancestor_id", flat=True).first()


def required_root() -> UUID:
    """The group company; raises `Refused` before the set-up."""
    root = group_root()
    if root is None:
        raise Refused("not_set_up", "还没有初始设置：请先运行 guiju setup")
    return root


@dataclass(frozen=True)
class Sight:
    """Which records of one kind a member sees.

    All records of the companies in `entities`; of the member's own company also those of
    `departments`, and those in hand of `members` (the member, and for whom they stand in). `unrelated` are companies within reach
    whose records stay hidden because no relation opens them. `fields` names, for a company that a
    relation opens, the fields that it opens. `provided` are those that give theirs to another handler: of their
    people only who agreed to that is seen (个人信息保护法 第二十三条).
    """

    members: frozenset[UUID]
    home: UUID
    reach: Reach | None
    entities: frozenset[UUID] = frozenset()
    departments: frozenset[UUID] = frozenset()
    unrelated: frozenset[UUID] = frozenset()
    fields: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    provided: frozenset[UUID] = frozenset()

    def of(self, rows: QuerySet[_Rows], *, owner: str = "member") -> QuerySet[_Rows]:
        """The rows in sight; `owner` is the foreign key to the member who has a record in hand.

        An empty `owner` stands for rows that are members themselves.
        """
        seen = Q(entity_id__in=self.entities)
        if self.reach is Reach.DEPARTMENT:
            path = f"{owner}__department_id__in" if owner else "department_id__in"
            seen |= Q(**{"entity_id": self.home, path: self.departments})
        if self.reach in (Reach.OWN, Reach.DEPARTMENT):
            seen |= Q(**{"entity_id": self.home, f"{owner}_id__in" if owner else "pk__in": self.members})
        return rows.filter(seen)

    @property
    def scope(self) -> frozenset[UUID]:
        """The companies whose rows the database has to show for this sight."""
        return self.entities | ({self.home} if self.reach else frozenset())


def sight_of(member: Member, right: str, *, on: date, purpose: str = "") -> Sight:
    """Whose records of a right's kind a member sees on a day; for one `purpose` where it is named."""
    reach = reach_of(member, right)
    home = member.entity_id
    hands = [hand for hand in rights_of(member).hands if hand.reaches.get(right) in (Reach.OWN, Reach.DEPARTMENT)]
    members = frozenset(hand.member_id for hand in hands)
    if reach is None or reach is Reach.OWN:
        return Sight(members, home, reach)
    if reach is Reach.DEPARTMENT:
        tops = {hand.department_id for hand in hands if hand.reaches[right] is Reach.DEPARTMENT}
        return Sight(members, home, reach, departments=_departments_below(home, tops - {None}))
    if reach is Reach.COMPANY:
        return Sight(members, home, reach, entities=frozenset({home}))
    top = root_of(home) if reach is Reach.GROUP else home
    with connection.cursor() as cursor:
        cursor.execute("SELECT descendant_id FROM organisations_entitypath WHERE ancestor_id = %s", [top])
        below = frozenset(pk for (pk,) in cursor)
    resource = resource_of(right)
    if resource.kind is Kind.STRUCTURE:
        return Sight(members, home, reach, entities=below)
    related = related_to(home, {purpose} if purpose else resource.purposes, on=on)
    seen = frozenset({home}) | (below & related.keys())
    return Sight(
        members,
        home,
        reach,
        entities=seen,
        unrelated=below - seen,
        fields={one: related[one].fields for one in seen if one != home},
        provided=frozenset(one for one in seen if one != home and related[one].is_provided),
    )


def _departments_below(entity_id: UUID, tops: Set[UUID | None]) -> frozenset[UUID]:
    """These departments of a company and all below them."""
    if not tops:
        return frozenset()
    below, grown = set(tops), True
    parents = list(Department.objects.filter(entity_id=entity_id).values_list("pk", "parent_id"))
    while grown:
        more = {pk for pk, parent in parents if parent in below} - below
        below |= more
        grown = bool(more)
    return frozenset(pk for pk in below if pk is not None)


@dataclass(frozen=True)
class Related:
    """What the relations with a company open: which fields, and whether only as to another handler (提供)."""

    fields: frozenset[str] = frozenset()
    is_provided: bool = True


def related_to(receiver: UUID, purposes: Iterable[str], *, on: date) -> dict[UUID, Related]:
    """Companies whose records a company may see for one of these purposes, with the fields that it may.

    Who entrusts or provides opens theirs to the receiver; who handles jointly opens to each other.
    """
    wanted = set(purposes)
    found: dict[UUID, Related] = {}
    in_force = Relation.objects.filter(Q(until=None) | Q(until__gte=on), since__lte=on, ended_at=None).exclude(
        confirmed_at=None
    )
    for one in in_force.filter(Q(receiver_id=receiver) | Q(entity_id=receiver, sort=Relation.Sort.JOINT)):
        giver = one.entity_id if one.receiver_id == receiver else one.receiver_id
        if wanted & set(one.purposes):
            known = found.get(giver, Related())
            is_provided = known.is_provided and one.sort == Relation.Sort.PROVIDE
            found[giver] = Related(known.fields | frozenset(one.fields), is_provided)
    return found


def treatment_of(
    member: Member,
    resource: str,
    name: str,
    sight: Sight | None = None,
    at: UUID | None = None,
    *,
    record: UUID | None = None,
) -> Treatment:
    """How a field of a record of company `at` is shown to a member; masked unless a role says otherwise.

    Of another company's record, a field that the relation doesn't name stays hidden. A field that the
    member has unmasked for one `record` is clear until that ends.
    """
    code = f"{resource}.{name}"
    treatment = rights_of(member).treatments.get(code, Treatment.MASKED)
    if sight is not None and at is not None and at != sight.home and code not in sight.fields.get(at, frozenset()):
        return Treatment.HIDDEN
    if treatment is Treatment.MASKED and record is not None and _is_unmasked(member, code, record):
        return Treatment.CLEAR
    return treatment


def unmasked_for(member: Member, record: UUID) -> frozenset[str]:
    """The fields (resource.field) of one record that a member sees in the clear for some minutes."""
    open_now = Disclosure.objects.filter(
        member=member, sort=Disclosure.Sort.UNMASK, subject_id=record, until__gt=timezone.now()
    )
    return frozenset(open_now.values_list("code", flat=True))


def _is_unmasked(member: Member, code: str, record: UUID) -> bool:
    open_now = Disclosure.objects.filter(
        member=member, sort=Disclosure.Sort.UNMASK, code=code, subject_id=record, until__gt=timezone.now()
    )
    return open_now.exists()
