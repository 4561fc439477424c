"""What a member sees of the log: entries of the companies that their right covers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils import timezone

from guiju.database.scope import scope_with
from guiju.evidence.selectors import log
from guiju.evidence.selectors.anchors import has_outside_witness
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import allows, group_root, reach_of, refusal_of

RIGHT = "evidence.read"


@contextmanager
def reading_log(member: Member) -> Iterator[list[Entity]]:
    """The companies whose entries a member may read, in scope while the block runs."""
    if reach_of(member, RIGHT) is None:
        raise refusal_of(RIGHT)
    companies = [one for one in Entity.objects.order_by("unified_code") if allows(member, RIGHT, on=one.pk)]
    with scope_with(*(one.pk for one in companies)):
        yield companies


def entry_for(entry_id: UUID) -> Any:
    """An entry of the companies in scope; raises `Missing`."""
    found = log.entries(log.Wanted()).filter(pk=entry_id).first()
    if found is None:
        raise Missing("entry_missing", "没有这个存证条目，或您的角色看不到它")
    return found


def root_for(member: Member) -> UUID:
    """The group company, in whose log the runs of verification stand."""
    root = group_root()
    assert root is not None
    return root


def company_name(entity_id: UUID) -> str:
    return Entity.objects.values_list("name", flat=True).filter(pk=entity_id).first() or ""


def notices_for(member: Member) -> list[str]:
    """What the dashboard says when the last run found something, or nobody outside holds the log."""
    root, told = root_for(member), []
    if not allows(member, RIGHT, on=root):
        return []
    with scope_with(root):
        last = log.verifications(root).first()
    if last is not None and not last.is_clean:
        began = timezone.localtime(last.began_at)
        told.append(f"{began:%Y-%m-%d %H:%M} 的存证核对发现{len(last.findings)}处不符：存证 → 核对记录")
    if allows(member, "evidence.witness", on=root) and not has_outside_witness():
        told.append("仅本机存证，不能排除整体重写：请至少指定一个外部见证（存证 → 外部见证）")
    return told
