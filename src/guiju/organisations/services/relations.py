"""Relations between companies about personal information are agreed and ended (公司间数据关系)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.rules.facts import gate
from guiju.organisations.models import Entity, Member, Relation
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES, openable_fields
from guiju.organisations.services.assessing import Answers
from guiju.rulebook import rules_at

LONGEST_CONTRACT = 120


@dataclass(frozen=True)
class RelationDetails:
    """Who gives to whom, for what, until when.

    `fields` are resource.field codes of sensitive fields that the receiver may see; purposes are
    codes of `PURPOSES`. `has_separate_consent` is the member's word (个人信息保护法 第二十三条), `answers` the impact
    assessment (第五十五条).
    """

    giver_id: UUID
    receiver_id: UUID
    sort: str
    purposes: tuple[str, ...]
    contract: str
    since: date
    until: date | None
    fields: tuple[str, ...] = ()
    has_separate_consent: bool = False
    answers: Answers = field(default_factory=Answers)


def _problems(details: RelationDetails) -> list[Problem]:
    problems = []
    if details.giver_id == details.receiver_id:
        problems.append(Problem("relation_self", "提供方和接收方是同一家公司", "receiver"))
    if details.sort not in Relation.Sort.values:
        problems.append(Problem("relation_sort", f"关系可填：{'、'.join(Relation.Sort.labels)}", "sort"))
    if not details.purposes or set(details.purposes) - PURPOSES.keys():
        problems.append(Problem("relation_purposes", f"目的至少选一项：{'、'.join(PURPOSES.values())}", "purposes"))
    if unknown := set(details.fields) - openable_fields().keys():
        problems.append(Problem("relation_fields", f"没有这些字段：{'、'.join(sorted(unknown))}", "fields"))
    if len(details.contract) > LONGEST_CONTRACT or not details.contract.isprintable():
        problems.append(Problem("relation_contract", f"合同或协议最多{LONGEST_CONTRACT}个字", "contract"))
    if details.until and details.until < details.since:
        problems.append(Problem("relation_period", "截止日期早于开始日期", "until"))
    return problems + ([] if details.answers.is_empty else details.answers.problems())


@transaction.atomic
def agree_relation(*, details: RelationDetails, actor: Member, at: datetime) -> Relation:
    """Enter a relation between two companies (登记数据关系); it opens nothing before another person confirms it.

    Raises `Refused` with every problem at once, `NotAllowed`, or `Missing` for an unseen company.
    """
    giver = _company(details.giver_id, "giver")
    receiver = _company(details.receiver_id, "receiver")
    require(actor, "relation.agree", on=giver.pk)
    problems = _problems(details)
    if problems:
        raise Refused.because(problems)
    contract = " ".join(details.contract.split())
    facts = {
        "is_entrusting": details.sort == Relation.Sort.ENTRUST,
        "is_joint": details.sort == Relation.Sort.JOINT,
        "is_providing": details.sort == Relation.Sort.PROVIDE,
        "is_agreed": bool(contract),
        "is_agreed_with_period": bool(contract) and details.until is not None,
        "has_separate_consent": details.has_separate_consent,
        "goes_to_others": details.sort in (Relation.Sort.ENTRUST, Relation.Sort.PROVIDE),
        "is_assessed": not details.answers.is_empty,
    }
    grounds = gate(rules_at("organisations.agree_relation"), facts, on=day_of(at))
    relation = Relation(
        id=new_id(),
        entity=giver,
        receiver=receiver,
        sort=details.sort,
        purposes=sorted(details.purposes),
        fields=sorted(details.fields),
        contract=contract,
        since=details.since,
        until=details.until,
        proposed_by=actor.user,
        assessed_at=None if details.answers.is_empty else at,
        **asdict(details.answers),
    )
    relation.save(force_insert=True)
    return _recorded(relation, Act("organisations.agree_relation", actor, at, grounds))


@transaction.atomic
def confirm_relation(*, relation_id: UUID, actor: Member, at: datetime) -> Relation:
    """Confirm a relation that another person entered (确认数据关系): from now on it opens what it says."""
    relation = _locked(relation_id)
    require(actor, "relation.agree", on=relation.entity_id)
    if relation.confirmed_at or relation.ended_at:
        raise Refused("relation_decided", "这项数据关系已经确认或终止，不用再确认")
    if relation.proposed_by_id == actor.user_id:
        raise Refused("own_proposal", "登记的人不能自己确认：请另一位法务办理")
    grounds = gate(rules_at("organisations.confirm_relation"), assessment_facts(relation), on=day_of(at))
    relation.confirmed_by, relation.confirmed_at = actor.user, at
    relation.save(update_fields=["confirmed_by", "confirmed_at"])
    return _recorded(relation, Act("organisations.confirm_relation", actor, at, grounds))


def assessment_facts(relation: Relation) -> dict[str, bool]:
    """What the rules ask about the impact assessment of a relation."""
    return {"goes_to_others": relation.goes_to_others, "is_assessed": relation.assessed_at is not None}


@transaction.atomic
def assess_relation(*, relation_id: UUID, answers: Answers, actor: Member, at: datetime) -> Relation:
    """Put down the impact assessment of a relation that is there already (补做影响评估, 个人信息保护法 第五十五条).

    The one before stays in the log.
    """
    relation = _locked(relation_id)
    require(actor, "relation.agree", on=relation.entity_id)
    if relation.ended_at:
        raise Refused("relation_ended", "这项数据关系已经终止")
    if problems := answers.problems():
        raise Refused.because(problems)
    relation.necessity, relation.impact, relation.measures = answers.necessity, answers.impact, answers.measures
    relation.assessed_at = at
    relation.save(update_fields=["necessity", "impact", "measures", "assessed_at"])
    return _recorded(relation, Act("organisations.assess_relation", actor, at))


@transaction.atomic
def end_relation(*, relation_id: UUID, reason: str, actor: Member, at: datetime) -> Relation:
    """End a relation (终止数据关系): the receiver sees the other company's records no more (第二十一条第二款)."""
    relation = _locked(relation_id)
    require(actor, "relation.agree", on=relation.entity_id)
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused("reason_empty", "请写明终止的原因", field="reason")
    if relation.ended_at:
        raise Refused("relation_ended", "这项数据关系已经终止")
    relation.ended_at = at
    relation.save(update_fields=["ended_at"])
    return _recorded(relation, Act("organisations.end_relation", actor, at, (), reason))


def _company(company_id: UUID, field: str) -> Entity:
    company = Entity.objects.filter(pk=company_id).first()
    if company is None:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它", field=field)
    return company


def _locked(relation_id: UUID) -> Relation:
    relation = Relation.objects.select_for_update(of=("self",)).filter(pk=relation_id).first()
    if relation is None:
        raise Missing("relation_missing", "没有这项数据关系，或您的角色看不到它")
    return relation


def _recorded(relation: Relation, act: Act) -> Relation:
    with scope_with(relation.entity_id):
        record(act, entity_id=relation.entity_id, subject=relation)
    return relation
