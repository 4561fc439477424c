"""A minor is made older by two people only (未成年人的出生日期改大): until the second agrees, the mark holds."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, datetime

from guiju.customers.models import Contact, Customer
from guiju.customers.values import BIRTHDAYS, born, values_of
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.privacy.ages import is_older, minor_until
from guiju.privacy.models import Subject
from guiju.work.models import Approval
from guiju.work.services.approvals import SHORTEST_REASON, ask_approval

KIND = "customers.grow_older"


def mark_age(subject: Subject, birthday: date | None, on: date) -> bool:
    """Put the mark of a minor as the birthday asks; whether it stays because somebody would be older."""
    if birthday is None:
        return False
    mark = subject.minor_until
    if mark is not None and on <= mark and is_older(birthday, than=mark):
        return True
    subject.minor_until = minor_until(birthday, on=on)
    return False


def refuse_waiting(subject: Subject, changed: Container[str]) -> None:
    """Raise `Refused` for another birthday while one waits to be agreed to: what was looked at is what counts."""
    waiting = Approval.objects.filter(kind=KIND, subject_id=subject.pk, state=Approval.State.OPEN)
    for code in BIRTHDAYS:
        if code in changed and waiting.exists():
            raise Refused("birthday_waiting", "出生日期的修改正在等另一个人批准，现在不能再改", field=code)


def ask_to_grow(subject: Subject, act: Act) -> None:
    """Ask another person whether a minor is older than was known; for services that have asked permission."""
    if not isinstance(act.actor, Member):
        return
    reason = act.reason if len(act.reason) >= SHORTEST_REASON else "修改了出生日期"
    title = f"{act.actor.user.name}把一位未成年人的出生日期改早了：请核对证明"
    ask_approval(
        kind=KIND,
        subject_id=subject.pk,
        entity_id=subject.entity_id,
        title=title,
        reason=reason,
        actor=act.actor,
        at=act.at,
    )


def allow_to_grow(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when another person agreed: the birthday in the record counts from now on."""
    with scope_with(approval.entity_id):
        subject = Subject.objects.select_for_update().get(pk=approval.subject_id)
        births = [
            born(values_of(one)) for model in (Customer, Contact) for one in model.objects.filter(subject=subject)
        ]
        known = [one for one in births if one is not None]
        if subject.erased_at is not None or not known:
            return
        subject.minor_until = minor_until(max(known), on=day_of(at))
        subject.save(update_fields=["minor_until"])
        record(
            Act("customers.allow_to_grow", actor, at, (), approval.reason), entity_id=subject.entity_id, subject=subject
        )
