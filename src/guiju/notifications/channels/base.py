"""What a way out is asked, and what it may answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from django.conf import settings

from guiju.kernel.identifiers import email, phone
from guiju.net.bounded import Deadline, Trouble, checked_url, fetch
from guiju.notifications.models import Attempt

State = Attempt.State

CALL_SECONDS = 12.0
"""No call takes longer, however slowly the other side answers; an orderly stop waits for it to end."""

LONGEST_WORD = 200
INSIDE = "这个地址在内网，没有登记在 GUIJU_INTERNAL_HOSTS 里"


class BadSettings(ValueError):
    """Settings that can't work, in a sentence; `field` is the setting."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field


@dataclass(frozen=True)
class Delivery:
    """One notice for one channel. `key` is what repeats are known by; `to` an address of the channel's kind.

    `hidden` are values that may be shown to nobody but the receiver.
    """

    key: UUID
    to: str
    title: str
    text: str
    url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    signature: str = ""
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: the channel's own number for it, and its words.

    `is_down`: the channel as a whole doesn't answer, and the next delivery would fare no better.
    """

    state: State
    reference: str = ""
    said: str = ""
    is_down: bool = False

    def __post_init__(self) -> None:
        for name, longest in (("reference", 100), ("said", LONGEST_WORD)):
            object.__setattr__(self, name, clean(getattr(self, name))[:longest])

    def without(self, delivery: Delivery) -> Outcome:
        """The same, should the channel have quoted what it was given."""
        hidden = {delivery.to, *delivery.hidden}
        return replace(self, reference=covered(self.reference, hidden), said=covered(self.said, hidden))


def clean(text: str) -> str:
    """What other programs say goes onto pages and into the database: letters only, no controls or halves of them."""
    return "".join(one if one.isprintable() else " " for one in text)


def covered(text: str, hidden: Iterable[str] = ()) -> str:
    """Without these values, and with numbers and addresses of people masked (个人信息不出现在渠道的答复里)."""
    for value in sorted(filter(None, hidden), key=len, reverse=True):
        text = text.replace(value, "••••••")
    for known in (phone, email):
        for found in sorted(known.find(text), key=lambda one: one.start, reverse=True):
            text = text[: found.start] + known.mask(found.value) + text[found.end :]
    return text


class Sender(Protocol):
    """A way out.

    `honours_keys`: a delivery that comes twice with one key within `known_for` arrives once, so that one
    whose end is unknown is simply sent again. Where it doesn't, such a one is uncertain and stays so; and
    its batch is one, because all that were begun with it would be uncertain too.
    """

    largest_batch: int
    honours_keys: bool
    known_for: timedelta

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """An outcome for each, in their order."""
        ...

    def close(self) -> None:
        """Give up what is kept between calls."""
        ...


class KeepsNothing:
    """A way out that begins each call anew."""

    known_for = timedelta.max

    def close(self) -> None:
        """Nothing to give up."""


def doubtful(honours_keys: bool, said: str, *, is_down: bool = False) -> Outcome:
    """The other side may have taken it."""
    return Outcome(State.UNKNOWN if honours_keys else State.UNCERTAIN, said=said, is_down=is_down)


def troubled(trouble: Trouble, *, honours_keys: bool) -> Outcome:
    """What a call that failed leaves: nothing was sent, or nobody knows."""
    words = {"slow": "没有在规定时间内答复", "unreachable": "连接不上", "settings": "地址不能用", "inside": INSIDE}
    said = words.get(trouble.kind, "答复看不懂")
    is_down = trouble.kind in ("slow", "unreachable", "inside")
    if trouble.may_have_arrived or trouble.kind == "answer":
        return doubtful(honours_keys, said, is_down=is_down)
    return Outcome(State.FAILED, said=said, is_down=is_down)


def call(
    url: str, *, body: bytes | None = None, headers: dict[str, str] | None = None, deadline: Deadline | None = None
) -> tuple[int, bytes]:
    """`fetch`, for addresses that a company has typed: what stands inside the house only where it is listed."""
    return fetch(
        url, deadline or Deadline(CALL_SECONDS), body=body, headers=headers, inside=settings.GUIJU_INTERNAL_HOSTS
    )


def usable_url(url: object, name: str = "url") -> str:
    try:
        return checked_url(url, may_be_http=True, kind="settings")
    except Trouble:
        raise BadSettings("地址要以 https:// 开头（本机可以用 http://），写完整", name) from None


def signature_of(secret: str, *parts: bytes) -> str:
    """HMAC-SHA-256 in hexadecimal."""
    return hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).hexdigest()
