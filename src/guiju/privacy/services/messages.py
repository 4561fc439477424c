"""What people write where no code can be sent to them becomes a task of staff (本人留言).

The page answers everybody alike and looks nobody up: it tells nothing of who is registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import require_scope, scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import seal_into
from guiju.notifications.services.ending import every_company
from guiju.organisations.models import Member, User
from guiju.organisations.permissions import require
from guiju.privacy.models import Message
from guiju.privacy.services.addresses import address_in
from guiju.privacy.services.consents import refuse_numbers
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "privacy.message"
RIGHT = "message.answer"
WITHIN = timedelta(days=15)
"""House rule; the law says 及时 and names no days."""

KEPT_MONTHS = 6
"""House figure: so long the words of one that nobody dealt with are kept; the notice says so."""

LONGEST_NAME, LONGEST_TEXT, LONGEST_OUTCOME = 60, 500, 200
PER_ORIGIN = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
PER_COMPANY = ((timedelta(hours=1), 60), (timedelta(days=1), 300))
"""Anybody may write, so that nobody may write a thousand times; what one place may is far below what all may."""


@dataclass(frozen=True)
class Written:
    """What somebody typed: what about, how they are reached, and in their own words what they want."""

    about: str
    reach: str
    name: str = ""
    text: str = ""


@transaction.atomic
def leave_message(*, entity_id: UUID, written: Written, origin: str, at: datetime) -> Message:
    """Leave a message on the public page (网上留言, 个人信息保护法 第五十条); `origin` is where the writer comes from.

    Raises `Refused` without a phone or an e-mail address, and when too many came.
    """
    require_scope()
    if written.about not in Message.About.values:
        raise Refused("about_unknown", "请选择想办什么", field="about")
    if not written.reach.strip():
        raise Refused("reach_empty", "请填写手机或者电子邮箱，我们用它找到您的信息并答复您", field="reach")
    try:
        reach = address_in(written.reach)
    except Refused as refused:
        raise Refused(refused.code, refused.sentence, field="reach") from None
    name, text = (" ".join(one.replace("\x00", "").split()) for one in (written.name, written.text))
    for words, most, field in ((name, LONGEST_NAME, "name"), (text, LONGEST_TEXT, "text")):
        if len(words) > most:
            raise Refused("text_long", f"有{len(words)}个字，最多{most}个", field=field)
    place = salted_hmac("guiju.privacy.messages/origin", _place_of(origin), algorithm="sha256").digest()
    _count(entity_id, place, at)
    made = Message(id=new_id(), entity_id=entity_id, about=written.about, origin=place, made_at=at)
    seal_into(made, "sealed", {"reach": reach, "name": name, "text": text})
    made.save(force_insert=True)
    act = Act("privacy.leave_message", None, at)
    record(act, entity_id=entity_id, subject=made)
    title = f"本人网上留言：{made.get_about_display()}，{WITHIN.days}日内答复（内部规则，法律没有规定天数）"
    give_task(NewTask(KIND, entity_id, title, subject_id=made.pk, right=RIGHT, due_at=at + WITHIN), act)
    return made


def _place_of(origin: str) -> str:
    """Where a writer comes from, as it is counted: one household has a whole /64 of IPv6 addresses."""
    try:
        address = ip_address(origin)
    except ValueError:
        return origin
    if not isinstance(address, IPv6Address):
        return origin
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def _count(entity_id: UUID, place: bytes, at: datetime) -> None:
    """Raise `Refused` when too many came, from one place or in all."""
    hold(f"privacy.leave_message/{entity_id}", seconds=5, busy="留言的人太多，请稍候再试")
    rows = Message.objects.filter(entity_id=entity_id)
    for those, limits in ((rows.filter(origin=place), PER_ORIGIN), (rows, PER_COMPANY)):
        for span, most in limits:
            if those.filter(made_at__gt=at - span).count() >= most:
                raise Refused("message_often", "留言太频繁，请过一会儿再试，或者直接联系这家公司", field="about")


@transaction.atomic
def answer_message(*, message_id: UUID, outcome: str, actor: Member, at: datetime) -> Message:
    """Say how a message was dealt with (办结留言); what was written is forgotten with it."""
    found = Message.objects.select_for_update(of=("self",)).filter(pk=message_id).first()
    if found is None:
        raise Missing("message_missing", "没有这条留言，或您的角色看不到它")
    require(actor, RIGHT, on=found.entity_id)
    if found.done_at:
        raise Refused("message_done", "这条留言已经办结")
    outcome = " ".join(outcome.replace("\x00", "").split())
    if len(outcome) < 4:
        raise Refused("outcome_empty", "请写明怎样办的，例如：已登记拒收，当天电话答复本人", field="outcome")
    if len(outcome) > LONGEST_OUTCOME:
        raise Refused("outcome_long", f"有{len(outcome)}个字，最多{LONGEST_OUTCOME}个", field="outcome")
    try:
        refuse_numbers(outcome)
    except Refused:
        raise Refused("number_misplaced", "里面有人的号码：请去掉，只写怎样办的", field="outcome") from None
    with scope_with(found.entity_id):
        end_message(found, outcome, Act("privacy.answer_message", actor, at), by=actor.user, at=at)
    return found


def end_message(found: Message, outcome: str, act: Act, *, by: User | None, at: datetime) -> None:
    """Forget what was written, and close its task; within the scope of the company. `at` is when it was dealt with."""
    found.done_at, found.done_by, found.outcome, found.sealed = at, by, outcome, b""
    found.save(update_fields=["done_at", "done_by", "outcome", "sealed"])
    record(act, entity_id=found.entity_id, subject=found)
    tasks = Task.objects.select_for_update(of=("self",)).filter(kind=KIND, subject_id=found.pk, done_at=None)
    for task in tasks.order_by("pk"):
        close_task(task, outcome, act, act.actor if isinstance(act.actor, Member) else None)


def clear_unanswered(*, at: datetime) -> int:
    """Forget what nobody dealt with in its time, in all companies; returns how many it were."""
    return sum(_clear_of(company, at) for chunk in every_company() for company in chunk)


@transaction.atomic
def _clear_of(entity_id: UUID, at: datetime) -> int:
    # A little early for months of any length, then exactly.
    latest = datetime.combine(day_of(at) - timedelta(days=28 * KEPT_MONTHS), time.max, CHINA)
    with scope(entities={entity_id}):
        rows = Message.objects.select_for_update(of=("self",)).filter(
            entity_id=entity_id, done_at=None, made_at__lte=latest
        )
        over = [one for one in rows.order_by("pk") if months_later(day_of(one.made_at), KEPT_MONTHS) <= day_of(at)]
        for one in over:
            outcome = f"没有办结，满{KEPT_MONTHS}个月，留言的内容已清除"
            end_message(one, outcome, Act("privacy.clear_message", None, at), by=None, at=at)
    return len(over)
