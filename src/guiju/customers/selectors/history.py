"""The history of a customer as somebody may see it (修改历史): masked like the values themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from guiju.customers.models import Customer, Holder
from guiju.customers.selectors.reading import Cell, Reading
from guiju.evidence.selectors import GONE_BY_LAW, Version, history_of
from guiju.organisations.registry import Treatment
from guiju.organisations.selectors.people import names_of
from guiju.privacy.fields import Field
from guiju.privacy.masking import masked
from guiju.privacy.values import words_of


@dataclass(frozen=True)
class ChangeLine:
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class HistoryLine:
    """One version in words: who, when, why, and each value that changed."""

    version: Version
    who: str
    changes: tuple[ChangeLine, ...]


_INNER = frozenset({"id", "entity_id", "subject_id", "origins", "made_at", "changed_at", "made_by_id"}) | {
    "hidden_at",
    "merged_into_id",
}


HIDDEN = "不显示"


def _shown(known: Field | None, cell: Cell | None, text: str) -> str:
    """A value of the past as the value of today shows; where there is none any more, masked if it lay sealed."""
    category = known.category if known else "other"
    if cell is None:
        treatment = Treatment.MASKED if known is None or known.is_sealed else Treatment.CLEAR
    else:
        treatment = cell.treatment
    if not text or treatment is Treatment.CLEAR:
        return text
    return HIDDEN if treatment is Treatment.HIDDEN else masked(category, text)


def _words(holder: Holder, known: Field | None, code: str, value: object, owners: Mapping[UUID, str]) -> str:
    """What a value of the past is called: a choice by its label, a member by name."""
    text = str(value or "")
    if not text or text == GONE_BY_LAW:
        return text
    if code == "owner_id":
        return owners.get(UUID(text), "（已不在公司）")
    if code == "kind":
        return Customer.Kind(text).label
    return words_of(known, text) if known else text


def history_for(seen: Reading, holder: Holder) -> list[HistoryLine]:
    """All versions, the newest first; a value that isn't shown in the clear now isn't in its past either."""
    versions = history_of(holder)
    people = names_of({one.actor_id for one in versions if one.actor_id})
    owners = names_of(
        {
            UUID(str(value))
            for one in versions
            for change in one.changes
            if change.field == "owner_id"
            for value in (change.old, change.new)
            if value and value != GONE_BY_LAW
        }
    )
    fields = seen.fields(holder.entity_id, holder.record)
    cells = seen.cells_of(holder)
    lines = []
    for one in versions:
        changes = []
        for change in one.changes:
            if change.field in _INNER:
                continue
            code = change.field.partition(".")[2] or change.field
            known = fields.get(code)
            cell = cells.get(code)
            words = [_words(holder, known, change.field, value, owners) for value in (change.old, change.new)]
            if holder.is_frozen(code):
                words = [HIDDEN if text else "" for text in words]
            elif known is not None or "." in change.field:
                words = [text if text == GONE_BY_LAW else _shown(known, cell, text) for text in words]
            changes.append(ChangeLine(known.label if known else change.label, *words))
        told = replace(one, reason=HIDDEN) if one.reason and holder.is_frozen("name") else one
        lines.append(HistoryLine(told, people.get(one.actor_id, "系统") if one.actor_id else "系统", tuple(changes)))
    return lines
