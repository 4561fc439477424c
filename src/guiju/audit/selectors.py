"""What a member sees of the log: entries of the companies that their right covers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Model, Q
from django.utils import timezone

from guiju.database.scope import scope_with
from guiju.evidence.selectors import Version, log
from guiju.evidence.selectors.anchors import has_outside_witness
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, EntityPath, Member, Reach
from guiju.organisations.permissions import allows, reach_of, refusal_of, root_of

RIGHT = "evidence.read"


@contextmanager
def reading_log(member: Member) -> Iterator[list[Entity]]:
    """The companies whose entries a member may read, in scope while the block runs."""
    reach = reach_of(member, RIGHT)
    companies = Entity.objects.order_by("unified_code")
    match reach:
        case Reach.GROUP:
            pass
        case Reach.SUBTREE:
            below = EntityPath.objects.filter(ancestor_id=member.entity_id).values("descendant_id")
            companies = companies.filter(pk__in=below)
        case Reach.COMPANY:
            companies = companies.filter(pk=member.entity_id)
        case _:
            raise refusal_of(RIGHT)
    with scope_with(*(one.pk for one in companies)):
        yield list(companies)


def reads_log_of(member: Member, record: Model) -> bool:
    """Whether a member may read what the log has of a record: of its company's, or of the group's if it has none."""
    match reach_of(member, RIGHT):
        case Reach.GROUP:
            return True
        case Reach.SUBTREE | Reach.COMPANY:
            return _company_of(member, record) in _companies_read_by(member)
    return False


def _company_of(member: Member, record: Model) -> UUID:
    if isinstance(record, Entity):
        return record.pk
    found: UUID | None = getattr(record, "entity_id", None)
    return found or root_for(member)


def _companies_read_by(member: Member) -> frozenset[UUID]:
    """Asked once an instance: a page shows fifty records."""
    known: frozenset[UUID] | None = member.__dict__.get("_reads_log_of")
    if known is None:
        known = frozenset({member.entity_id})
        if reach_of(member, RIGHT) is Reach.SUBTREE:
            below = EntityPath.objects.filter(ancestor_id=member.entity_id)
            known = frozenset(below.values_list("descendant_id", flat=True))
        member.__dict__["_reads_log_of"] = known
    return known


def entry_for(entry_id: UUID) -> Any:
    """An entry of the companies in scope; raises `Missing`."""
    found = log.entries(log.Wanted()).filter(pk=entry_id).first()
    if found is None:
        raise Missing("entry_missing", "没有这个存证条目，或您的角色看不到它")
    return found


def root_for(member: Member) -> UUID:
    """The group company, in whose log the runs of verification stand, and whatever belongs to no company."""
    return root_of(member.entity_id)


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


def names_in(versions: Iterable[Version]) -> dict[str, str]:
    """Who is meant by the ids of members and users that these versions hold, as far as they are in sight."""
    values = (value for one in versions for change in one.changes for value in (change.old, change.new))
    ids = {UUID(value) for value in values if isinstance(value, str) and _ID.fullmatch(value)}
    if not ids:
        return {}
    members = Member.objects.filter(Q(pk__in=ids) | Q(user_id__in=ids)).select_related("user")
    return {str(key): one.user.name for one in members for key in (one.pk, one.user_id)}


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
