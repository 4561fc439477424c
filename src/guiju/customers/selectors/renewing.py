"""Reads of consents that the notice in force has outgrown (重新征求): whose, for what, and how far it is.

Where the kinds of information that a purpose takes change, people are asked anew (个人信息保护法 第十四条第二款);
until they answer, what they agreed to before holds as far as it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.finding import is_usable
from guiju.customers.selectors.reading import Reading
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent, ConsentRequest
from guiju.privacy.selectors.consents import recipient_words
from guiju.privacy.selectors.noes import recipient_of
from guiju.privacy.selectors.notices import Outgrown, outgrown_by_now
from guiju.privacy.services.asking import Question


def renewals_of(seen: Reading, *, owner: str = "") -> QuerySet[Consent]:
    """The consents of people in sight, of the member's own company, that go less far than the notice in force."""
    rows = _outgrown(seen.member.entity_id, outgrown_by_now(seen.member.entity_id))
    customers = seen.customers().filter(is_usable(), entity_id=seen.member.entity_id).order_by()
    if owner == "me":
        customers = customers.filter(owner_id=seen.member.pk)
    persons = customers.filter(subject_id=OuterRef("subject_id"))
    contacts = Contact.objects.filter(
        subject_id=OuterRef("subject_id"), ended_at=None, customer__in=customers.values("pk")
    )
    return rows.filter(Exists(persons) | Exists(contacts)).select_related("notice").order_by("-given_at", "-pk")


def _outgrown(entity_id: UUID, outgrown: Iterable[Outgrown]) -> QuerySet[Consent]:
    wanted = Q(pk__isnull=True)
    for one in outgrown:
        wanted |= Q(notice_id=one.notice_id, purpose=one.purpose, recipient_id=one.recipient_id)
    return Consent.objects.filter(wanted, entity_id=entity_id, ended_at=None, fields=[])


def questions_again(entity_id: UUID, subject_id: UUID) -> list[Question]:
    """What a person is to be asked anew."""
    rows = _outgrown(entity_id, outgrown_by_now(entity_id)).filter(subject_id=subject_id)
    pairs = dict.fromkeys(rows.order_by("purpose", "pk").values_list("purpose", "recipient_id"))
    return [Question(purpose, recipient_id=recipient_id) for purpose, recipient_id in pairs]


@dataclass(frozen=True)
class RenewalLine:
    """One consent that goes less far: whose, for what, to which fields it doesn't go, and how far the asking is."""

    consent: Consent
    name: str
    address: str
    owner: str
    purpose: str
    fields: tuple[str, ...]
    state: str
    customer_id: UUID | None
    """Of a person who may be asked with others at one step."""


def lines_of_renewals(seen: Reading, consents: Iterable[Consent]) -> list[RenewalLine]:
    """These consents in words."""
    found = list(consents)
    outgrown = {(one.notice_id, one.purpose, one.recipient_id): one for one in outgrown_by_now(seen.member.entity_id)}
    people = {one.subject_id for one in found}
    persons = {one.subject_id: one for one in seen.named(seen.customers().filter(subject_id__in=people))}
    rows = Contact.objects.filter(subject_id__in=people, ended_at=None)
    contacts = {one.subject_id: one for one in seen.named(rows.select_related("subject", "customer__owner__user"))}
    waiting = _waiting(people)
    lines = []
    for one in found:
        known = outgrown.get((one.notice_id, one.purpose, one.recipient_id))
        person, contact = persons.get(one.subject_id), contacts.get(one.subject_id)
        if known is None or (person is None and contact is None):
            continue
        state = waiting.get((one.subject_id, one.purpose, one.recipient_id), "")
        customer: Customer = person or contact.customer  # type: ignore[union-attr]
        recipient = recipient_words(one.notice, one.recipient_id)
        page = ("customer_detail", person.pk) if person else ("contact_detail", contact.pk)  # type: ignore[union-attr]
        lines.append(
            RenewalLine(
                one,
                person.shown_name if person else f"{contact.shown_name}（{customer.shown_name}）",  # type: ignore[union-attr]
                reverse(page[0], args=[page[1]]),
                customer.owner.user.name if customer.owner else "",
                f"提供给{recipient}，用于{PURPOSES[one.purpose]}" if recipient else PURPOSES[one.purpose],
                known.labels,
                state or "没有征求过",
                person.pk if person and not state else None,
            )
        )
    return lines


def _waiting(people: set[UUID]) -> dict[tuple[UUID, str, UUID | None], str]:
    """The questions that wait to be answered, by person, purpose and recipient."""
    rows = ConsentRequest.objects.filter(
        subject_id__in=people, answered_at=None, expires_at__gt=timezone.now(), notice__ended_at=None
    )
    return {
        (
            one.subject_id,
            item["purpose"],
            recipient_of(item),
        ): f"{timezone.localtime(one.made_at):%Y-%m-%d}征求，等待答复"
        for one in rows.order_by("made_at")
        for item in one.items
    }
