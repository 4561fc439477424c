"""How a customer stands to others, as somebody may see it (客户关系): nothing is told unless both are in sight."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.records import TIE
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.relating import TIE_KINDS, Tie
from guiju.customers.selectors.reading import Reading
from guiju.organisations.permissions import reach_of

MOST = 200


@dataclass(frozen=True)
class TieLine:
    """One tie from the side of a customer: what the other one is to them."""

    tie: Tie
    label: str
    other: Customer


@dataclass(frozen=True)
class TieChoice:
    """A kind of tie from the side of a customer: `code` is that of the kind, with `-` before it the other way round."""

    code: str
    label: str
    other: str


def choices_for(customer: Customer) -> list[TieChoice]:
    """What another one can be to a customer."""
    found = []
    for kind in TIE_KINDS.values():
        if kind.one in ("", customer.kind):
            found.append(TieChoice(kind.code, kind.label, kind.other))
        if not kind.is_mutual and kind.other in ("", customer.kind):
            found.append(TieChoice(f"-{kind.code}", kind.back, kind.one))
    return found


def ties_of(seen: Reading, customer: Customer) -> list[TieLine]:
    """The ties of a customer whose other side is in sight too, where of both the name and the tie may be used for the
    purpose; those that ended last."""
    ties = Tie.objects.filter(Q(one=customer) | Q(other=customer), entity_id=customer.entity_id).exclude(kind="")
    rows = [
        (one, one.other_id if one.one_id == customer.pk else one.one_id)
        for one in ties.order_by("made_at", "pk")[:MOST]
    ]
    if not rows:
        return []
    both = seen.named(seen.customers().filter(pk__in=[customer.pk, *(pk for _, pk in rows)]))
    usable = seen.usable_beside(both, TIE)
    by_id = {one.pk: one for one in both if one.pk in usable and not one.name_kept_back and not one.is_frozen("name")}
    if customer.pk not in by_id:
        return []
    lines = [TieLine(tie, _label(tie, is_one=tie.one_id == customer.pk), by_id[pk]) for tie, pk in rows if pk in by_id]
    for one in {customer.pk, *(line.other.pk for line in lines)} if lines else ():
        seen.note_shown(by_id[one], f"{TIE}.kind")
    return sorted(lines, key=lambda line: line.tie.ended_at is not None)


def _label(tie: Tie, *, is_one: bool) -> str:
    kind = TIE_KINDS[tie.kind]
    return kind.label if is_one else kind.back


def ties_beside(seen: Reading, customer: Customer) -> Beside:
    """The card 关系, and when each began and ended, out of one reading."""
    lines = ties_of(seen, customer)
    may_change = reach_of(seen.member, "customer.change") is not None
    address = reverse("add_tie", args=[customer.pk])
    panel = Panel(
        "customers/tie_panel.html",
        {"lines": [one for one in lines if one.tie.ended_at is None], "may_change": may_change, "address": address},
        "关系",
        [("登记关系", address)] if may_change else [],
        is_empty=all(one.tie.ended_at for one in lines),
    )
    names = seen.names(one.tie.by_id for one in lines)
    return Beside(panel, [event for line in lines for event in _events(line, names[line.tie.by_id])])


def _events(line: TieLine, who: str) -> list[Event]:
    url, words = reverse("customer_detail", args=[line.other.pk]), f"{line.label}：{line.other.shown_name}"
    events = [Event(line.tie.made_at, "关系", words, who, url)]
    if line.tie.ended_at:
        events.append(Event(line.tie.ended_at, "关系结束", words, "", url))
    return events
