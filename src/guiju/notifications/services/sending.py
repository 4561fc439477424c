"""What waits goes out (发送): each attempt is committed, then the channel is called, then its word is written.

One process sends (it holds the lock of `Leadership`); so whoever becomes the leader knows that every
attempt still open was cut off. One over a channel that knows repeats by their key is made again with
the same key; any other is uncertain, shown, and left alone.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.db.models import Min

from guiju.database.scope import scope
from guiju.kernel.crypto.sealed import Unsealable
from guiju.notifications.channels import SENDERS, BadSettings, Outcome, Sender, State
from guiju.notifications.models import Channel, Notice, Sort
from guiju.notifications.sealing import open_secret
from guiju.notifications.services.ending import end_attempts, every_company, settle_cut_off
from guiju.notifications.services.planning import Batch, begin_attempts

_CALLS_AT_ONCE = 4
_CALLS_A_CHANNEL = 2
_FIRST_REST, _LONGEST_REST = timedelta(seconds=1), timedelta(minutes=10)
_AWAY = (OperationalError, InterfaceError)
"""The database doesn't answer: what is to be written waits. Any other fault is one company's, and ours."""

_log = logging.getLogger("guiju.notifications")


@dataclass
class _Rest:
    """A channel that doesn't answer, or a company whose notices make trouble, lets the others go first."""

    until: datetime
    times: int = 1

    def longer(self, now: datetime) -> _Rest:
        return _Rest(now + min(_FIRST_REST * 2 ** min(self.times, 10), _LONGEST_REST), self.times + 1)


@dataclass
class Post:
    """The one who sends: keeps the calls that are on their way, and the senders with what they hold (tokens).

    `now` is asked for the time, and for nothing else.
    """

    now: Callable[[], datetime]
    _calls: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_CALLS_AT_ONCE, "notices"))
    _running: dict[Future[list[Outcome]], Batch] = field(default_factory=dict)
    _senders: dict[UUID, tuple[datetime, Sender]] = field(default_factory=dict)
    _resting: dict[UUID, _Rest] = field(default_factory=dict)

    def pick_up(self) -> int:
        """After becoming the leader: settle what others, or an earlier life, left open. Returns how many."""
        mine = {pk for batch in self._running.values() for pk in batch.attempts}
        return settle_cut_off(at=self.now(), besides=mine)

    def round(self, *, wait_seconds: float = 0.0) -> int:
        """Write what calls have brought, start new ones for what is due; returns how many attempts moved."""
        moved = self._collect(wait_seconds)
        if len(self._running) < _CALLS_AT_ONCE:
            for entity_id in companies_with_due(at=self.now()):
                if not self._is_resting(entity_id):
                    moved += self._begin(entity_id)
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

    def _begin(self, entity_id: UUID) -> int:
        try:
            batches = begin_attempts(entity_id=entity_id, at=self.now(), besides=self._full(), sender_of=self.sender_of)
        except _AWAY:
            raise
        except Exception:
            _log.exception("这家公司的通知排不出去，先发别家的：%s", entity_id)
            self._rest(entity_id)
            return 0
        self._resting.pop(entity_id, None)
        for batch in batches:
            self._running[self._calls.submit(batch.sender.send, batch.deliveries)] = batch
        return sum(len(batch.attempts) for batch in batches)

    def _full(self) -> set[UUID]:
        """The channels that take no call now; one that didn't answer gets one at a time until it does."""
        busy = Counter(batch.channel_id for batch in self._running.values())
        full = {
            channel for channel, calls in busy.items() if calls >= (1 if channel in self._resting else _CALLS_A_CHANNEL)
        }
        return full | {one for one in self._resting if self._is_resting(one)}

    def _is_resting(self, one: UUID) -> bool:
        known = self._resting.get(one)
        return known is not None and self.now() < known.until

    def _rest(self, one: UUID) -> None:
        known = self._resting.get(one)
        self._resting[one] = known.longer(self.now()) if known else _Rest(self.now() + _FIRST_REST)

    def _collect(self, seconds: float) -> int:
        done, _ = (
            wait(self._running, timeout=seconds, return_when="FIRST_COMPLETED") if self._running else (set(), None)
        )
        moved = 0
        for call in done:
            batch = self._running[call]
            outcomes = _said(call, batch)
            # Written before it is forgotten: with the database away it is tried again in the next round.
            self._end(batch, outcomes)
            del self._running[call]
            moved += len(batch.attempts)
            if any(one.is_down for one in outcomes):
                self._rest(batch.channel_id)
            else:
                self._resting.pop(batch.channel_id, None)
        return moved

    def _end(self, batch: Batch, outcomes: list[Outcome]) -> None:
        for said in (outcomes, _faulty(batch, "结果写不下来")):
            try:
                return end_attempts(batch, said, at=self.now())
            except _AWAY:
                raise
            except Exception:
                # Should both fail, they stay begun and are settled by whoever leads next.
                _log.exception("通知的发送结果写不下来：%s", ", ".join(map(str, batch.attempts)))

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
    failure = call.exception()
    if failure is None:
        return [one.without(delivery) for one, delivery in zip(call.result(), batch.deliveries, strict=True)]
    _log.error("发送通知的程序出错", exc_info=failure)
    return _faulty(batch, type(failure).__name__)


def _faulty(batch: Batch, why: str) -> list[Outcome]:
    """A fault in our own code must not send anything twice: such a batch is of unknown end."""
    state = State.UNKNOWN if batch.sender.honours_keys else State.UNCERTAIN
    return [Outcome(state, said=f"程序出错：{why}")] * len(batch.attempts)


def companies_with_due(*, at: datetime) -> list[UUID]:
    """The companies that have notices to be sent now, those with the longest wait first."""
    first: dict[UUID, datetime] = {}
    for chunk in every_company():
        with scope(entities=chunk):
            waiting = Notice.objects.filter(state=Notice.State.WAITING, due_at__lte=at)
            longest = waiting.values("entity_id").annotate(first=Min("due_at"))
            first |= {one["entity_id"]: one["first"] for one in longest}
    return sorted(first, key=lambda one: first[one])
