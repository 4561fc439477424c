"""What there is to tell (通知事项): parts register their kinds, with the words and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from guiju.kernel.placeholders import variables_in
from guiju.notifications.models import Notice, Sort
from guiju.organisations.registry import PURPOSES


@dataclass(frozen=True)
class NoticeKind:
    """One kind of notice, with its words as long as the company has none of its own.

    `variables` maps each variable that the words may name to a sample. A notice to staff that is not
    `urgent` comes with the morning's digest; one to a customer is sent at once along `route`.
    `button` is what the link to `url` says. Variables in `secret` are shown on no page. `still` is asked
    by the digest, hours after a notice was written, for a line about it as it stands then; None: it is over. It raises
    `ObjectDoesNotExist` where what it is about is out of sight. One to customers names the `purpose` for which it
    uses their addresses; what is a promotion is marketing.
    """

    code: str
    label: str
    title: str
    text: str
    variables: Mapping[str, str]
    button: str = "查看"
    is_urgent: bool = False
    route: tuple[Sort, ...] = ()
    is_promotion: bool = False
    secret: frozenset[str] = field(default_factory=frozenset)
    still: Callable[[Notice, datetime], str | None] | None = None
    purpose: str = ""

    @property
    def is_for_staff(self) -> bool:
        return not self.route


NOTICES: dict[str, NoticeKind] = {}


def register_notice(kind: NoticeKind) -> NoticeKind:
    """Add a kind; words that name a variable which it doesn't have are a fault, and so is no purpose for customers."""
    unknown = (variables_in(kind.title) | variables_in(kind.text)) - set(kind.variables)
    if unknown:
        raise ValueError(f"{kind.code}: words name {sorted(unknown)}")
    if not kind.is_for_staff and (kind.purpose not in PURPOSES or kind.is_promotion != (kind.purpose == "marketing")):
        raise ValueError(f"{kind.code}: names no purpose for which it writes to customers, or another than it has")
    NOTICES[kind.code] = kind
    return kind
