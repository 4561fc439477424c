"""What a way out is asked, and what it may answer."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from guiju.net.bounded import Trouble, checked_url
from guiju.notifications.models import Attempt

State = Attempt.State

CALL_SECONDS = 12.0
"""No call takes longer, however slowly the other side answers; an orderly stop waits for it to end."""

LONGEST_WORD = 200


class BadSettings(ValueError):
    """Settings that can't work, in a sentence; `field` is the setting."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.sentence, self.field = sentence, field


@dataclass(frozen=True)
class Delivery:
    """One notice for one channel. `key` is what repeats are known by; `to` an address of the channel's kind."""

    key: UUID
    to: str
    title: str
    text: str
    url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    signature: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery: the channel's own number for it, and its words."""

    state: State
    reference: str = ""
    said: str = ""

    def __post_init__(self) -> None:
        clean = {
            "reference": self.reference[:100],
            "said": "".join(one if one.isprintable() else " " for one in self.said)[:LONGEST_WORD],
        }
        for name, value in clean.items():
            object.__setattr__(self, name, value)


class Sender(Protocol):
    """A way out.

    `honours_keys`: a delivery that comes twice with one key arrives once, so that one whose end is
    unknown is simply sent again. Where it doesn't, such a one is uncertain and stays so; and its batch
    is one, because all that were begun with it would be uncertain too.
    """

    largest_batch: int
    honours_keys: bool

    def send(self, deliveries: Sequence[Delivery]) -> list[Outcome]:
        """An outcome for each, in their order."""
        ...

    def close(self) -> None:
        """Give up what is kept between calls."""
        ...


class KeepsNothing:
    """A way out that begins each call anew."""

    def close(self) -> None:
        """Nothing to give up."""


def doubtful(honours_keys: bool, said: str) -> Outcome:
    """The other side may have taken it."""
    return Outcome(State.UNKNOWN if honours_keys else State.UNCERTAIN, said=said)


def troubled(trouble: Trouble, *, honours_keys: bool) -> Outcome:
    """What a call that failed leaves: nothing was sent, or nobody knows."""
    words = {"slow": "没有在规定时间内答复", "unreachable": "连接不上", "settings": "地址不能用"}
    said = words.get(trouble.kind, "答复看不懂")
    may_have_arrived = trouble.may_have_arrived or trouble.kind == "answer"
    return doubtful(honours_keys, said) if may_have_arrived else Outcome(State.FAILED, said=said)


def usable_url(url: object, name: str = "url") -> str:
    try:
        return checked_url(url, may_be_http=True, kind="settings")
    except Trouble:
        raise BadSettings("地址要以 https:// 开头（本机可以用 http://），写完整", name) from None


def signature_of(secret: str, *parts: bytes) -> str:
    """HMAC-SHA-256 in hexadecimal."""
    return hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).hexdigest()
