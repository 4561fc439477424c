"""Complaints of many about one thing are tied together, answered together, and keep their own clocks (群体投诉)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.models import Complaint, Group, Step, Tied
from guiju.complaints.services.handling import answer_complaint, locked_complaint, write_to_complainant
from guiju.complaints.services.intake import note_step, one_line, words_for
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

LONGEST_TITLE, MOST = 60, 500


@transaction.atomic
def tie_cases(
    *, complaint_ids: Sequence[UUID], actor: Member, at: datetime, title: str = "", group_id: UUID | None = None
) -> Group:
    """Tie cases of the same cause to a group (归入群体投诉), a new one or one that is there."""
    require(actor, "complaint.handle", on=actor.entity_id)
    act = Act("complaints.tie_cases", actor, at)
    with scope_with(actor.entity_id):
        group = _known(group_id, actor) if group_id else _new(title, len(complaint_ids), actor, act)
        if group.ties.filter(ended_at=None).count() + len(complaint_ids) > MOST:
            raise Refused("too_many", f"一组最多{MOST}件", field="cases")
    for pk in sorted(set(complaint_ids)):
        case = locked_complaint(pk, actor, "complaint.handle", at)
        if case.entity_id != group.entity_id:
            raise Missing("complaint_missing", "没有这件投诉，或您的角色不能办理")
        with scope_with(group.entity_id):
            there = Tied.objects.filter(complaint=case, ended_at=None).select_related("group").first()
            if there is not None and there.group_id == group.pk:
                continue
            if there is not None:
                raise Refused("tied_there", f"{case.number} 已经在“{there.group.title}”里：先移出", field="cases")
            made = Tied(id=new_id(), entity_id=group.entity_id, group=group, complaint=case, made_by=actor, made_at=at)
            made.save(force_insert=True)
            record(act, entity_id=made.entity_id, subject=made)
            note_step(case, Step.Kind.LINKED, act, text=f"归入“{group.title}”", data={"group": str(group.pk)})
    return group


def _new(title: str, count: int, actor: Member, act: Act) -> Group:
    if count < 2:
        raise Refused("too_few", "至少选两件", field="cases")
    words = one_line(title, LONGEST_TITLE, "title", "名称")
    if not words:
        raise Refused("title_empty", "请填写名称，例如：11月批次包装破损", field="title")
    group = Group(id=new_id(), entity_id=actor.entity_id, title=words, made_by=actor, made_at=act.at)
    group.save(force_insert=True)
    record(act, entity_id=group.entity_id, subject=group)
    return group


@transaction.atomic
def untie_case(*, complaint_id: UUID, actor: Member, at: datetime) -> Complaint:
    """Take a case out of its group again (移出群体投诉)."""
    case = locked_complaint(complaint_id, actor, "complaint.handle", at)
    act = Act("complaints.untie_case", actor, at)
    with scope_with(case.entity_id):
        rows = Tied.objects.select_for_update(of=("self",)).select_related("group")
        made = rows.filter(complaint=case, ended_at=None).first()
        if made is None:
            raise Refused("not_tied", "这件投诉不在群体投诉里")
        made.ended_at = at
        made.save(update_fields=["ended_at"])
        record(act, entity_id=made.entity_id, subject=made)
        note_step(case, Step.Kind.LINKED, act, text=f"移出“{made.group.title}”", data={"group": str(made.group_id)})
    return case


@dataclass
class Said:
    """Whom one text went to, and to whom not and why."""

    to: list[Complaint] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


@transaction.atomic
def answer_group(*, group_id: UUID, text: str, is_answer: bool, actor: Member, at: datetime) -> Said:
    """Say one thing in all open cases of a group (群体答复): each has its own step and notice, and keeps its clocks."""
    require(actor, "complaint.handle", on=actor.entity_id)
    words = words_for("text", text, "请写要告诉消费者的话")
    with scope_with(actor.entity_id):
        group = _known(group_id, actor)
        rows = Complaint.objects.filter(ties__group=group, ties__ended_at=None, closed_at=None)
        cases = list(rows.order_by("pk").values_list("pk", "number"))
    if not cases:
        raise Refused("group_done", "这一组没有还在办理的投诉", field="text")
    said, act = Said(), answer_complaint if is_answer else write_to_complainant
    for pk, number in cases:
        try:
            with transaction.atomic():
                said.to.append(act(complaint_id=pk, text=words, actor=actor, at=at))
        except Refused as refused:
            said.left.append((number, refused.sentence))
    if not said.to:
        raise Refused("group_left", f"一件也没有答复：{said.left[0][0]} {said.left[0][1]}", field="text")
    return said


def _known(group_id: UUID, actor: Member) -> Group:
    found = Group.objects.filter(pk=group_id, entity_id=actor.entity_id).first()
    if found is None:
        raise Missing("group_missing", "没有这组投诉，或您的角色看不到它")
    return found
