"""Fields enter the catalogue, change, are assessed, taken into use and out of it (字段台账)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.rules.columns import Column
from guiju.kernel.rules.facts import gate
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.services.assessing import answers_of
from guiju.privacy.fields import Field
from guiju.privacy.models import Assessment, CatalogueField
from guiju.privacy.registry import HOLDS, RECORDS, RecordKind
from guiju.privacy.selectors.catalogue import field_of, fields_of, row_of
from guiju.privacy.services.floors import require_long_enough
from guiju.privacy.terms import Basis, ConsentKind, FieldState, Grade, Sort
from guiju.rulebook import classifier, rules_at
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval

KIND = "privacy.assessment"
LONGEST_LABEL, LONGEST_NOTE, MOST_CHOICES = 40, 200, 100
LONGEST_RETENTION = 600
WAIT_SECONDS = 5
VISIBILITIES = {"clear": "明文", "masked": "脱敏", "hidden": "不显示"}
_VISIBLE = ("hidden", "masked", "clear")


@dataclass(frozen=True)
class FieldDetails:
    """What a company decides about a field; `samples` are values that show what is meant, and are not kept."""

    label: str
    sort: str = "text"
    choices: Sequence[str] = ()
    grade: str = ""
    uses: Mapping[str, str] = field(default_factory=dict)
    consent: str = "none"
    visibility: str = ""
    retention: int | None = None
    may_leave: bool = False
    note: str = ""
    samples: Sequence[str] = ()


@dataclass(frozen=True)
class Proposal:
    """What the fields check takes a field for (字段检查的意见)."""

    category: str
    grade: Grade
    why: str
    law: str

    def kept(self) -> dict[str, Any]:
        return {"category": self.category, "grade": str(self.grade), "why": self.why, "law": self.law}


def proposal_for(kind: RecordKind, details: FieldDetails, *, at: datetime) -> Proposal:
    """Classify a field by its label, and by values that were given as examples."""
    is_about_person = kind.is_about_person
    column = Column(details.label, details.label, kind.label, tuple(details.samples))
    verdict = classifier().classify(column, on=day_of(at))
    found = verdict.findings[0] if verdict.findings else None
    if verdict.sensitive:
        grade = Grade.SENSITIVE
    elif verdict.category == "important_data" and not is_about_person:
        grade = Grade.IMPORTANT
    else:
        grade = Grade.GENERAL
    return Proposal(
        verdict.category,
        grade,
        f"{found.message}（依据：{found.evidence}）" if found else "没有认出已知的个人信息类别，按一般个人信息登记",
        f"《{found.law}》{found.article}" if found else "",
    )


def checked(details: FieldDetails) -> tuple[FieldDetails, list[Problem]]:
    """The details in standard spelling, and everything that is wrong with their shape."""
    problems = []
    label, note = " ".join(details.label.split()), " ".join(details.note.split())
    choices = [" ".join(one.split()) for one in details.choices if one.strip()]
    if not label:
        problems.append(Problem("label_empty", "请填写字段名称", "label"))
    elif len(label) > LONGEST_LABEL or not label.isprintable():
        problems.append(Problem("label_long", f"字段名称最多{LONGEST_LABEL}个字，不能有控制字符", "label"))
    if details.sort not in list(Sort):
        problems.append(Problem("sort_unknown", f"类型可填：{'、'.join(one.label for one in Sort)}", "sort"))
    elif details.sort == Sort.CHOICE and len(set(choices)) < 2:
        problems.append(Problem("choices_few", "选项至少写两个，不能重复", "choices"))
    if len(choices) > MOST_CHOICES or len(set(choices)) < len(choices):
        problems.append(Problem("choices_many", f"选项最多{MOST_CHOICES}个，不能重复", "choices"))
    if details.grade and details.grade not in list(Grade):
        problems.append(Problem("grade_unknown", f"分类可填：{'、'.join(one.label for one in Grade)}", "grade"))
    if set(details.uses) - PURPOSES.keys() or set(details.uses.values()) - set(Basis):
        problems.append(Problem("uses_unknown", "目的或合法性基础不在可选的范围内", "uses"))
    if details.consent not in list(ConsentKind):
        problems.append(
            Problem("consent_unknown", f"同意方式可填：{'、'.join(one.label for one in ConsentKind)}", "consent")
        )
    if details.visibility and details.visibility not in VISIBILITIES:
        problems.append(
            Problem("visibility_unknown", f"默认显示可填：{'、'.join(VISIBILITIES.values())}", "visibility")
        )
    if details.retention is not None and not 0 <= details.retention <= LONGEST_RETENTION:
        problems.append(Problem("retention_range", f"保存期限是0到{LONGEST_RETENTION}个月", "retention"))
    if len(note) > LONGEST_NOTE:
        problems.append(Problem("note_long", f"说明最多{LONGEST_NOTE}个字", "note"))
    return (
        FieldDetails(
            label,
            details.sort,
            choices,
            details.grade,
            dict(details.uses),
            details.consent,
            details.visibility,
            details.retention,
            details.may_leave,
            note,
            tuple(details.samples),
        ),
        problems,
    )


@transaction.atomic
def propose_field(
    *, entity_id: UUID, record_kind: str, details: FieldDetails, actor: Member, at: datetime
) -> CatalogueField:
    """Enter a field of one's own into the catalogue (登记字段): a draft that takes no values yet.

    The fields check says what it takes it for; a grade below that is refused.
    """
    require(actor, "catalogue.change", on=entity_id)
    known = RECORDS.get(record_kind)
    if known is None or not known.takes_more:
        raise Missing("record_missing", "没有这种对象，或者它没有另外的字段", field="record")
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    _hold(entity_id)
    with scope_with(entity_id):
        taken = fields_of(entity_id, record_kind).values()
        if any(one.label == details.label and one.state is not FieldState.RETIRED for one in taken):
            raise _label_taken(details.label)
        proposal = proposal_for(known, details, at=at)
        row = CatalogueField(
            id=new_id(),
            entity_id=entity_id,
            record=record_kind,
            code=_next_code(entity_id, record_kind),
            state=FieldState.DRAFT,
            proposal=proposal.kept(),
            made_by=actor.user,
            made_at=at,
        )
        _take(row, details, proposal, at)
        if row.retention is not None:
            require_long_enough(field_of(row), on=day_of(at), entity_id=entity_id)
        return _written(row, Act("privacy.propose_field", actor, at))


@transaction.atomic
def change_field(
    *, entity_id: UUID, record_kind: str, code: str, details: FieldDetails, actor: Member, at: datetime
) -> CatalogueField:
    """Change what is decided about a field (修改字段). What widens it (grade, purposes, consent, period) goes back to draft.

    A built-in field keeps its name and type.
    """
    require(actor, "catalogue.change", on=entity_id)
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    _hold(entity_id)
    with scope_with(entity_id):
        row = _row_for(entity_id, record_kind, code, actor, at)
        before = field_of(row)
        if row.is_built_in and (details.label, details.sort) != (row.label, row.sort):
            raise Refused("built_in", "随程序提供的字段，名称和类型不能改", field="label")
        if before.sort != details.sort and before.state is not FieldState.DRAFT:
            raise Refused("sort_in_use", "启用过的字段，类型不能改：请停用它，另登记一个", field="sort")
        kind = RECORDS[record_kind]
        if kind.own_purpose and kind.own_purpose not in details.uses:
            why = f"{kind.label}就是为{PURPOSES[kind.own_purpose]}记的，这个目的不能去掉"
            raise Refused("own_purpose", why, field=f"use_{kind.own_purpose}")
        if kind.goes_along and details.retention is not None and _is_longer(before.retention, details.retention):
            why = f"{kind.label}随客户的其他信息一起删除，不能单独定更短的期限"
            raise Refused("retention_along", why, field="retention")
        proposal = proposal_for(kind, details, at=at)
        row.proposal = proposal.kept()
        _take(row, details, proposal, at)
        if row.retention is not None or row.state == FieldState.ACTIVE:
            require_long_enough(field_of(row), on=day_of(at), entity_id=entity_id)
        if row.state in (FieldState.ACTIVE, FieldState.HELD) and _is_wider(field_of(row), before):
            row.state, row.held_because = FieldState.DRAFT, ""
        return _written(row, Act("privacy.change_field", actor, at))


def _is_wider(now: Field, before: Field) -> bool:
    """Whether a change asks for a new look: other purposes or bases, another grade, less consent, more to see, longer."""
    return (
        not dict(now.uses).items() <= dict(before.uses).items()
        or now.grade is not before.grade
        or (before.asks_separately and not now.asks_separately)
        or (now.may_leave and not before.may_leave)
        or _VISIBLE.index(now.visibility) > _VISIBLE.index(before.visibility)
        or _is_longer(now.retention, before.retention)
    )


def _is_longer(now: int | None, before: int | None) -> bool:
    """Whether a value is kept longer; without a number it is for as long as a statute says, or for ever."""
    return before is not None and (now is None or now > before)


@transaction.atomic
def activate_field(*, entity_id: UUID, record_kind: str, code: str, actor: Member, at: datetime) -> CatalogueField:
    """Take a field into use (启用字段): the gate asks purposes, consent, retention and, where the law wants one (sensitive, or given abroad), the assessment.

    What a filing holds back is held until the amendment is filed.
    """
    require(actor, "catalogue.change", on=entity_id)
    _hold(entity_id)
    with scope_with(entity_id):
        row = _row_for(entity_id, record_kind, code, actor, at)
        if row.state == FieldState.ACTIVE:
            raise Refused("field_active", "这个字段已经启用")
        found = field_of(row)
        is_sensitive = found.is_sensitive or row.proposal.get("grade") == Grade.SENSITIVE
        grounds = gate(
            rules_at("privacy.activate_field"),
            {
                "is_sensitive": is_sensitive,
                "is_assessed": is_assessed(row),
                "may_leave": found.is_personal and found.may_leave,
                "rests_on_law": found.rests_on_law,
                "asks_separately": found.asks_separately or not found.is_sensitive,
                "is_personal": found.is_personal,
                "has_retention": found.retention is not None,
                "has_purpose": bool(found.uses),
                "markets_unasked": found.is_personal and found.uses.get("marketing", Basis.CONSENT) != Basis.CONSENT,
            },
            on=day_of(at),
        )
        grounds += require_long_enough(found, on=day_of(at), entity_id=entity_id)
        reason = next((words for asked in HOLDS if (words := asked(entity_id, found))), "")
        row.state = FieldState.HELD if reason else FieldState.ACTIVE
        row.held_because, row.changed_at = reason[:200], at
        return _written(row, Act("privacy.activate_field", actor, at, grounds))


def is_assessed(row: CatalogueField) -> bool:
    """Whether an assessment of the field as it is now was allowed."""
    last = Assessment.objects.filter(field_id=row.pk).order_by("-made_at").first()
    return last is not None and last.state == Assessment.State.ALLOWED and last.made_at >= row.changed_at


@transaction.atomic
def retire_field(
    *, entity_id: UUID, record_kind: str, code: str, reason: str, actor: Member, at: datetime
) -> CatalogueField:
    """Take a field out of use (停用字段): nothing more comes in, what is there is used for nothing."""
    require(actor, "catalogue.change", on=entity_id)
    reason = " ".join(reason.split())[:LONGEST_NOTE]
    if not reason:
        raise Refused("reason_empty", "请写明停用的原因", field="reason")
    _hold(entity_id)
    with scope_with(entity_id):
        row = _row_for(entity_id, record_kind, code, actor, at)
        if row.state == FieldState.RETIRED:
            raise Refused("field_retired", "这个字段已经停用")
        if code in RECORDS[record_kind].needed:
            raise Refused("field_needed", f"{row.label}是这种记录必需的，不能停用")
        row.state, row.changed_at = FieldState.RETIRED, at
        return _written(row, Act("privacy.retire_field", actor, at, (), reason))


@transaction.atomic
def assess_field(
    *,
    entity_id: UUID,
    record_kind: str,
    code: str,
    necessity: str,
    impact: str,
    measures: str,
    actor: Member,
    at: datetime,
) -> Assessment:
    """Write the impact assessment of a field and ask another person to decide on it (个人信息保护影响评估, 个人信息保护法 第五十五条)."""
    require(actor, "catalogue.assess", on=entity_id)
    answers = answers_of(necessity=necessity, impact=impact, measures=measures)
    if problems := answers.problems():
        raise Refused.because(problems)
    _hold(entity_id)
    with scope_with(entity_id):
        row = _row_for(entity_id, record_kind, code, actor, at)
        if Assessment.objects.filter(field_id=row.pk, state=Assessment.State.OPEN).exists():
            raise Refused("assessment_open", "这个字段的影响评估正在等待审批")
        act = Act("privacy.assess_field", actor, at)
        if row._state.adding:
            _written(row, act)
        made = Assessment(
            id=new_id(),
            entity_id=entity_id,
            field=row,
            state=Assessment.State.OPEN,
            made_by=actor.user,
            made_at=at,
            **asdict(answers),
        )
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
        ask_approval(
            kind=KIND,
            subject_id=made.pk,
            entity_id=entity_id,
            title=f"个人信息保护影响评估：{RECORDS[record_kind].label}的“{row.label}”",
            reason=answers.necessity,
            actor=actor,
            at=at,
        )
    return made


def allow_assessment(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when another person allowed it; the field is taken into use by who looks after it."""
    _decide(approval, Assessment.State.ALLOWED, Act("privacy.allow_assessment", actor, at))


def refuse_assessment(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when nobody allowed it."""
    _decide(approval, Assessment.State.REFUSED, Act("privacy.refuse_assessment", actor, at))


def _decide(approval: Approval, state: Assessment.State, act: Act) -> None:
    with scope_with(approval.entity_id):
        found = Assessment.objects.select_for_update().get(pk=approval.subject_id)
        found.state, found.decided_at = state, act.at
        found.save(update_fields=["state", "decided_at"])
        record(act, entity_id=found.entity_id, subject=found)


def _hold(entity_id: UUID) -> None:
    """One after the other: two that touch a built-in field for the first time would both write its row."""
    hold(f"privacy.catalogue/{entity_id}", seconds=WAIT_SECONDS, busy="正在修改字段台账：请稍候再试")


def _next_code(entity_id: UUID, record_kind: str) -> str:
    taken = fields_of(entity_id, record_kind)
    number = len(taken) + 1
    while f"x{number}" in taken:
        number += 1
    return f"x{number}"


def _row_for(entity_id: UUID, record_kind: str, code: str, actor: Member, at: datetime) -> CatalogueField:
    """The company's row of a field, locked; a built-in one gets its first row here, not yet written."""
    found = fields_of(entity_id, record_kind).get(code) if record_kind in RECORDS else None
    if found is None:
        raise Missing("field_missing", "字段台账里没有这一项")
    row = row_of(entity_id, found)
    if row is not None:
        return CatalogueField.objects.select_for_update().get(pk=row.pk)
    row = CatalogueField(
        id=new_id(),
        entity_id=entity_id,
        record=record_kind,
        code=code,
        label=found.label,
        sort=found.sort,
        choices=found.choices,
        grade=found.grade,
        category=found.category,
        uses=dict(found.uses),
        consent=found.consent,
        visibility=found.visibility,
        retention=found.retention,
        may_leave=found.may_leave,
        is_sealed=found.is_sealed,
        is_built_in=True,
        state=found.state,
        note=found.note,
        made_by=actor.user,
        made_at=at,
        changed_at=at,
    )
    return row


_SEALED = frozenset({"phone", "email", "address", "wechat", "id_card", "identity_number", "bank_card"})
"""Categories, and kinds of values, that lie in ciphertext whatever their grade: by them people are reached."""


def _take(row: CatalogueField, details: FieldDetails, proposal: Proposal, at: datetime) -> None:
    """Put the details into a row; raises `Refused` for a grade below what the check says."""
    grade = Grade(details.grade) if details.grade else proposal.grade
    if RECORDS[row.record].is_about_person and grade in (Grade.IMPORTANT, Grade.BUSINESS):
        why = "这种记录写的是个人，每个字段都是个人信息：分类只能是一般或者敏感（个人信息保护法第四条）"
        raise Refused("grade_of_person", why, field="grade")
    if proposal.grade is Grade.SENSITIVE and grade is not Grade.SENSITIVE:
        raise Refused("grade_low", f"字段检查认为它是敏感个人信息：{proposal.why} {proposal.law}", field="grade")
    row.label, row.sort, row.note = details.label, details.sort, details.note
    row.choices = row.choices if row.is_built_in else {one: one for one in details.choices}
    row.grade, row.category = grade, row.category if row.is_built_in else proposal.category
    row.uses, row.consent, row.retention = dict(details.uses), details.consent, details.retention
    row.visibility = details.visibility or ("masked" if grade in (Grade.SENSITIVE, Grade.IMPORTANT) else "clear")
    row.may_leave, row.changed_at = details.may_leave, at
    if not row.is_built_in:
        # Once sealed it stays so: what lies there already would be opened otherwise.
        row.is_sealed = not row._state.adding and row.is_sealed
        row.is_sealed |= grade in (Grade.SENSITIVE, Grade.IMPORTANT) or row.category in _SEALED or row.sort in _SEALED


def _written(row: CatalogueField, act: Act) -> CatalogueField:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as failure:
        if "catalogue_label" not in str(failure):
            raise
        raise _label_taken(row.label) from None
    record(act, entity_id=row.entity_id, subject=row)
    return row


def _label_taken(label: str) -> Refused:
    return Refused("label_taken", f"已经有叫“{label}”的字段：一项信息只登记一次", field="label")
