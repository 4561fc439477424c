"""Masked fields are seen in the clear with a reason, files go out, and bursts of either raise an alert (查看明文、导出)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.rules.facts import gate
from guiju.organisations.models import Alert, Disclosure, Member
from guiju.organisations.permissions import reach_of, refusal_of, require, treatment_of
from guiju.organisations.registry import PURPOSES, RESOURCES, RIGHTS, Treatment
from guiju.organisations.tables import OWN, TABLES
from guiju.rulebook import rules_at

LASTS = timedelta(minutes=5)
SHORTEST_REASON, LONGEST_REASON = 4, 200
WATCHED = timedelta(minutes=10)
MOST_UNMASKED = 10
"""Fields within `WATCHED`; one more is a burst."""

EXPORTS_WATCHED = timedelta(hours=1)
MOST_EXPORTS, MOST_EXPORTED_ROWS = 5, 5000
"""Files, or rows in them, within `EXPORTS_WATCHED`."""

MOST_LOOKUPS = 30
"""So often a day somebody may ask whose a value is that they see masked only (内部规则)."""

MOST_NAMED = 1000
"""So many records at most are named in one line of the log of looks at minors."""

MINOR = ".minor"
"""Behind the resource, in the code of who was looked up or seen as a minor."""

ONE_ALERT_IN = timedelta(hours=1)


@transaction.atomic
def unmask_field(
    *, code: str, subject_id: UUID, entity_id: UUID, reason: str, actor: Member, at: datetime
) -> Disclosure:
    """Show one masked field of one record in the clear for five minutes (查看明文).

    `code` is resource.field. Raises `NotAllowed` without the right to unmask, `Refused` without a
    reason or for a field that is not masked.
    """
    resource, _, name = code.partition(".")
    if resource not in RESOURCES or name not in RESOURCES[resource].fields:
        raise Missing("field_missing", "没有这个字段")
    require(actor, f"{resource}.unmask", on=entity_id)
    reason = _reason(reason, "请写明为什么要看", "核对回访电话")
    if treatment_of(actor, resource, name) is not Treatment.MASKED:
        raise Refused("not_masked", "这个字段对您不是脱敏的，不用也不能另外查看", field="field")
    made = _written(actor, Disclosure.Sort.UNMASK, code, at, subject_id=subject_id, reason=reason, until=at + LASTS)
    _watch_unmasking(actor, at)
    return made


@transaction.atomic
def note_opening(*, right: str, record_id: UUID, purpose: str, reason: str, actor: Member, at: datetime) -> Disclosure:
    """Log that a whole record was opened that shows nobody by itself (打开敏感内容), for a purpose and a reason.

    The caller has asked permission. Raises `Refused` without a purpose or a reason.
    """
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", "请选择用于什么", field="purpose")
    reason = _reason(reason, "请写明为什么要打开", "核对合同签字")
    made = _written(
        actor, Disclosure.Sort.UNMASK, right, at, subject_id=record_id, purpose=purpose, reason=reason, until=at
    )
    _watch_unmasking(actor, at)
    return made


def _watch_unmasking(actor: Member, at: datetime) -> None:
    recent = Disclosure.objects.filter(member=actor, sort=Disclosure.Sort.UNMASK, at__gt=at - WATCHED).count()
    if recent > MOST_UNMASKED:
        _alert(actor, Disclosure.Sort.UNMASK, recent, at)


def _reason(text: str, ask: str, example: str) -> str:
    """The reason as it is kept; raises `Refused` for one that says nothing."""
    text = " ".join(text.replace("\x00", "").split())[:LONGEST_REASON]
    if len(text) < SHORTEST_REASON:
        raise Refused("reason_empty", f"{ask}，至少{SHORTEST_REASON}个字，例如：{example}", field="reason")
    return text


@transaction.atomic
def take_out(
    *, right: str, count: int, purpose: str, reason: str, goes_abroad: bool = False, actor: Member, at: datetime
) -> Disclosure:
    """Let rows about people go out as a file (导出), for a purpose and a reason that the file bears.

    Raises `NotAllowed` without the right, `Refused` without a purpose, a reason, or a row to take out, and for who
    gets it abroad: nobody was asked about them (个人信息保护法 第三十九条).
    """
    if reach_of(actor, right) is None:
        raise refusal_of(right)
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", "请选择导出用于什么", field="purpose")
    facts = {"goes_abroad": goes_abroad, "has_separate_consent": False}
    gate(rules_at("organisations.take_out"), facts, on=day_of(at))
    reason = _reason(reason, "请写明为什么要导出", "月度回访名单")
    if not count:
        raise Refused("nothing_to_export", "没有可以导出的内容：请换一个条件")
    return note_export(right=right, count=count, actor=actor, at=at, purpose=purpose, reason=reason)


@transaction.atomic
def note_export(
    *, right: str, count: int, actor: Member, at: datetime, purpose: str = "", reason: str = ""
) -> Disclosure:
    """Log that rows went out as a file (导出); the caller has asked permission and made the file."""
    if right not in RIGHTS and right.removeprefix(OWN) not in TABLES:
        raise ValueError(f"no such right: {right}")
    made = _written(actor, Disclosure.Sort.EXPORT, right, at, count=count, purpose=purpose, reason=reason)
    recent = Disclosure.objects.filter(member=actor, sort=Disclosure.Sort.EXPORT, at__gt=at - EXPORTS_WATCHED)
    rows = recent.aggregate(rows=Sum("count"))["rows"] or 0
    if recent.count() > MOST_EXPORTS or rows > MOST_EXPORTED_ROWS:
        _alert(actor, Disclosure.Sort.EXPORT, recent.count(), at)
    return made


@transaction.atomic
def note_minors_seen(
    *, resource: str, records: Sequence[UUID], purpose: str, actor: Member, at: datetime
) -> list[Disclosure]:
    """Log which records of minors were seen in the clear (访问记录, 未成年人网络保护条例 第三十六条); the reader was allowed.

    One look is one line, and of more than `MOST_NAMED` one for each so many: who has looked at this child is answered
    by their record.
    """
    made = []
    for start in range(0, len(records), MOST_NAMED):
        some = records[start : start + MOST_NAMED]
        only = some[0] if len(records) == 1 else None
        more = {"subject_id": only, "count": len(some), "records": [str(one) for one in some], "purpose": purpose}
        made.append(_written(actor, Disclosure.Sort.MINOR, f"{resource}{MINOR}", at, **more))
    return made


@transaction.atomic
def note_lookup(*, code: str, actor: Member, at: datetime) -> Disclosure:
    """Log that somebody asked whose a value is that shows them masked only (按号码查找): the answer tells the value.

    `code` is resource.field, or the right by which a list without numbers is asked for one. Raises `Refused` for one more than a day has; the last one raises an alert.
    """
    # One after the other for one person, so that two tabs don't ask once more than allowed.
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    morning = datetime.combine(day_of(at), time.min, CHINA)
    today = Disclosure.objects.filter(member=actor, sort=Disclosure.Sort.LOOKUP, at__gte=morning).count()
    if today >= MOST_LOOKUPS:
        raise Refused("looked_up_most", _why_not_again(code), field="search")
    made = _written(actor, Disclosure.Sort.LOOKUP, code, at)
    if today + 1 == MOST_LOOKUPS:
        _alert(actor, Disclosure.Sort.LOOKUP, today + 1, at)
    return made


def _why_not_again(code: str) -> str:
    if code.endswith(MINOR):
        return f"没有批准您查看未成年人的信息，今天查找他们已满{MOST_LOOKUPS}次：请先申请查看，或明天再来"
    if code in RIGHTS:
        return f"名单里没有号码，今天按号码查找已满{MOST_LOOKUPS}次：请明天再来"
    return f"您看到的号码是遮蔽的，今天按号码查找已满{MOST_LOOKUPS}次：请按名称查找，或明天再来"


_ACTIONS = {
    Disclosure.Sort.LOOKUP: "organisations.note_lookup",
    Disclosure.Sort.UNMASK: "organisations.unmask_field",
    Disclosure.Sort.EXPORT: "organisations.note_export",
    Disclosure.Sort.MINOR: "organisations.note_minors_seen",
}


def _written(actor: Member, sort: Disclosure.Sort, code: str, at: datetime, **more: object) -> Disclosure:
    made = Disclosure(id=new_id(), entity_id=actor.entity_id, member=actor, sort=sort, code=code, at=at, **more)
    made.save(force_insert=True)
    record(Act(_ACTIONS[sort], actor, at), entity_id=actor.entity_id, subject=made)
    return made


def _alert(actor: Member, sort: Disclosure.Sort, count: int, at: datetime) -> None:
    """One alert an hour for one person: a burst is one thing to look at."""
    if Alert.objects.filter(member=actor, sort=sort, at__gt=at - ONE_ALERT_IN).exists():
        return
    alert = Alert(id=new_id(), entity_id=actor.entity_id, member=actor, sort=sort, count=count, at=at)
    alert.save(force_insert=True)
    record(Act("organisations.raise_alert", None, at), entity_id=actor.entity_id, subject=alert)


@transaction.atomic
def settle_alert(*, alert_id: UUID, finding: str, actor: Member, at: datetime) -> Alert:
    """Say what was behind an alert (处置告警); nobody settles one about themselves."""
    alert = Alert.objects.select_for_update(of=("self",)).select_related("member").filter(pk=alert_id).first()
    if alert is None:
        raise Missing("alert_missing", "没有这条告警，或您的角色看不到它")
    require(actor, "disclosure.settle", on=alert.entity_id)
    finding = " ".join(finding.split())[:LONGEST_REASON]
    if alert.seen_at:
        raise Refused("alert_settled", "这条告警已经处置")
    if alert.member.user_id == actor.user_id:
        raise Refused("own_alert", "不能处置关于自己的告警：请另一位安全管理员办理")
    if len(finding) < SHORTEST_REASON:
        raise Refused("finding_empty", "请写明核查的结果，例如：与本人核实，是月度回访", field="finding")
    alert.seen_by, alert.seen_at, alert.finding = actor.user, at, finding
    alert.save(update_fields=["seen_by", "seen_at", "finding"])
    with scope_with(alert.entity_id):
        record(Act("organisations.settle_alert", actor, at), entity_id=alert.entity_id, subject=alert)
    return alert
