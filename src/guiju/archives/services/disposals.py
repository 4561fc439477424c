"""The one door of deletion: proposed by one person, decided by another, carried out in all copies (销毁).

个人信息保护法 第四十七条: what a statute keeps longer, and what is held back for a dispute, stays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.registry import AFTERWARDS, HOLDERS, LOCKS, STORED, Destroyed, Holder, Kept, Target
from guiju.archives.selectors import kept_back
from guiju.archives.services.holds import reason_of
from guiju.database.bulk import insert_rows, update_rows
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, erase_values, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import group_root, require
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval, decide_approval

KIND = "archives.disposal"
AT_A_TIME = 1000
"""Items of one transaction; more are carried out by the worker, batch after batch."""

MOST = 1_000_000
_Thing = TypeVar("_Thing")
_FIELD = re.compile(r"[a-z_]{1,30}\.[a-z][a-z0-9_]{0,60}")
_WAITING = (Disposal.State.OPEN, Disposal.State.ALLOWED)


@transaction.atomic
def propose_disposal(
    *, entity_id: UUID, targets: Iterable[Target], basis: str, reason: str, actor: Member, at: datetime
) -> Disposal:
    """Propose that something is destroyed in all copies (提出销毁); another person decides.

    Raises `Refused` where nothing is left once what is held back, or kept by a statute, has been put aside.
    """
    require(actor, "archive.propose", on=entity_id)
    if basis not in Disposal.Basis.values:
        raise Refused("basis_unknown", f"依据可填：{'、'.join(Disposal.Basis.labels)}", field="basis")
    reason = reason_of(reason)
    wanted = _merged(targets)
    if not wanted:
        raise Refused("nothing_chosen", "没有要销毁的内容")
    if odd := next((name for one in wanted for name in one.fields if not _FIELD.fullmatch(name)), None):
        raise Refused("field_missing", f"字段写成“对象.代码”，例如 person.phone：没有“{odd[:40]}”", field="fields")
    if len(wanted) > MOST:
        raise Refused("things_many", f"一次最多{MOST}项：请分几次提出")
    with scope_with(entity_id):
        made = Disposal(
            id=new_id(),
            entity_id=entity_id,
            basis=basis,
            reason=reason,
            state=Disposal.State.OPEN,
            things=len(wanted),
            proposed_by=actor.user,
            proposed_at=at,
        )
        _refuse_merged(entity_id, wanted)
        wanted = _but_for_floors(entity_id, wanted, Act("archives.propose_disposal", actor, at))
        items = [_item(made, target) for target in wanted]
        _refuse_what_waits(entity_id, wanted)
        refused = _all_kept(entity_id, wanted, at)
        if refused is not None:
            raise Refused("held_back", f"不能销毁：{refused.sentence()}")
        made.save(force_insert=True)
        act = Act("archives.propose_disposal", actor, at)
        with one_entry(act, about=made):
            for some in _batches(items):
                insert_rows(some)
                for item in some:
                    record(act, entity_id=entity_id, subject=item)
            record(act, entity_id=entity_id, subject=made)
        ask_approval(
            kind=KIND,
            subject_id=made.pk,
            entity_id=entity_id,
            title=f"销毁{len(items)}项：{made.get_basis_display()}",
            reason=reason,
            actor=actor,
            at=at,
        )
    return made


def _merged(targets: Iterable[Target]) -> list[Target]:
    """One target a person; everything swallows single fields."""
    found: dict[UUID, set[str] | None] = {}
    for target in targets:
        fields = found.setdefault(target.subject_id, set())
        if not target.fields or fields is None:
            found[target.subject_id] = None
        else:
            fields.update(target.fields)
    return [Target(pk, tuple(sorted(fields or ()))) for pk, fields in found.items()]


def _but_for_floors(entity_id: UUID, wanted: Sequence[Target], act: Act) -> list[Target]:
    """The same where of some a statute keeps a part: that is stored and nothing else, and the rest goes."""
    found = []
    for some in _batches(wanted):
        kept = kept_back(entity_id, some, on=day_of(act.at))
        but = {pk: one.but for pk, one in kept.items() if one.but}
        for store in STORED if but else ():
            store(entity_id, [one for one in some if one.subject_id in but], act)
        found += [Target(one.subject_id, but[one.subject_id]) if one.subject_id in but else one for one in some]
    return found


def _item(disposal: Disposal, target: Target) -> DisposalItem:
    return DisposalItem(
        id=new_id(),
        entity_id=disposal.entity_id,
        disposal=disposal,
        subject_id=target.subject_id,
        fields=list(target.fields),
        state=DisposalItem.State.WAITING,
    )


def _refuse_merged(entity_id: UUID, wanted: Sequence[Target]) -> None:
    """Lock whom it is about, and raise `Refused` for who has become one with somebody else meanwhile."""
    for lock in LOCKS:
        for some in _batches(sorted(wanted, key=lambda one: one.subject_id)):
            if lock(entity_id, [one.subject_id for one in some]):
                raise Refused("merged_meanwhile", "其中有已经与另一位合并的客户：请在合并后的客户那里提出")


def _refuse_what_waits(entity_id: UUID, wanted: Sequence[Target]) -> None:
    """Raise `Refused` where the same is proposed already."""
    for some in _batches(wanted):
        waiting = DisposalItem.objects.filter(
            entity_id=entity_id,
            subject_id__in=[one.subject_id for one in some],
            state=DisposalItem.State.WAITING,
            disposal__state__in=_WAITING,
        )
        known = {(item.subject_id, tuple(item.fields)) for item in waiting}
        if any((one.subject_id, one.fields) in known or (one.subject_id, ()) in known for one in some):
            raise Refused("proposed_already", "其中有已经提出销毁、正在等待审批的：请先办完那一份")


def _all_kept(entity_id: UUID, wanted: Sequence[Target], at: datetime) -> Kept | None:
    """Why all of it stays; None as soon as something may go."""
    found: Kept | None = None
    for some in _batches(wanted):
        kept = kept_back(entity_id, some, on=day_of(at))
        if any(one.subject_id not in kept for one in some):
            return None
        found = found or kept[some[0].subject_id]
    return found


@transaction.atomic
def decide_disposal(*, disposal_id: UUID, allows: bool, note: str, actor: Member, at: datetime) -> Disposal:
    """Say yes or no to a disposal that somebody else proposed (审批销毁): the same as under 待办."""
    approval = Approval.objects.filter(kind=KIND, subject_id=disposal_id).first()
    if approval is None:
        raise Missing("disposal_missing", "没有这份销毁登记，或您的角色看不到它")
    decide_approval(approval_id=approval.pk, allows=allows, note=note, actor=actor, at=at)
    return Disposal.objects.get(pk=disposal_id)


def allow_disposal(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when another person allowed it: at once where it is one batch, else by the worker."""
    with scope_with(approval.entity_id):
        found = Disposal.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
        found.state, found.decided_by, found.decided_at = Disposal.State.ALLOWED, actor.user, at
        found.save(update_fields=["state", "decided_by", "decided_at"])
        record(Act("archives.allow_disposal", actor, at), entity_id=found.entity_id, subject=found)
        if found.things <= AT_A_TIME:
            _carry_out(found, Act("archives.carry_out_disposal", actor, at))


def refuse_disposal(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when nobody allowed it: everything stays as it is."""
    with scope_with(approval.entity_id):
        found = Disposal.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
        found.state = Disposal.State.REFUSED
        found.save(update_fields=["state"])
        record(Act("archives.refuse_disposal", actor, at), entity_id=found.entity_id, subject=found)


@transaction.atomic
def carry_out_disposal(*, disposal_id: UUID, at: datetime) -> Disposal:
    """Destroy the next batch of what two people decided (执行销毁); does nothing once all is done."""
    found = Disposal.objects.select_for_update(of=("self",)).filter(pk=disposal_id).first()
    if found is None:
        raise Missing("disposal_missing", "没有这份销毁登记，或您的角色看不到它")
    if found.state in (Disposal.State.OPEN, Disposal.State.REFUSED):
        raise Refused("not_decided", "还没有另一个人同意，不能销毁")
    if found.state == Disposal.State.ALLOWED:
        with scope_with(found.entity_id):
            _carry_out(found, Act("archives.carry_out_disposal", None, at))
    return found


def carry_out_allowed(*, at: datetime) -> int:
    """Carry out what is allowed and not done, in all companies, each batch in its own transaction; returns the batches."""
    count = 0
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        waiting = list(Disposal.objects.filter(state=Disposal.State.ALLOWED).values_list("pk", "entity_id"))
    for disposal_id, entity_id in waiting:
        state = Disposal.State.ALLOWED
        while state == Disposal.State.ALLOWED:
            with scope(entities={entity_id}):
                state = Disposal.State(carry_out_disposal(disposal_id=disposal_id, at=at).state)
            count += 1
    return count


def _carry_out(disposal: Disposal, act: Act) -> None:
    """One batch: what is held back now stays, the rest goes."""
    waiting = DisposalItem.objects.select_for_update(of=("self",)).filter(
        disposal=disposal, state=DisposalItem.State.WAITING
    )
    items = list(waiting.order_by("pk")[:AT_A_TIME])
    held = kept_back(disposal.entity_id, [_target(item) for item in items], on=day_of(act.at))
    destroy_items(disposal, items, held, act)


def destroy_items(disposal: Disposal, items: Sequence[DisposalItem], held: Mapping[UUID, Kept], act: Act) -> None:
    """Take items out of every holder and every version in the log, but for what is held back; two people decided."""
    entity_id = disposal.entity_id
    going = [_target(item) for item in items if item.subject_id not in held]
    counts, kept = Counter(disposal.counts), Counter({one["why"]: one["count"] for one in disposal.kept})
    whole = Destroyed()
    with one_entry(act, about=disposal):
        for holder in HOLDERS.values():
            mine, staying = _of_holder(holder, going)
            if staying:
                kept[holder.keeps] += sum(holder.count(entity_id, staying).values())
            gone = holder.destroy(entity_id, mine, act) if holder.destroy and mine else Destroyed()
            counts[holder.code] += sum(gone.copies.values())
            for subject_id, copies in gone.copies.items():
                whole.copies[subject_id] = whole.copies.get(subject_id, 0) + copies
            for key, codes in gone.versions.items():
                whole.versions[key] = whole.versions.get(key, frozenset()) | codes
        for item in items:
            _settle(item, held.get(item.subject_id), whole.copies)
            kept[item.why] += 1 if item.why else 0
            record(act, entity_id=entity_id, subject=item)
        update_rows(items, ["state", "copies", "why"])
        for follow in AFTERWARDS:
            follow(disposal, items, act)
        disposal.counts = {code: count for code, count in counts.items() if count}
        disposal.kept = [{"why": why, "count": count} for why, count in kept.items() if count]
        if not DisposalItem.objects.filter(disposal=disposal, state=DisposalItem.State.WAITING).exists():
            disposal.state, disposal.done_at = Disposal.State.DONE, act.at
        disposal.save(update_fields=["counts", "kept", "state", "done_at"])
        record(act, entity_id=entity_id, subject=disposal)
    # Only now do the versions stand in the log that no longer hold what goes.
    erase_values(whole.versions, entity_id=entity_id, ground_id=disposal.pk, act=act)


def _of_holder(holder: Holder, going: Sequence[Target]) -> tuple[list[Target], list[Target]]:
    """What of this goes out of a holder, and what stays there and is counted."""
    if holder.apart:
        return [one for one in going if holder.apart in one.fields], [one for one in going if not one.fields]
    apart = {other.apart for other in HOLDERS.values() if other.apart}
    mine = [one for one in going if not one.fields or not apart.issuperset(one.fields)]
    return (mine, []) if holder.destroy else ([], mine)


def _target(item: DisposalItem) -> Target:
    return Target(item.subject_id, tuple(item.fields))


def _settle(item: DisposalItem, held: Kept | None, copies: Mapping[UUID, int]) -> None:
    item.state = DisposalItem.State.KEPT if held else DisposalItem.State.DESTROYED
    item.why = held.sentence()[:200] if held else ""
    item.copies = 0 if held else copies.get(item.subject_id, 0)


def _batches(things: Sequence[_Thing]) -> Iterator[list[_Thing]]:
    rest = iter(things)
    while some := list(islice(rest, AT_A_TIME)):
        yield some
