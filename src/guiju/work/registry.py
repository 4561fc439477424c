"""What there is to approve and to do: parts register their kinds, with what follows from a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from guiju.organisations.models import Member
from guiju.work.models import Approval, Task


def _nothing(approval: Approval, actor: Member, at: datetime) -> None:
    """Nothing more follows."""


@dataclass(frozen=True)
class ApprovalKind:
    """One kind of request (审批事项).

    `right` is who may decide, `needed` how many of them have to agree, `lasts` how long it waits.
    `on_allowed` and `on_refused` run in the transaction of the decision. `url` leads to what is decided on,
    where the reason alone doesn't say it.
    """

    code: str
    label: str
    right: str
    needed: int
    lasts: timedelta
    on_allowed: Callable[[Approval, Member, datetime], None]
    on_refused: Callable[[Approval, Member, datetime], None] = _nothing
    url: Callable[[Approval], str] = lambda approval: ""


@dataclass(frozen=True)
class TaskKind:
    """One kind of task (待办事项).

    `url` leads to where it is done. `escalates_to` are the rights to whose holders it shows too when it
    is overdue, one more each `patience`.
    """

    code: str
    label: str
    url: Callable[[Task], str]
    escalates_to: tuple[str, ...] = ()
    patience: timedelta = timedelta(days=3)


APPROVALS: dict[str, ApprovalKind] = {}
TASKS: dict[str, TaskKind] = {}


def register_approval(kind: ApprovalKind) -> ApprovalKind:
    APPROVALS[kind.code] = kind
    return kind


def register_task(kind: TaskKind) -> TaskKind:
    TASKS[kind.code] = kind
    return kind
