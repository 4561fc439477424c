"""Reads of what is done for who complained (处理结果)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from guiju.complaints.models import Complaint, Limit, Remedy
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import sealed_values
from guiju.orders.values import yuan
from guiju.organisations.models import Entity, EntityPath, Member, Reach
from guiju.organisations.permissions import reach_of

_PUBLIC = (Remedy.State.OFFERED, Remedy.State.AGREED, Remedy.State.DONE)


@dataclass(frozen=True)
class RemedyLine:
    """A remedy in words."""

    remedy: Remedy
    what: str
    terms: str
    agreed: str
    proof: str

    @property
    def may_drop(self) -> bool:
        return self.remedy.state in (Remedy.State.WAITING, Remedy.State.OFFERED)

    @property
    def may_come_back(self) -> bool:
        return self.may_fulfil and self.remedy.kind == Remedy.Kind.REFUND and self.remedy.returned_on is None

    @property
    def may_fulfil(self) -> bool:
        return self.remedy.state in (Remedy.State.OFFERED, Remedy.State.AGREED)


def what_of(made: Remedy) -> str:
    """A remedy in a word: 退款 300.00 元."""
    return f"{made.get_kind_display()}{f' {yuan(made.amount)} 元' if made.amount is not None else ''}"


def remedies_of(case: Complaint, *, public: bool = False) -> list[RemedyLine]:
    """What was offered in a case, in that order; `public`: what who complained sees."""
    rows = Remedy.objects.filter(complaint=case).order_by("made_at", "pk")
    return [_line(one) for one in (rows.filter(state__in=_PUBLIC) if public else rows)]


def remedy_in(case: Complaint, remedy_id: UUID) -> RemedyLine:
    found = Remedy.objects.filter(complaint=case, pk=remedy_id).first()
    if found is None:
        raise Missing("remedy_missing", "没有这项处理结果，或您的角色看不到它")
    return _line(found)


def _line(one: Remedy) -> RemedyLine:
    said = sealed_values(one, "sealed")
    return RemedyLine(
        one, what_of(one), str(said.get("terms", "")), str(said.get("agreed", "")), str(said.get("proof", ""))
    )


def agreement_of(case: Complaint, phone: str) -> Mapping[str, Any]:
    """What stands in the agreement (和解协议); raises `Refused` while nothing is agreed."""
    lines = [one for one in remedies_of(case) if one.remedy.agreed_at is not None]
    if not lines:
        raise Refused("nothing_agreed", "还没有消费者同意的处理结果：同意以后才有和解协议")
    said = sealed_values(case, "sealed")
    name = str(said.get("name", "")) or "（没有留称呼）"
    on = max(day_of(one.remedy.agreed_at) for one in lines if one.remedy.agreed_at)
    hows = "；".join(dict.fromkeys(one.agreed for one in lines if one.agreed))
    return {
        "consumer": f"{name}（手机 {phone}）" if phone else name,
        "number": case.number,
        "about": str(said.get("text", ""))[:500],
        "terms": [f"{one.what}：{one.terms}" for one in lines],
        "agreed": f"乙方于{on.year}年{on.month}月{on.day}日表示同意{f'：{hows}' if hows else ''}。",
    }


def companies_with_limits(member: Member) -> list[Entity]:
    """The companies whose limits a member may set, by name."""
    reach = reach_of(member, "complaint.limit")
    rows = Entity.objects.filter(pk=member.entity_id)
    if reach in (Reach.SUBTREE, Reach.GROUP):
        below = EntityPath.objects.filter(ancestor_id=member.entity_id).values("descendant_id")
        rows = Entity.objects.filter(pk__in=below)
    return list(rows.order_by("name"))


def limits_of(companies: list[Entity]) -> list[Limit]:
    return list(Limit.objects.filter(entity__in=companies).select_related("entity").order_by("entity__name", "kind"))
