"""Reads of links that ask before anybody is registered (登记前征求同意)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from guiju.customers.models import Invitation
from guiju.database.scope import require_scope
from guiju.organisations.models import Member


def invitation_behind(link_to: UUID) -> Invitation | None:
    """What a link leads to, where it asks before anybody is registered."""
    require_scope()
    rows = Invitation.objects.select_related("notice", "entity", "member__user")
    return rows.filter(pk=link_to).first()


@dataclass(frozen=True)
class InvitationLine:
    """One link that a member sent: which fields it asks about, and what came of it."""

    invitation: Invitation
    fields: str
    state: str


def invitations_of(member: Member, *, at: datetime) -> list[InvitationLine]:
    """A member's own, the newest first."""
    require_scope()
    rows = Invitation.objects.filter(member=member, entity_id=member.entity_id).select_related("notice", "customer")
    return [InvitationLine(one, _fields(one), _state(one, at)) for one in rows.order_by("-made_at", "-pk")[:20]]


def asked_fields(items: Sequence[dict[str, list[str]]]) -> list[str]:
    """The fields (record.code) that are asked about, in their order."""
    return list(dict.fromkeys(name for item in items for name in item["fields"]))


def _fields(one: Invitation) -> str:
    told = one.notice.items
    return "、".join(told[name]["label"] for name in asked_fields(one.items) if name in told)


def _state(one: Invitation, at: datetime) -> str:
    if one.answered_at:
        return "已登记" if one.customer_id else "不同意，没有保存"
    if one.notice.ended_at:
        return "告知已更新，请重新发送"
    return "等待答复" if one.expires_at > at else "没有答复，已过期"
