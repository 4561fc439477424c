"""Reads of holds and disposals, and the question whether something has to stay (保管期限与保全)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.registry import ADDRESSES, HOLDERS, LABELS, TAKEN_IN, Kept, Target
from guiju.database.scope import require_scope
from guiju.evidence.selectors import digest_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import covered_by, reach_of, refusal_of

MOST_DELETIONS = 20


def kept_back(entity_id: UUID, targets: Sequence[Target], *, on: date) -> Mapping[UUID, Kept]:
    """Who of these stays, by a hold before a statute, and why; within the scope of the company."""
    require_scope()
    found: dict[UUID, Kept] = {}
    for holder in HOLDERS.values():
        for subject_id, kept in holder.floor(entity_id, targets, on).items():
            known = found.get(subject_id)
            if known is None or (kept.until or date.max) > (known.until or date.max):
                found[subject_id] = kept
    ids = [target.subject_id for target in targets]
    # What is held back of who was merged into somebody holds them: they go together.
    roots = {pk: {pk} for pk in ids}
    for root, others in taken_in(entity_id, ids).items():
        for pk in others:
            roots.setdefault(pk, set()).add(root)
    for hold in Hold.objects.filter(entity_id=entity_id, subject_id__in=list(roots), lifted_at=None):
        kept = Kept(f"已登记保全（{hold.get_sort_display()}）")
        found |= dict.fromkeys(roots[hold.subject_id], kept)
    return found


def copies_of(entity_id: UUID, targets: Sequence[Target]) -> list[tuple[str, int, str]]:
    """What there is of these now: holder, copies, and why they would stay (预览)."""
    require_scope()
    found = [(one.label, sum(one.count(entity_id, targets).values()), one.keeps) for one in HOLDERS.values()]
    return [line for line in found if line[1]]


def taken_in(entity_id: UUID, subjects: Collection[UUID]) -> Mapping[UUID, set[UUID]]:
    """Whom each of these people stands for besides, because they were merged (合并); within the scope of the company."""
    require_scope()
    found: dict[UUID, set[UUID]] = {}
    for find in TAKEN_IN if subjects else ():
        for pk, others in find(entity_id, subjects).items():
            found.setdefault(pk, set()).update(others)
    return found


def disposals_for(member: Member) -> QuerySet[Disposal]:
    """The register of disposals, the newest first; raises `NotAllowed`."""
    require_scope()
    _require_reading(member)
    found = Disposal.objects.filter(covered_by(member, "archive.read"))
    return found.select_related("entity", "proposed_by", "decided_by").order_by("-proposed_at", "-pk")


def disposal_for(member: Member, disposal_id: UUID) -> Disposal:
    found = disposals_for(member).filter(pk=disposal_id).first()
    if found is None:
        raise Missing("disposal_missing", "没有这份销毁登记，或您的角色看不到它")
    return found


def holds_for(member: Member) -> QuerySet[Hold]:
    """The holds of the member's own company, those in force first; raises `NotAllowed`."""
    require_scope()
    _require_reading(member)
    found = Hold.objects.filter(entity_id=member.entity_id).select_related("placed_by", "lifted_by")
    # PostgreSQL puts nulls first in a falling order: what is in force comes before what has ended.
    return found.order_by("-lifted_at", "-placed_at", "-pk")


def _require_reading(member: Member) -> None:
    if reach_of(member, "archive.read") is None:
        raise refusal_of("archive.read")


def items_of(member: Member, disposal: Disposal) -> QuerySet[DisposalItem]:
    """Whose data it was: for the company itself, whatever the register shows to those above it."""
    require_scope()
    rows = DisposalItem.objects.filter(disposal=disposal, entity_id=member.entity_id)
    return rows.order_by("pk")


def item_for(member: Member, item_id: UUID) -> DisposalItem:
    found = DisposalItem.objects.filter(pk=item_id, state=DisposalItem.State.DESTROYED).first()
    if found is None:
        raise Missing("item_missing", "没有这一项，或还没有销毁")
    disposal_for(member, found.disposal_id)
    return found


def counts_in_words(disposal: Disposal) -> list[tuple[str, int]]:
    """How many copies went from where."""
    return [(HOLDERS[code].label if code in HOLDERS else code, count) for code, count in disposal.counts.items()]


def field_labels(entity_id: UUID, names: Sequence[str]) -> list[str]:
    """What fields (record.code) are called; what nobody knows keeps its code."""
    known = {name: label for labels in LABELS for name, label in labels(entity_id).items()}
    return [known.get(name, name) for name in names]


def addresses_of(items: Sequence[DisposalItem]) -> Mapping[UUID, str]:
    """Where to look at whom a disposal is about, as long as there is something to see."""
    waiting = [one for one in items if one.state != DisposalItem.State.DESTROYED]
    ids = [one.subject_id for one in waiting]
    return {
        pk: address
        for find in ADDRESSES
        for pk, address in (find(waiting[0].entity_id, ids).items() if waiting else ())
    }


def address_of(entity_id: UUID, subject_id: UUID) -> str:
    """Where to look at one person; nothing where there is nothing to see."""
    return next((one[subject_id] for find in ADDRESSES if subject_id in (one := find(entity_id, [subject_id]))), "")


@dataclass(frozen=True)
class Deletion:
    """What was deleted of somebody, as they are told: which fields, when, and which entry proves it."""

    at: datetime
    fields: list[str]
    entry_id: UUID | None


def deletions_of(entity_id: UUID, subjects: Iterable[UUID]) -> list[Deletion]:
    """What was deleted of these people, the newest first; within the scope of the company."""
    require_scope()
    rows = DisposalItem.objects.filter(entity_id=entity_id, subject_id__in=set(subjects))
    done = rows.filter(state=DisposalItem.State.DESTROYED, disposal__decided_at__isnull=False)
    found = []
    for item in done.select_related("disposal").order_by("-disposal__decided_at", "-pk")[:MOST_DELETIONS]:
        at, entry = item.disposal.done_at or item.disposal.decided_at, digest_of(item)
        assert at is not None
        found.append(Deletion(at, field_labels(entity_id, item.fields), entry[0] if entry else None))
    return found
