"""Reads of the relations between companies (公司间数据关系)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member, Relation
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import PURPOSES, openable_fields


@dataclass(frozen=True)
class RelationLine:
    """A relation in words, with what the member before it may do."""

    relation: Relation
    purposes: str
    fields: str
    state: str
    may_confirm: bool
    may_end: bool


def relations_for(member: Member) -> QuerySet[Relation]:
    """The relations of companies in sight, on either side, those to be confirmed first."""
    require(member, "relation.read", on=member.entity_id)
    require_scope()
    return Relation.objects.select_related("entity", "receiver", "proposed_by", "confirmed_by").order_by(
        "ended_at", "confirmed_at", "-since", "pk"
    )


def relation_for(member: Member, relation_id: UUID) -> Relation:
    found = relations_for(member).filter(pk=relation_id).first()
    if found is None:
        raise Missing("relation_missing", "没有这项数据关系，或您的角色看不到它")
    return found


def line_of(relation: Relation, member: Member, *, on: date) -> RelationLine:
    may_agree = allows(member, "relation.agree", on=relation.entity_id)
    is_open = relation.ended_at is None
    return RelationLine(
        relation,
        "、".join(PURPOSES[one] for one in relation.purposes),
        "、".join(openable_fields().get(one, one) for one in relation.fields),
        state_of(relation, on=on),
        may_agree and is_open and relation.confirmed_at is None and relation.proposed_by_id != member.user_id,
        may_agree and is_open,
    )


def state_of(relation: Relation, *, on: date) -> str:
    """待确认, 未开始, 有效, 已到期, 已终止."""
    if relation.ended_at:
        return "已终止"
    if relation.confirmed_at is None:
        return "待确认"
    if on < relation.since:
        return "未开始"
    return "已到期" if relation.until and relation.until < on else "有效"
