"""Everything about a customer in the order in which it happened (时间线)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import ERASED_NOTE, Contact, Customer, Note
from guiju.customers.owning import OwnerChange
from guiju.customers.registry import BESIDE, Event
from guiju.customers.selectors.attachments import files_of_contacts
from guiju.customers.selectors.merges import merge_events
from guiju.customers.selectors.reading import NOTE, Reading
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent, ConsentRequest
from guiju.privacy.scanning import masked_in, masked_text

NOTE_TEXT = f"{NOTE}.text"
MOST, PAGE, MOST_PAGES = 100, 50, 200
"""Lines of the card, lines of a page of the whole timeline, and how far back its pages go."""


def timeline_of(
    seen: Reading, customer: Customer, beside: Iterable[Event] = (), *, contacts: Iterable[Contact] = ()
) -> list[Event]:
    """The newest first: notes, consents, in whose hands the customer was, and what the parts above bring."""
    return _in_order([*_own(seen, customer, MOST), *_of_contacts(contacts), *beside])[:MOST]


@dataclass(frozen=True)
class Timeline:
    """A page of everything that happened; `kinds` are those that there are, to choose from."""

    events: Sequence[Event]
    kinds: Sequence[str]
    has_more: bool


def whole_timeline(seen: Reading, customer: Customer, *, page: int, kind: str = "") -> Timeline:
    """Everything about a customer, a page at a time (全部记录), or what is of one kind."""
    contacts: list[Contact] = []
    if customer.kind == Customer.Kind.COMPANY:
        contacts = [*seen.named(seen.contacts_of(customer)), *seen.named(seen.past_contacts_of(customer))]
    end = page * PAGE
    # Of one kind there may be a page only far back: then all notes are looked through.
    events = _own(seen, customer, end + 1 if not kind else MOST_PAGES * PAGE)
    events += [*_of_contacts(contacts), *further_events(seen, customer, contacts)]
    for beside in [provide(seen, customer) for provide in BESIDE]:
        events += [*beside.events, *beside.further()]
    kinds = sorted({one.kind for one in events})
    found = _in_order([one for one in events if kind in ("", one.kind)])
    return Timeline(found[end - PAGE : end], kinds, len(found) > end)


def _in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda one: one.at, reverse=True)


def _own(seen: Reading, customer: Customer, most: int) -> list[Event]:
    notes = Note.objects.filter(customer=customer, removed_at=None).order_by("-at", "-pk")
    events = [*note_events(seen, customer, notes[:most]), *_consents(seen, customer), *merge_events(seen, customer)]
    return [*events, *_hands(seen, customer)]


def note_events(seen: Reading, customer: Customer, rows: Iterable[Note]) -> list[Event]:
    """What was noted of a customer, as it may be read: none of it where it may not be used for the purpose."""
    if customer.is_frozen("name") or not seen.may_use_notes(customer):
        return []
    treat = seen.treat_text(customer)
    notes = list(rows)
    names = seen.names(one.by_id for one in notes)
    if notes:
        seen.note_shown(customer, NOTE_TEXT)
    return [
        Event(
            one.at,
            one.get_way_display(),
            customer.without_name(masked_text(one.content, treat)),
            names[one.by_id],
            note_id=one.pk,
            masked=frozenset(masked_in(one.content, treat)),
        )
        for one in notes
    ]


def _consents(seen: Reading, customer: Customer) -> list[Event]:
    if customer.subject_id is None or not seen.may_read_consents(customer):
        return []
    return [event for one in seen.consents_of(customer) for event in _of_consent(one)]


def _of_consent(one: Consent) -> list[Event]:
    purpose = PURPOSES.get(one.purpose, one.purpose)
    events = [Event(one.given_at, "同意", f"用于{purpose}（{one.get_channel_display()}）")]
    if one.ended_at and one.ending != Consent.Ending.REPLACED:
        events.append(Event(one.ended_at, one.get_ending_display(), f"用于{purpose}的同意"))
    return events


def _hands(seen: Reading, customer: Customer) -> list[Event]:
    """From whom to whom the customer went; to those who see the customer, as its page says who has it now."""
    rows = list(OwnerChange.objects.filter(customer=customer).select_related("by").order_by("-at")[:MOST])
    names = seen.names(pk for one in rows for pk in (one.from_member_id, one.to_member_id) if pk)

    def called(pk: UUID | None) -> str:
        return names.get(pk, "（已不在公司）") if pk else "公海"

    return [
        Event(
            one.at,
            one.get_way_display(),
            f"负责人：{called(one.from_member_id)} → {called(one.to_member_id)}",
            one.by.name if one.by else "系统",
        )
        for one in rows
    ]


def _of_contacts(contacts: Iterable[Contact]) -> list[Event]:
    """When people at a company were entered, and that they are no longer contacted."""
    events = []
    for one in contacts:
        url = reverse("contact_detail", args=[one.pk])
        events.append(Event(one.made_at, "联系人", f"登记联系人{one.shown_name}", "", url))
        if one.ended_at:
            events.append(Event(one.ended_at, "联系人", f"{one.shown_name}不再联系", "", url))
    return events


def further_events(seen: Reading, customer: Customer, contacts: Sequence[Contact]) -> list[Event]:
    """What this part tells on the page of the whole timeline only: questions that were sent, what is stored only, and
    consents and files of the contacts."""
    events = _taken_away(seen, customer)
    everybody: list[Customer | Contact] = [customer, *contacts]
    usable: list[Customer | Contact] = []
    for one in everybody:
        if one.subject is not None and one.subject.frozen_at is not None:
            events.append(Event(one.subject.frozen_at, "冻结", f"{_whose(one)}仅存储"))
        else:
            usable.append(one)
    people = [one for one in usable if isinstance(one, Contact)]
    events += files_of_contacts(seen, people)
    # Contacts are in the hands of whoever has their company: asked once for all of them.
    known = {one.subject_id: one for one in usable if one.subject_id}
    readable = known if known and seen.may_read_consents(customer) else {}
    if people and readable:
        of_contacts = [one.subject_id for one in people if one.subject_id in readable]
        for consent in Consent.objects.filter(subject_id__in=of_contacts).order_by("given_at"):
            whose = _whose(readable[consent.subject_id])
            events += [replace(event, text=whose + event.text) for event in _of_consent(consent)]
    if readable:
        events += _requests(readable)
    return events


def _whose(one: Customer | Contact) -> str:
    return f"{one.shown_name}：" if isinstance(one, Contact) else ""


def _taken_away(seen: Reading, customer: Customer) -> list[Event]:
    """Notes of one's own that one took away: whoever did so by mistake puts them back."""
    if customer.is_frozen("name") or not seen.may_use_notes(customer):
        return []
    rows = Note.objects.filter(customer=customer, by_id=seen.member.pk, removed_at__isnull=False)
    return [
        Event(
            one.removed_at,
            "删去的跟进",
            f"删去{one.get_way_display()}：点开恢复",
            "",
            reverse("return_note", args=[one.pk]),
        )
        for one in rows.exclude(text=ERASED_NOTE).order_by("-removed_at")[:MOST]
        if one.removed_at is not None
    ]


def _requests(people: Mapping[UUID, Customer | Contact]) -> list[Event]:
    events = []
    rows = ConsentRequest.objects.filter(subject_id__in=list(people)).select_related("made_by").order_by("-made_at")
    for one in rows[:MOST]:
        whose, who = _whose(people[one.subject_id]), one.made_by.name if one.made_by else "系统"
        events.append(Event(one.made_at, "征求同意", f"{whose}发出征求同意的链接", who))
        if one.answered_at:
            events.append(Event(one.answered_at, "征求同意", f"{whose}答复了征求", "本人"))
    return events
