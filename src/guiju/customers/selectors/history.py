"""The history of a customer as somebody may see it (修改历史): masked like the values themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from guiju.customers.models import Customer, Holder
from guiju.customers.records import TAG
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.reading import Reading
from guiju.customers.values import logged_values, values_of
from guiju.evidence.selectors import GONE_BY_LAW, Version, history_of, values_in
from guiju.kernel.errors import Missing
from guiju.organisations.models import Reach
from guiju.organisations.permissions import sight_of
from guiju.organisations.registry import Treatment
from guiju.organisations.selectors.people import names_of
from guiju.privacy.fields import Field
from guiju.privacy.masking import masked, treated_as
from guiju.privacy.scanning import as_seen, is_free_text
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
    is_restorable: bool = False
    """Whether a value of the catalogue changed in it, so that it can be taken back."""


_INNER = frozenset({"id", "entity_id", "subject_id", "origins", "made_at", "changed_at", "made_by_id"}) | {
    "hidden_at",
    "merged_into_id",
}


HIDDEN = "不显示"


def _shown(known: Field | None, cell: Cell | None, text: str, treat: Callable[[str], Treatment]) -> str:
    """A value of the past as the value of today shows; where there is none any more, masked if it lay sealed.

    What stands in a free text is treated by its kind, whatever the text of today says.
    """
    category = known.category if known else "other"
    if cell is None:
        treatment = Treatment.MASKED if known is None or known.is_sealed else Treatment.CLEAR
    else:
        treatment = cell.treatment
    is_partly = cell is not None and cell.category != treated_as(category)
    if known is not None and is_free_text(known) and (treatment is Treatment.CLEAR or is_partly):
        return as_seen(text, treat)[0]
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
    cells, treat = seen.cells_of(holder), seen.treat_text(holder)
    lines = []
    for one in versions:
        changes, is_restorable = [], False
        for change in one.changes:
            if change.field in _INNER:
                continue
            code = change.field.partition(".")[2] or change.field
            known = fields.get(code)
            cell = cells.get(code)
            is_restorable |= known is not None
            words = [_words(holder, known, change.field, value, owners) for value in (change.old, change.new)]
            if holder.is_frozen(code) or (change.field == "tags" and holder.has_frozen(TAG)):
                words = [HIDDEN if text else "" for text in words]
            elif known is not None or "." in change.field:
                words = [text if text == GONE_BY_LAW else _shown(known, cell, text, treat) for text in words]
            changes.append(ChangeLine(known.label if known else change.label, *words))
        told = replace(one, reason=HIDDEN) if one.reason and holder.is_frozen("name") else one
        lines.append(
            HistoryLine(
                told, people.get(one.actor_id, "系统") if one.actor_id else "系统", tuple(changes), is_restorable
            )
        )
    return lines


def may_see_history(seen: Reading, holder: Customer) -> bool:
    """Whether the member's right to histories covers this customer."""
    sight = sight_of(seen.member, "customer.history", on=seen.on)
    if holder.entity_id in sight.entities or (sight.reach is not None and holder.owner_id in sight.members):
        return True
    if sight.reach in (None, Reach.OWN):
        return False
    return sight.of(Customer.objects.filter(pk=holder.pk), owner="owner").exists()


@dataclass(frozen=True)
class Back:
    """What a customer would hold again, by field code (empty: taken away); `erased` are fields whose past is gone."""

    values: Mapping[str, str]
    erased: tuple[str, ...]


def back_of(customer: Holder, number: int, *, undo: bool) -> Back:
    """How a customer was in a version (恢复到这一版), or, to `undo` it, before what that version changed."""
    then = values_in(customer, number)
    before = values_in(customer, number - 1) if undo else {}
    if then is None or before is None:
        raise Missing("version_missing", "没有这一版，或者它之前没有内容可以恢复")
    now, was = values_of(customer), logged_values(customer, then)
    if undo:
        old = logged_values(customer, before)
        wanted = {code: old.get(code, "") for code in {*was, *old} if was.get(code) != old.get(code)}
    else:
        wanted = {code: was.get(code, "") for code in {*was, *now}}
    changed = {code: text for code, text in sorted(wanted.items()) if text != now.get(code, "")}
    erased = tuple(code for code, text in changed.items() if text == GONE_BY_LAW)
    return Back({code: text for code, text in changed.items() if code not in erased}, erased)


@dataclass(frozen=True)
class BackLine:
    """One field of what would be restored, as the member may see it; `why` says why it can't be."""

    code: str
    label: str
    now: str
    then: str
    why: str = ""


def lines_of_back(seen: Reading, customer: Holder, back: Back, refused: Mapping[str, str]) -> list[BackLine]:
    """Each field with how it is and how it would be; what shows masked now shows masked then."""
    fields, cells = seen.fields(customer.entity_id, customer.record), seen.cells_of(customer)
    lines, treat = [], seen.treat_text(customer)
    for code in (*back.values, *back.erased):
        known, cell = fields.get(code), cells.get(code)
        label, now = (known.label if known else code), (cell.text or cell.why) if cell else ""
        if code in back.erased:
            lines.append(BackLine(code, label, now, GONE_BY_LAW, "已经依法删除，不能恢复"))
            continue
        words = words_of(known, back.values[code]) if known and back.values[code] else back.values[code]
        then = HIDDEN if customer.is_frozen(code) else _shown(known, cell, words, treat)
        lines.append(BackLine(code, label, now, then, refused.get(code, "")))
    return lines
