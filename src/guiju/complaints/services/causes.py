"""Why somebody complains is put down, and companies name causes of their own (投诉的原因)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.models import CompanyCause, Complaint, Step
from guiju.complaints.selectors.causes import tree_of
from guiju.complaints.services.handling import locked_complaint
from guiju.complaints.services.intake import note_step
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.causes import Tree
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.permissions import require

LONGEST_LABEL, LONGEST_WORD, MOST_WORDS, MOST_OWN = 20, 20, 50, 200


@transaction.atomic
def confirm_cause(*, complaint_id: UUID, cause: str, actor: Member, at: datetime) -> Complaint:
    """Say why somebody complains (确定投诉原因): what was proposed, or another; a change leaves its step."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at)
    with scope_with(found.entity_id):
        tree = tree_of(Entity.objects.get(pk=found.entity_id))
        chosen = tree.by_code.get(cause)
        if chosen is None or not chosen.parent or not chosen.is_offered:
            raise Refused("cause_unknown", "请从列表里选一个原因", field="cause")
        if found.is_cause_confirmed and found.cause == cause:
            return found
        act = Act("complaints.confirm_cause", actor, at)
        was, found.cause = found.cause, cause
        data = {"cause": cause, "was": was, "was_confirmed": found.is_cause_confirmed}
        found.is_cause_confirmed, found.is_unweighed = True, True
        words = tree.label(cause)
        if was and was != cause:
            words = f"{words}（原来是：{tree.label(was)}）"
        note_step(found, Step.Kind.CAUSED, act, text=words, data=data)
        found.save(update_fields=["cause", "is_cause_confirmed", "is_unweighed"])
    return found


@dataclass(frozen=True)
class NewCause:
    """A cause of a company's own: below which branch, what it is called, which words propose it."""

    parent: str
    label: str
    words: Sequence[str] = ()
    is_safety: bool = False


@transaction.atomic
def add_cause(*, wanted: NewCause, actor: Member, at: datetime) -> CompanyCause:
    """Name a cause of one's own below a branch (新建投诉原因)."""
    company = actor.entity
    require(actor, "complaint.set_up", on=company.pk)
    with scope_with(company.pk):
        tree = tree_of(company)
        label, words = _checked(wanted, tree)
        own = CompanyCause.objects.filter(entity_id=company.pk).exclude(label="")
        if own.filter(retired_at=None).count() >= MOST_OWN:
            raise Refused("causes_many", f"自己的原因最多{MOST_OWN}个：请先停用不用的", field="label")
        row = CompanyCause(
            id=new_id(),
            entity=company,
            code=f"own.{new_id().hex[-12:]}",
            parent=wanted.parent,
            label=label,
            words=words,
            is_safety=wanted.is_safety,
            made_at=at,
        )
        row.save(force_insert=True)
        record(Act("complaints.add_cause", actor, at), entity_id=company.pk, subject=row)
    return row


def _checked(wanted: NewCause, tree: Tree) -> tuple[str, list[str]]:
    branch = tree.by_code.get(wanted.parent)
    if branch is None or branch.parent:
        raise Refused("branch_unknown", "请选择放在哪一类下面", field="parent")
    label = " ".join(wanted.label.split())
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise Refused("cause_label", f"原因要有1到{LONGEST_LABEL}个字", field="label")
    if any(one.label == label for one in tree.leaves):
        raise Refused("cause_twice", f"已经有“{label}”这个原因", field="label")
    words = list(dict.fromkeys(filter(None, (one.strip() for one in wanted.words))))
    if len(words) > MOST_WORDS:
        raise Refused("words_many", f"提示的词最多{MOST_WORDS}个", field="words")
    long = next((one for one in words if len(one) > LONGEST_WORD or not one.isprintable()), None)
    if long is not None:
        raise Refused("word_long", f"“{long[:LONGEST_WORD]}…”太长：一个词最多{LONGEST_WORD}个字", field="words")
    return label, words


@transaction.atomic
def retire_cause(*, code: str, actor: Member, at: datetime) -> CompanyCause:
    """Offer a cause of one's own no more (停用投诉原因): where it was chosen it stays."""
    require(actor, "complaint.set_up", on=actor.entity_id)
    with scope_with(actor.entity_id):
        rows = CompanyCause.objects.select_for_update(of=("self",)).filter(entity_id=actor.entity_id)
        row = rows.filter(code=code).exclude(label="").first()
        if row is None:
            raise Missing("cause_missing", "没有这个自己的原因：随程序提供的不能停用")
        if row.retired_at is None:
            row.retired_at = at
            row.save(update_fields=["retired_at"])
            record(Act("complaints.retire_cause", actor, at), entity_id=actor.entity_id, subject=row)
    return row


@transaction.atomic
def set_department(*, code: str, department_id: UUID | None, actor: Member, at: datetime) -> CompanyCause:
    """Say which department answers for a cause, or for all below a branch (设定负责的部门)."""
    company = actor.entity
    require(actor, "complaint.set_up", on=company.pk)
    with scope_with(company.pk):
        if code not in tree_of(company).by_code:
            raise Refused("cause_unknown", "请从列表里选一个原因", field="code")
        department = None
        if department_id is not None:
            rows = Department.objects.filter(entity_id=company.pk, closed_at=None)
            department = rows.filter(pk=department_id).first()
            if department is None:
                raise Refused("department_unknown", "请选择本公司的部门", field="department")
        row = CompanyCause.objects.select_for_update(of=("self",)).filter(entity_id=company.pk, code=code).first()
        is_new = row is None
        row = row or CompanyCause(id=new_id(), entity=company, code=code, made_at=at)
        row.department = department
        row.save(force_insert=is_new)
        record(Act("complaints.set_department", actor, at), entity_id=company.pk, subject=row)
    return row
