"""Which notices go out over which channel now (排定发送): each attempt is committed before any channel is called."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from guiju.database.bulk import insert_rows, update_rows
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.identifiers import Invalid, phone
from guiju.notifications.channels import Delivery, Sender, State
from guiju.notifications.models import Attempt, Channel, Notice, Preference, SmsText, Sort
from guiju.notifications.registry import NOTICES
from guiju.notifications.sealing import Content, open_content
from guiju.notifications.selectors.ways import channels_of, sms_texts_of
from guiju.notifications.services.posting import after_quiet_hours
from guiju.notifications.words import NOT_BY_SMS, NOT_KNOWN

LARGEST_BATCH = 100
MOST_TRIES = 6

SenderOf = Callable[[Channel], Sender | None]


@dataclass(frozen=True)
class Batch:
    """Attempts that are committed and go out in one call."""

    entity_id: UUID
    channel_id: UUID
    attempts: tuple[UUID, ...]
    deliveries: tuple[Delivery, ...]
    sender: Sender


@transaction.atomic
def begin_attempts(
    *, entity_id: UUID, at: datetime, besides: Collection[UUID] = (), sender_of: SenderOf
) -> list[Batch]:
    """Commit the attempts of a company's next notices, and return them as calls to be made.

    What can't go out over any channel ends here; channels in `besides` have no room.
    """
    act = Act("notifications.begin_attempts", None, at)
    with scope(entities={entity_id}):
        plan = _Plan(entity_id, at, besides, sender_of)
        first = _next_in_line(plan)
        if not first:
            return []
        # Attempts before notices, each by its id: so do those who write what a channel said.
        earlier: dict[UUID, list[Attempt]] = defaultdict(list)
        for one in Attempt.objects.select_for_update(of=("self",)).filter(notice__in=first).order_by("pk"):
            earlier[one.notice_id].append(one)
        locked = _due(entity_id, at).select_for_update(of=("self",)).select_related("member__user").filter(pk__in=first)
        due = sorted(locked.order_by("pk"), key=lambda one: first[one.pk])
        members = [one.member_id for one in due if one.member_id]
        prefers: dict[UUID | None, Preference] = {
            one.member_id: one for one in (Preference.objects.filter(member__in=members) if members else ())
        }
        for notice in due:
            tries = sorted(earlier[notice.pk], key=lambda one: one.number)
            plan.take(notice, tries, prefers.get(notice.member_id))
        insert_rows(plan.attempts)
        update_rows(plan.given_up, ["state", "said"])
        if changed := [*plan.attempts, *plan.given_up]:
            with one_entry(act, about=changed[0]):
                for one in changed:
                    record(act, entity_id=entity_id, subject=one)
        update_rows(due, ["state", "via", "due_at", "trouble"])
        return plan.batches()


def _due(entity_id: UUID, at: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(entity_id=entity_id, state=Notice.State.WAITING, due_at__lte=at)


def _next_in_line(plan: _Plan) -> dict[UUID, tuple[datetime | None, UUID]]:
    """Of each channel with room as many as one call takes, so that none waits behind what another one sends.

    And what waits for a channel that isn't there: it goes on to its next one.
    """
    due, found = _due(plan.entity_id, plan.at), {}
    lines = [(due.filter(via=sort), room) for sort in plan.channels if (room := plan.room(sort))]
    lines.append((due.exclude(via__in=plan.channels), LARGEST_BATCH))
    for line, most in lines:
        for pk, due_at in line.order_by("due_at", "pk").values_list("pk", "due_at")[:most]:
            found[pk] = (due_at, pk)
    return found


class _Plan:
    """Which notice goes over which channel now."""

    def __init__(self, entity_id: UUID, at: datetime, besides: Collection[UUID], sender_of: SenderOf) -> None:
        self.entity_id, self.at, self.besides = entity_id, at, besides
        self.channels = {
            sort: (channel, sender)
            for sort, channel in channels_of(entity_id).items()
            if (sender := sender_of(channel)) is not None
        }
        self.texts = sms_texts_of(entity_id)
        self.attempts: list[Attempt] = []
        self.given_up: list[Attempt] = []
        self._calls: dict[UUID, tuple[Sender, list[tuple[Attempt, Delivery]]]] = {}

    def room(self, sort: Sort) -> int:
        """How many notices more the next call over this channel takes."""
        channel, sender = self.channels[sort]
        _, waiting = self._calls.get(channel.pk, (sender, []))
        return 0 if channel.pk in self.besides else sender.largest_batch - len(waiting)

    def take(self, notice: Notice, earlier: Sequence[Attempt], prefers: Preference | None) -> None:
        """Plan the next attempt of a notice, end it, or leave it in its line."""
        counted = [one for one in earlier if notice.counts_from is None or one.began_at >= notice.counts_from]
        tries = Counter(one.sort for one in counted if one.state in (State.FAILED, State.UNKNOWN))
        unknown = _unknown(counted)
        over = self._is_over(notice)
        if unknown and (over or not self._can_repeat(unknown, tries)):
            # It may have arrived: neither another channel nor “failed” would be true.
            for one in (one for one in counted if one.state == State.UNKNOWN):
                one.state, one.said = State.UNCERTAIN, NOT_KNOWN
                self.given_up.append(one)
            notice.state, notice.trouble = Notice.State.UNCERTAIN, NOT_KNOWN
            return
        if over:
            notice.state, notice.trouble = Notice.State.FAILED, over
            return
        if notice.member is not None:
            later = after_quiet_hours(prefers or Preference(), self.at)
            if later > self.at:
                notice.due_at = later
                return
        try:
            content = open_content(bytes(notice.content), entity=self.entity_id, notice=notice.pk)
        except Unsealable:
            notice.state, notice.trouble = Notice.State.FAILED, "内容打不开：不是这套系统封存的，或被改动过"
            return
        closed = {one.sort for one in counted if one.state in (State.REFUSED, State.UNDELIVERED)}
        number = len(earlier)
        route = [Sort(unknown.sort)] if unknown else [Sort(one) for one in notice.route]
        for sort in route:
            if sort in closed or tries[sort] >= MOST_TRIES or sort not in self.channels:
                continue
            notice.via = sort
            if not self.room(sort):
                return  # stays in that line for the next round
            channel, sender = self.channels[sort]
            number += 1
            attempt = Attempt(
                id=new_id(),
                entity_id=self.entity_id,
                notice=notice,
                number=number,
                sort=sort,
                channel_id=channel.pk,
                channel_since=channel.changed_at,
                key=unknown.key if unknown else new_id(),
                state=State.BEGUN,
                began_at=self.at,
            )
            self.attempts.append(attempt)
            delivery = self._delivery(attempt, notice, content)
            if isinstance(delivery, str):
                attempt.state, attempt.ended_at, attempt.said = State.REFUSED, self.at, delivery
                continue
            self._calls.setdefault(channel.pk, (sender, []))[1].append((attempt, delivery))
            notice.state = Notice.State.SENDING
            return
        own = [one for one in self.attempts if one.notice_id == notice.pk]
        notice.state, notice.trouble = Notice.State.FAILED, _nowhere([*earlier, *own])

    def _is_over(self, notice: Notice) -> str:
        """Why there is no use in sending it any more, if so."""
        if notice.valid_until is not None and self.at >= notice.valid_until:
            return "没有在有效期内发出"
        if notice.member is not None and notice.member.left_at is not None:
            return "收件人已经离开公司"
        return ""

    def _can_repeat(self, unknown: Attempt, tries: Counter[str]) -> bool:
        """Whether the same channel, set up as it was, still knows the key."""
        channel, sender = self.channels.get(Sort(unknown.sort), (None, None))
        return (
            channel is not None
            and sender is not None
            and (channel.pk, channel.changed_at) == (unknown.channel_id, unknown.channel_since)
            and sender.honours_keys
            and self.at - unknown.began_at <= sender.known_for
            and tries[unknown.sort] < MOST_TRIES
        )

    def _delivery(self, attempt: Attempt, notice: Notice, content: Content) -> Delivery | str:
        """What the channel is given, or why it can't have it."""
        user = notice.member.user if notice.member else None
        url = f"{settings.GUIJU_STAFF_URL}{notice.url}" if notice.url.startswith("/") else notice.url
        number, email = (user.phone, user.email) if user else (content.phone, content.email)
        kind = NOTICES.get(notice.kind)
        secret = [value for name, value in content.values.items() if kind is None or name in kind.secret]
        made = partial(
            Delivery,
            key=attempt.key,
            title=content.title,
            text=content.text,
            url=url,
            values=content.values,
            hidden=frozenset(secret),
        )
        if attempt.sort == Sort.SMTP:
            return made(to=email) if email else "没有邮箱地址"
        if attempt.sort == Sort.WEBHOOK:
            return made(to=user.username if user else "")
        if attempt.sort == Sort.WECOM_ROBOT:
            return made(to="")
        if not number:
            return "没有手机号码"
        if attempt.sort != Sort.SMS:
            return made(to=number)
        try:
            phone.check(number)
        except Invalid:
            return "不是中国大陆的手机号码，短信发不到"
        signature, template = self.texts.get(""), self.texts.get(notice.kind)
        for what, one in (("签名", signature), ("模板", template)):
            if one is None or one.state != SmsText.State.APPROVED:
                state = "没有登记" if one is None else one.get_state_display()
                return f"{NOT_BY_SMS}短信{what}{state}"
        assert signature is not None and template is not None
        return made(to=number, signature=signature.text, template=template.code)

    def batches(self) -> list[Batch]:
        return [
            Batch(
                self.entity_id,
                channel_id,
                tuple(attempt.pk for attempt, _ in waiting),
                tuple(delivery for _, delivery in waiting),
                sender,
            )
            for channel_id, (sender, waiting) in self._calls.items()
            if waiting
        ]


def _unknown(counted: Sequence[Attempt]) -> Attempt | None:
    """The first attempt of unknown end about which its channel has said nothing since, under the same key."""
    for at, one in enumerate(counted):
        if one.state == State.UNKNOWN:
            after = {later.state for later in counted[at + 1 :] if later.key == one.key}
            if not after - {State.UNKNOWN, State.FAILED}:
                return one
    return None


def _nowhere(attempts: Sequence[Attempt]) -> str:
    last = next((one for one in reversed(attempts) if one.said), None)
    return f"{Sort(last.sort).label}：{last.said}"[:200] if last else "没有可用的渠道：请在“通知”里设置"
