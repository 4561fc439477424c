"""Reads of people: who works where, which tokens they have."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils import timezone

from guiju.database.scope import require_scope, scope, scope_with, widen
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act
from guiju.kernel.errors import Missing
from guiju.organisations.models import (
    EntityPath,
    Installation,
    Member,
    MemberRole,
    Reach,
    Role,
    Substitute,
    Token,
    User,
)
from guiju.organisations.permissions import reach_of, refusal_of, require, sight_of, treatment_of
from guiju.organisations.registry import RESOURCES, Treatment


def member_names(members: Collection[UUID]) -> dict[UUID, str]:
    """What these members are called; asks for nothing where there are none."""
    return dict(Member.objects.filter(pk__in=members).values_list("pk", "user__name")) if members else {}


def memberships_of(user: User) -> list[Member]:
    """Where a user works now, the earliest first, each with its company."""
    with scope(user=user.pk):
        widen(entities=Member.objects.filter(user=user, left_at=None).values_list("entity_id", flat=True))
        members = Member.objects.filter(user=user, left_at=None).select_related("user", "entity")
        return sorted(members, key=lambda member: (member.joined_at, member.pk))


def tokens_of(member: Member) -> QuerySet[Token]:
    """The live tokens of the member's user, the newest first."""
    require_scope()
    return Token.objects.filter(user_id=member.user_id, revoked_at=None).order_by("-made_at")


def user_behind(act: Act) -> UUID | None:
    """The user whose act it is; None for the installation's own."""
    return act.actor.user_id if isinstance(act.actor, Member) else None


def names_of(member_ids: set[UUID]) -> dict[UUID, str]:
    """Names of members in sight, with the company where they work."""
    require_scope()
    members = Member.objects.filter(pk__in=member_ids).select_related("user", "entity")
    return {member.pk: f"{member.user.name}（{member.entity.name}）" for member in members}


def installation() -> Installation | None:
    return Installation.objects.first()


def is_set_up() -> bool:
    """Whether `guiju setup` (or the demo) has made the first three administrators."""
    return Installation.objects.exists()


@dataclass(frozen=True)
class PeopleFilter:
    """What narrows the list of people; `left` shows those who went instead of those who are here."""

    search: str = ""
    company: str = ""
    role: str = ""
    left: bool = False


def people_for(member: Member, wanted: PeopleFilter, *, on: date) -> QuerySet[Member]:
    """The people a member may see, by company and name; raises `NotAllowed`."""
    sight = sight_of(member, "member.read", on=on)
    if sight.reach is None:
        raise refusal_of("member.read")
    require_scope()
    people = sight.of(Member.objects.all(), owner="").filter(left_at__isnull=not wanted.left)
    for word in wanted.search.replace("\x00", "").split():
        people = people.filter(Q(user__name__contains=word) | Q(user__username__contains=word.casefold()))
    if wanted.company:
        people = people.filter(entity__unified_code=wanted.company.replace("\x00", ""))
    if wanted.role:
        holding = MemberRole.objects.filter(role_id=wanted.role.replace("\x00", ""), ended_at=None)
        people = people.filter(pk__in=holding.values("member"))
    people = people.select_related("user", "entity", "department")
    return people.order_by("entity__unified_code", "user__username", "pk")


def without_password(member: Member, *, on: date) -> QuerySet[Member]:
    """Who works here, as far as the member sees, and never set a password (待激活)."""
    return people_for(member, PeopleFilter(), on=on).filter(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def person_for(member: Member, member_id: UUID, *, on: date) -> Member:
    """One person, here or gone; `Missing` when there is none or may not be seen."""
    for left in (False, True):
        found = people_for(member, PeopleFilter(left=left), on=on).filter(pk=member_id).first()
        if found is not None:
            return found
    raise Missing("member_missing", "没有这个人，或您的角色看不到")


def roles_held(members: Iterable[Member]) -> dict[UUID, list[MemberRole]]:
    """The grants in force of each of these members, in one query."""
    held: dict[UUID, list[MemberRole]] = {}
    for one in MemberRole.objects.filter(member__in=list(members), ended_at=None).select_related("role").order_by("pk"):
        held.setdefault(one.member_id, []).append(one)
    return held


def colleagues_of(member: Member) -> QuerySet[Member]:
    """Who works in the same company now, without the person; for choosing a successor or substitute."""
    require_scope()
    others = Member.objects.filter(entity_id=member.entity_id, left_at=None).exclude(user_id=member.user_id)
    return others.select_related("user").order_by("user__name", "pk")


def substitutes_of(member: Member, *, on: date) -> QuerySet[Substitute]:
    """Who stands in for a member, and for whom the member does, from today on."""
    require_scope()
    mine = Substitute.objects.filter(Q(member=member) | Q(substitute=member), ended_at=None, until__gte=on)
    return mine.select_related("member__user", "substitute__user").order_by("since", "pk")


@dataclass(frozen=True)
class Deed:
    """One thing that was done to somebody's place or roles: what, by whom, when, why."""

    what: str
    who: str
    at: datetime
    reason: str


def member_history(asker: Member, member: Member) -> list[Deed]:
    """What was done to a membership and its roles, the newest first; for who may explain rights."""
    require(asker, "role.explain", on=member.entity_id)
    grants = list(MemberRole.objects.filter(member=member).select_related("role"))
    with scope_with(member.entity_id):
        told = [(version, _DEEDS.get(version.action, version.action)) for version in history_of(member)]
        for grant in grants:
            for version in history_of(grant):
                ended = any(change.field == "ended_at" and change.new for change in version.changes)
                told.append((version, f"{'收回' if ended else '授予'}“{grant.role.name}”"))
    names = names_of({version.actor_id for version, _ in told if version.actor_id})
    deeds = [
        Deed(what, names.get(one.actor_id, "本单位以外的成员") if one.actor_id else "系统", one.at, one.reason)
        for one, what in told
    ]
    return sorted(deeds, key=lambda deed: deed.at, reverse=True)


_DEEDS = {
    "organisations.add_member": "加入",
    "organisations.change_member": "修改资料",
    "organisations.change_password": "本人修改口令",
    "organisations.set_up": "初始设置",
    "accounts.end_sessions": "强制下线",
    "accounts.end_member": "办理离职",
}


def shown_field(asker: Member, member: Member, name: str, *, on_its_page: bool = False) -> str:
    """E-mail address or phone of a person as far as the asker may see it: clear, masked or not at all.

    What was unmasked shows on the person's own page, and in no list or file.
    """
    value: str = getattr(member.user, name)
    if not value or asker.user_id == member.user_id:
        return value
    match treatment_of(asker, "member", name, record=member.pk if on_its_page else None):
        case Treatment.CLEAR:
            return value
        case Treatment.MASKED:
            return RESOURCES["member"].fields[name].mask(value)
    return ""


def holders_of(member: Member, role: Role) -> QuerySet[MemberRole]:
    """Who holds a role now, as far as the member may see people; at most a hundred."""
    require_scope()
    held = MemberRole.objects.filter(role=role, ended_at=None, member__left_at=None)
    if reach_of(member, "member.read") is None:
        return held.none()
    return held.select_related("member__user", "member__entity").order_by("member__entity__name", "pk")[:100]


def member_by_name(asker: Member, username: str, *, company_code: str = "") -> Member:
    """Somebody who works now, by user name; `Missing` when there is none in sight, or several and no company."""
    require(asker, "member.read", on=asker.entity_id)
    require_scope()
    found = Member.objects.filter(user__username=username.strip().casefold(), left_at=None)
    if company_code:
        found = found.filter(entity__unified_code=company_code.strip().upper())
    members = list(found.select_related("user", "entity")[:2])
    if not members:
        raise Missing("member_missing", f"没有用户名为“{username}”的成员，或您的角色看不到", field="member")
    if len(members) > 1:
        raise Missing("member_several", f"“{username}”加入了几家公司：请用 --company 指明哪一家", field="company")
    return members[0]


def members_who_may(right: str, *, on: UUID) -> list[Member]:
    """Whom a right over a company makes answerable: its own members, else those of the nearest company above."""
    require_scope()
    above = list(EntityPath.objects.filter(descendant_id=on).order_by("depth").values_list("ancestor_id", flat=True))
    with scope_with(*above):
        held = MemberRole.objects.filter(
            Q(until=None) | Q(until__gt=timezone.now()),
            member__entity_id__in=above,
            member__left_at=None,
            ended_at=None,
            role__retired_at=None,
            role__rights__has_key=right,
        )
        found: dict[UUID, list[Member]] = {}
        for one in held.select_related("member__user", "role").order_by("member__joined_at", "member_id"):
            reach = Reach(one.role.rights[right])
            if reach in (Reach.GROUP, Reach.SUBTREE) or (reach is Reach.COMPANY and one.member.entity_id == on):
                members = found.setdefault(one.member.entity_id, [])
                if one.member not in members:
                    members.append(one.member)
    return next((found[company] for company in above if company in found), [])


def standing_in_for(member: Member, *, on: date) -> list[Member]:
    """Who stands in for a member on a day (代理)."""
    rows = Substitute.objects.filter(member=member, ended_at=None, since__lte=on, until__gte=on)
    return [one.substitute for one in rows.select_related("substitute__user") if one.substitute.left_at is None]
