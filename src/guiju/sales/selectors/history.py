"""The history of an opportunity in words (修改历史)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from guiju.audit.words import ACTIONS
from guiju.evidence.selectors import GONE_BY_LAW, Change, Version, history_of
from guiju.organisations.selectors.people import names_of
from guiju.privacy.scanning import masked_text
from guiju.sales.models import Opportunity
from guiju.sales.records import OPPORTUNITY
from guiju.sales.selectors.reading import Deals, is_stored, text_about, treating

_SHOWN = {
    "name": "名称",
    "stage": "阶段",
    "state": "状态",
    "amount": "金额",
    "expected_on": "预计成交",
    "owner_id": "负责人",
    "next_step": "下一步",
    "next_on": "下一步日期",
    "lost_reason": "输单原因",
    "lost_note": "输单说明",
}

RESTORED = ("name", "stage", "amount", "expected_on", "source", "next_step", "next_on")
"""What an edit that is taken back lets be as before: not who has it in hand, nor how it ended."""


@dataclass(frozen=True)
class HistoryLine:
    """One version: what was done, by whom, and each value that changed; whether it can be taken back."""

    version: Version
    action: str
    who: str
    changes: tuple[tuple[str, str, str], ...]
    may_go_back: bool = False


def history_for(seen: Deals, row: Opportunity) -> list[HistoryLine]:
    """All versions, the newest first; nothing of what is about somebody frozen."""
    if is_stored(row.customer, OPPORTUNITY):
        return []
    versions = history_of(row)
    changed = [change for one in versions for change in one.changes if change.field == "owner_id"]
    owners = {UUID(str(value)) for one in changed for value in (one.old, one.new) if value and value != GONE_BY_LAW}
    names = names_of(owners | {one.actor_id for one in versions if one.actor_id})
    [line] = seen.lines([row])

    def hide(text: str) -> str:
        return text_about(row.customer, text, shown=line.customer)

    return [
        HistoryLine(
            one,
            ACTIONS.get(one.action, one.action),
            names.get(one.actor_id, "系统") if one.actor_id else "系统",
            tuple(_words(seen, change, names, hide) for change in one.changes if _is_shown(change)),
            row.is_open and one.number > 1 and any(change.field in RESTORED for change in one.changes),
        )
        for one in versions
    ]


def _is_shown(change: Change) -> bool:
    return change.field in _SHOWN and bool(change.old or change.new)


def _words(seen: Deals, change: Change, names: dict[UUID, str], hide: Callable[[str], str]) -> tuple[str, str, str]:
    old, new = (hide(_value(seen, change.field, value, names)) for value in (change.old, change.new))
    return _SHOWN[change.field], old, new


def _value(seen: Deals, code: str, value: object, names: dict[UUID, str]) -> str:
    text = str(value) if value is not None else ""
    if not text or text == GONE_BY_LAW:
        return text
    match code:
        case "stage":
            return seen.stages.label(text)
        case "state":
            return Opportunity.State(text).label
        case "lost_reason":
            return seen.stages.reason(text)
        case "owner_id":
            return names.get(UUID(text), "（已不在公司）")
        case _:
            return masked_text(text, treating(seen.member, seen.sight))
