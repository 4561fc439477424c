"""What waits goes out (发送): each attempt is committed, then the channel is called, then its word is written.

One process sends (it holds the lock of `Leadership`); so whoever becomes the leader knows that every
attempt still open was cut off. One over a channel that knows repeats by their key is made again with
the same key; any other is uncertain, shown, and left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from guiju.database.bulk import insert_rows, update_rows
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.crypto.sealed import Unsealable
from guiju.notifications.channels import SENDERS, BadSettings, Delivery, Outcome, Sender
from guiju.notifications.models import Attempt, Channel, Notice, SmsText, Sort
from guiju.notifications.sealing import Content, open_content, open_secret
from guiju.notifications.selectors.ways import channels_of, sms_texts_of
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

LARGEST_BATCH = 100
MOST_TRIES = 6
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=2)
_ENTITIES_A_LOOK = 1000
_CALLS_AT_ONCE = 4
_CALLS_A_CHANNEL = 2

State = Attempt.State
_OPEN = frozenset({State.BEGUN, State.UNCERTAIN, State.UNKNOWN})
"""What the word of a channel may still change."""


@dataclass(frozen=True)
class Batch:
    """Attempts that are committed and go out in one call."""

    entity_id: UUID
    channel_id: UUID
    attempts: tuple[UUID, ...]
    deliveries: tuple[Delivery, ...]
    sender: Sender


@dataclass
class Post:
    """The one who sends: keeps the calls that are on their way, and the senders with what they hold (tokens).

    `now` is asked for the time, and for nothing else.
    """

    now: Callable[[], datetime]
    _calls: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_CALLS_AT_ONCE, "notices"))
    _running: dict[Future[list[Outcome]], Batch] = field(default_factory=dict)
    _senders: dict[UUID, tuple[datetime, Sender]] = field(default_factory=dict)

    def pick_up(self) -> int:
        """After becoming the leader: settle what others, or an earlier life, left open. Returns how many."""
        mine = {pk for batch in self._running.values() for pk in batch.attempts}
        return settle_cut_off(at=self.now(), besides=mine)

    def round(self, *, wait_seconds: float = 0.0) -> int:
        """Write what calls have brought, start new ones for what is due; returns how many attempts moved."""
        moved = self._collect(wait_seconds)
        if len(self._running) < _CALLS_AT_ONCE:
            for entity_id in companies_with_due(at=self.now()):
                busy = Counter(batch.channel_id for batch in self._running.values())
                full = {channel for channel, calls in busy.items() if calls >= _CALLS_A_CHANNEL}
                for batch in begin_attempts(entity_id=entity_id, at=self.now(), besides=full, sender_of=self.sender_of):
                    moved += len(batch.attempts)
                    self._running[self._calls.submit(batch.sender.send, batch.deliveries)] = batch
                if len(self._running) >= _CALLS_AT_ONCE:
                    break
        return moved

    def empty(self) -> None:
        """Send until nothing is due any more."""
        while self.round(wait_seconds=0.05) or self._running:
            pass

    def finish(self) -> None:
        """Write what the calls that are on their way bring."""
        while self._running:
            self._collect(1.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._calls.shutdown()
        for _, sender in self._senders.values():
            sender.close()

    def _collect(self, seconds: float) -> int:
        done, _ = (
            wait(self._running, timeout=seconds, return_when="FIRST_COMPLETED") if self._running else (set(), None)
        )
        moved = 0
        for call in done:
            batch = self._running[call]
            # Written before it is forgotten: with the database away it is tried again in the next round.
            end_attempts(batch, _said(call, batch), at=self.now())
            del self._running[call]
            moved += len(batch.attempts)
        return moved

    def sender_of(self, channel: Channel) -> Sender | None:
        known = self._senders.get(channel.pk)
        if known is None or known[0] != channel.changed_at:
            if known is not None:
                known[1].close()
            try:
                secret = open_secret(bytes(channel.secret), entity=channel.entity_id, channel=channel.pk)
                made = SENDERS[Sort(channel.sort)](channel.settings, secret)
            except (BadSettings, Unsealable):
                return None
            known = self._senders[channel.pk] = (channel.changed_at, made)
        return known[1]


def _said(call: Future[list[Outcome]], batch: Batch) -> list[Outcome]:
    """A fault in our own code must not send anything twice: such a batch is of unknown end."""
    failure = call.exception()
    if failure is None:
        return call.result()
    state = State.UNKNOWN if batch.sender.honours_keys else State.UNCERTAIN
    return [Outcome(state, said=f"程序出错：{type(failure).__name__}")] * len(batch.attempts)


def every_company() -> Iterator[Sequence[UUID]]:
    """All companies of the group, some at a time; for work of the clock, which is no member's."""
    root = group_root()
    if root is None:
        return
    with scope(trees={root}):
        found = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for start in range(0, len(found), _ENTITIES_A_LOOK):
        yield found[start : start + _ENTITIES_A_LOOK]


def companies_with_due(*, at: datetime) -> list[UUID]:
    """The companies that have notices to be sent now, those with the longest wait first."""
    first: dict[UUID, datetime] = {}
    for chunk in every_company():
        with scope(entities=chunk):
            waiting = Notice.objects.filter(state=Notice.State.WAITING, due_at__lte=at)
            longest = waiting.values("entity_id").annotate(first=Min("due_at"))
            first |= {one["entity_id"]: one["first"] for one in longest}
    return sorted(first, key=lambda one: first[one])


def begin_attempts(
    *,
    entity_id: UUID,
    at: datetime,
    besides: Collection[UUID] = (),
    sender_of: Callable[[Channel], Sender | None],
) -> list[Batch]:
    """Commit the attempts of a company's next notices, and return them as calls to be made.

    What can't go out over any channel ends here; channels in `besides` are left for later.
    """
    act = Act("notifications.begin_attempts", None, at)
    with scope(entities={entity_id}):
        waiting = Notice.objects.filter(entity_id=entity_id, state=Notice.State.WAITING, due_at__lte=at)
        first = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:LARGEST_BATCH])
        # Locked in the order in which receipts lock them.
        locked = waiting.select_for_update(of=("self",)).select_related("member__user").filter(pk__in=first)
        due = sorted(locked.order_by("pk"), key=lambda one: first.index(one.pk))
        if not due:
            return []
        plan = _Plan(entity_id, at, besides, sender_of)
        earlier: dict[UUID, list[Attempt]] = defaultdict(list)
        for one in Attempt.objects.filter(notice__in=due).order_by("number"):
            earlier[one.notice_id].append(one)
        for notice in due:
            plan.take(notice, earlier[notice.pk])
        made = plan.attempts
        if made:
            insert_rows(made)
            with one_entry(act, about=made[0]):
                for one in made:
                    record(act, entity_id=entity_id, subject=one)
        update_rows(due, ["state", "due_at", "trouble"])
        return plan.batches()


class _Plan:
    """Which notice goes over which channel now."""

    def __init__(
        self,
        entity_id: UUID,
        at: datetime,
        besides: Collection[UUID],
        sender_of: Callable[[Channel], Sender | None],
    ) -> None:
        self.entity_id, self.at, self.besides = entity_id, at, besides
        self.channels = {
            sort: (channel, sender)
            for sort, channel in channels_of(entity_id).items()
            if (sender := sender_of(channel)) is not None
        }
        self.texts = sms_texts_of(entity_id)
        self.attempts: list[Attempt] = []
        self._calls: dict[UUID, tuple[Sender, list[tuple[Attempt, Delivery]]]] = {}

    def take(self, notice: Notice, earlier: list[Attempt]) -> None:
        try:
            content = open_content(bytes(notice.content), entity=self.entity_id, notice=notice.pk)
        except Unsealable:
            notice.state, notice.trouble = Notice.State.FAILED, "内容打不开：不是这套系统封存的，或被改动过"
            return
        counted = [one for one in earlier if notice.counts_from is None or one.began_at >= notice.counts_from]
        tries = Counter(one.sort for one in counted if one.state in (State.FAILED, State.UNKNOWN))
        closed = {one.sort for one in counted if one.state in (State.REFUSED, State.UNDELIVERED)}
        number = len(earlier)
        for sort in map(Sort, notice.route):
            if sort in closed or tries[sort] >= MOST_TRIES or sort not in self.channels:
                continue
            channel, sender = self.channels[sort]
            number += 1
            last = earlier[-1] if earlier else None
            is_repeat = last is not None and last.sort == sort and last.state == State.UNKNOWN
            attempt = Attempt(
                id=new_id(),
                entity_id=self.entity_id,
                notice=notice,
                number=number,
                sort=sort,
                key=last.key if last is not None and is_repeat else new_id(),
                state=State.BEGUN,
                began_at=self.at,
            )
            delivery = self._delivery(attempt, notice, content, sender)
            if isinstance(delivery, str):
                attempt.state, attempt.ended_at, attempt.said = State.REFUSED, self.at, delivery
                self.attempts.append(attempt)
                continue
            _, waiting = self._calls.setdefault(channel.pk, (sender, []))
            if channel.pk in self.besides or len(waiting) >= sender.largest_batch:
                return  # stays as it is, for the next round
            waiting.append((attempt, delivery))
            self.attempts.append(attempt)
            notice.state = Notice.State.SENDING
            return
        notice.state, notice.trouble = Notice.State.FAILED, _nowhere(notice, [*earlier, *self.attempts])

    def _delivery(self, attempt: Attempt, notice: Notice, content: Content, sender: Sender) -> Delivery | str:
        """What the channel is given, or why it can't have it."""
        user = notice.member.user if notice.member else None
        url = f"{settings.GUIJU_STAFF_URL}{notice.url}" if notice.url.startswith("/") else notice.url
        phone, email = (user.phone, user.email) if user else (content.phone, content.email)
        made = partial(
            Delivery, key=attempt.key, title=content.title, text=content.text, url=url, values=content.values
        )
        if attempt.sort == Sort.SMTP:
            return made(to=email) if email else "没有邮箱地址"
        if attempt.sort == Sort.WEBHOOK:
            return made(to=user.username if user else "")
        if attempt.sort != Sort.SMS:
            return made(to=phone) if phone or attempt.sort == Sort.WECOM_ROBOT else "没有手机号码"
        if not phone:
            return "没有手机号码"
        signature, template = self.texts.get(""), self.texts.get(notice.kind)
        needs = getattr(sender, "needs_template", False)
        for what, one in (("签名", signature), *((("模板", template),) if needs else ())):
            if one is None or one.state != SmsText.State.APPROVED:
                state = "没有登记" if one is None else one.get_state_display()
                return f"未能短信送达：短信{what}{state}"
        return made(
            to=phone,
            signature=signature.text if signature else "",
            template=template.code if template and needs else "",
        )

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


def _nowhere(notice: Notice, attempts: Sequence[Attempt]) -> str:
    own = [one for one in attempts if one.notice_id == notice.pk and one.said]
    if not own:
        return "没有可用的渠道：请在“通知”里设置"
    last = own[-1]
    return f"{Sort(last.sort).label}：{last.said}"[:200]


@transaction.atomic
def end_attempts(batch: Batch, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write what the channel said of each attempt, and what follows for its notice."""
    by_id = dict(zip(batch.attempts, outcomes, strict=True))
    act = Act("notifications.end_attempts", None, at)
    with scope(entities={batch.entity_id}):
        attempts = list(
            Attempt.objects.select_for_update(of=("self",)).filter(pk__in=by_id, state__in=_OPEN).order_by("pk")
        )
        for one in attempts:
            outcome = by_id[one.pk]
            one.state, one.ended_at = outcome.state, at
            one.reference, one.said = outcome.reference or one.reference, outcome.said
        settle(attempts, act)


def settle(attempts: Sequence[Attempt], act: Act) -> None:
    """Write attempts with their entry, and where that leaves their notices."""
    if not attempts:
        return
    update_rows(attempts, ["state", "ended_at", "reference", "said", "settled_by"])
    with one_entry(act, about=attempts[0]):
        for one in attempts:
            record(act, entity_id=one.entity_id, subject=one)
    notices = {
        one.pk: one
        for one in Notice.objects.select_for_update(of=("self",))
        .filter(pk__in={one.notice_id for one in attempts})
        .order_by("pk")
        .defer("content")
    }
    tries: dict[UUID, list[Attempt]] = defaultdict(list)
    for one in Attempt.objects.filter(notice_id__in=notices).order_by("number"):
        tries[one.notice_id].append(one)
    for notice in notices.values():
        notice.state, notice.due_at, notice.trouble = _stands(tries[notice.pk], act.at)
    update_rows(list(notices.values()), ["state", "due_at", "trouble"])


def _stands(attempts: Sequence[Attempt], at: datetime) -> tuple[Notice.State, datetime | None, str]:
    """Where a notice stands after its attempts: state, when to go on, and in a sentence why."""
    states = {State(one.state) for one in attempts}
    last = attempts[-1]
    skipped = next((one.said for one in attempts if one.said.startswith("未能短信送达")), "")
    for state, stands in (
        (State.DELIVERED, Notice.State.DELIVERED),
        (State.UNCERTAIN, Notice.State.UNCERTAIN),
        (State.BEGUN, Notice.State.SENDING),
        (State.ACCEPTED, Notice.State.SENT),
    ):
        if state in states:
            return stands, None, skipped or (last.said if state is State.UNCERTAIN else "")
    said = f"{Sort(last.sort).label}：{last.said}"[:200]
    if last.state in (State.REFUSED, State.UNDELIVERED):
        return Notice.State.WAITING, at, said
    failed = sum(one.sort == last.sort and one.state in (State.FAILED, State.UNKNOWN) for one in attempts)
    # The first repeat of what was cut off is asked for at once: somebody is waiting for the answer.
    pause = timedelta(0) if last.state == State.UNKNOWN and failed == 1 else _pause(failed)
    return Notice.State.WAITING, at + pause, said


def _pause(failed: int) -> timedelta:
    return min(_FIRST_PAUSE * 4.0 ** (failed - 1), _LONGEST_PAUSE)


def settle_cut_off(*, at: datetime, besides: Collection[UUID] = ()) -> int:
    """Attempts that nobody is making any more: their end is unknown (to be repeated) or uncertain.

    For the leader only. Returns how many there were.
    """
    act = Act("notifications.settle_cut_off", None, at)
    count = 0
    for chunk in every_company():
        with scope(entities=chunk):
            found = Attempt.objects.filter(state=State.BEGUN).exclude(pk__in=besides)
            companies = set(found.values_list("entity_id", flat=True))
        for entity_id in companies:
            count += _settle_company(entity_id, act, besides)
    return count


@transaction.atomic
def _settle_company(entity_id: UUID, act: Act, besides: Collection[UUID]) -> int:
    with scope(entities={entity_id}):
        attempts = list(
            Attempt.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, state=State.BEGUN)
            .exclude(pk__in=besides)
            .order_by("pk")
        )
        honours = _honouring(entity_id)
        for one in attempts:
            one.state = State.UNKNOWN if honours.get(Sort(one.sort)) else State.UNCERTAIN
            one.ended_at, one.said = act.at, "发送中断：不知道渠道收到没有"
        settle(attempts, act)
    return len(attempts)


def _honouring(entity_id: UUID) -> Mapping[Sort, bool]:
    found = {}
    for sort, channel in channels_of(entity_id).items():
        try:
            secret = open_secret(bytes(channel.secret), entity=channel.entity_id, channel=channel.pk)
            found[sort] = SENDERS[sort](channel.settings, secret).honours_keys
        except (BadSettings, Unsealable):
            found[sort] = False
    return found
