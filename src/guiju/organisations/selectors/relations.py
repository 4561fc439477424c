"""Reads of the relations between companies (公司间数据关系)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope, scope_with
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, Member, Relation
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import PURPOSES, openable_fields


@dataclass(frozen=True)
class RelationLine:
    """A relation in words, with what the member before it may do."""

    relation: Relation
    giver: str
    receiver: str
    purposes: str
    fields: str
    state: str
    may_confirm: bool
    may_end: bool


def relations_for(member: Member) -> QuerySet[Relation]:
    """The relations of companies in sight, on either side, those to be confirmed first."""
    require(member, "relation.read", on=member.entity_id)
    require_scope()
    # The companies aren't joined: the other one may be out of sight, and the relation would be too.
    relations = Relation.objects.select_related("proposed_by", "confirmed_by")
    return relations.order_by("ended_at", "confirmed_at", "-since", "pk")


def relation_for(member: Member, relation_id: UUID) -> Relation:
    found = relations_for(member).filter(pk=relation_id).first()
    if found is None:
        raise Missing("relation_missing", "没有这项数据关系，或您的角色看不到它")
    return found


def lines_of(relations: Iterable[Relation], member: Member, *, on: date) -> list[RelationLine]:
    """Relations in words; who has a relation with a company knows its name."""
    relations = list(relations)
    both = {pk for one in relations for pk in (one.entity_id, one.receiver_id)}
    with scope_with(*both):
        names = dict(Entity.objects.filter(pk__in=both).values_list("pk", "name"))
    return [_line_of(one, member, names, on=on) for one in relations]


def _line_of(relation: Relation, member: Member, names: Mapping[UUID, str], *, on: date) -> RelationLine:
    may_agree = allows(member, "relation.agree", on=relation.entity_id)
    is_open = relation.ended_at is None
    return RelationLine(
        relation,
        names[relation.entity_id],
        names[relation.receiver_id],
        "、".join(PURPOSES[one] for one in relation.purposes),
        "、".join(openable_fields().get(one, one) for one in relation.fields),
        state_of(relation, on=on),
        may_agree and is_open and relation.confirmed_at is None and relation.proposed_by_id != member.user_id,
        may_agree and is_open,
    )


def recipients_of(entity_id: UUID, *, on: date) -> list[tuple[str, Relation]]:
    """Who gets a company's records by a relation in force, by name."""
    require_scope()
    in_force = Relation.objects.filter(entity_id=entity_id, ended_at=None, since__lte=on).exclude(confirmed_at=None)
    found = list(in_force.filter(Q(until=None) | Q(until__gte=on)).order_by("since", "pk"))
    with scope_with(*(one.receiver_id for one in found)):
        names = dict(Entity.objects.filter(pk__in=[one.receiver_id for one in found]).values_list("pk", "name"))
    return [(names[one.receiver_id], one) for one in found]


def state_of(relation: Relation, *, on: date) -> str:
    """待确认, 未开始, 有效, 已到期, 已终止."""
    if relation.ended_at:
        return "已终止"
    if relation.confirmed_at is None:
        return "待确认"
    if on < relation.since:
        return "未开始"
    return "已到期" if relation.until and relation.until < on else "有效"
