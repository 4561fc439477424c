"""Reads of consents that the notice in force has outgrown (重新征求): whose, for what, and how far it is.

Where the kinds of information that a purpose takes change, people are asked anew (个人信息保护法 第十四条第二款);
until they answer, what they agreed to before holds as far as it went.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.finding import is_usable
from guiju.customers.selectors.reading import Reading
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent, ConsentRequest
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
        wanted |= _new_to(entity_id, one) if one.is_new else Q(**_agreed_under(one))
    return Consent.objects.filter(wanted, entity_id=entity_id, ended_at=None, fields=[])


def _agreed_under(one: Outgrown) -> dict[str, Any]:
    return {"notice_id": one.notice_id, "purpose": one.purpose, "recipient_id": one.recipient_id}


def _new_to(entity_id: UUID, one: Outgrown) -> Q:
    """By the first consent of each person under an earlier notice, unless the recipient has come up with them already."""
    theirs = {"entity_id": entity_id, "subject_id": OuterRef("subject_id")}
    about = [{"purpose": one.purpose, "recipient": str(one.recipient_id)}]
    came_up = Consent.objects.filter(**theirs, purpose=one.purpose, recipient_id=one.recipient_id)
    answered = ConsentRequest.objects.filter(**theirs, answered_at__isnull=False, items__contains=about)
    first = Consent.objects.filter(**theirs, recipient=None, ended_at=None, fields=[], pk__lt=OuterRef("pk"))
    return Q(~Exists(came_up), ~Exists(answered), ~Exists(first), notice_id=one.notice_id, recipient=None)


def _by_consent(entity_id: UUID, consents: Iterable[Consent]) -> dict[UUID, list[Outgrown]]:
    """For what each of these consents has its person asked anew."""
    rows, outgrown = list(consents), outgrown_by_now(entity_id)
    found: dict[UUID, list[Outgrown]] = {one.pk: [] for one in rows}
    for one in rows:
        under = one.notice_id, one.purpose, one.recipient_id
        found[one.pk] += [
            known
            for known in outgrown
            if not known.is_new and (known.notice_id, known.purpose, known.recipient_id) == under
        ]
    new: dict[tuple[UUID | None, str], dict[UUID, Outgrown]] = {}
    for known in outgrown:
        if known.is_new:
            new.setdefault((known.recipient_id, known.purpose), {})[known.notice_id] = known
    for by_notice in new.values():
        concerned = _outgrown(entity_id, by_notice.values()).filter(pk__in=found)
        for pk, notice_id in concerned.values_list("pk", "notice_id"):
            found[pk].append(by_notice[notice_id])
    return found


def questions_again(entity_id: UUID, subject_id: UUID) -> list[Question]:
    """What a person is to be asked anew."""
    rows = Consent.objects.filter(subject_id=subject_id, ended_at=None, fields=[]).order_by("purpose", "pk")
    known = [one for some in _by_consent(entity_id, rows).values() for one in some]
    return list(dict.fromkeys(Question(one.purpose, recipient_id=one.recipient_id) for one in known))


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
    concerned = _by_consent(seen.member.entity_id, found)
    people = {one.subject_id for one in found}
    persons = {one.subject_id: one for one in seen.named(seen.customers().filter(subject_id__in=people))}
    rows = Contact.objects.filter(subject_id__in=people, ended_at=None)
    contacts = {one.subject_id: one for one in seen.named(rows.select_related("subject", "customer__owner__user"))}
    waiting = _waiting(people)
    pairs = [(one, known) for one in found for known in concerned[one.pk]]
    lines = []
    for one, known in pairs:
        person, contact = persons.get(one.subject_id), contacts.get(one.subject_id)
        if person is None and contact is None:
            continue
        state = waiting.get((one.subject_id, known.purpose, known.recipient_id), "")
        customer: Customer = person or contact.customer  # type: ignore[union-attr]
        page = ("customer_detail", person.pk) if person else ("contact_detail", contact.pk)  # type: ignore[union-attr]
        lines.append(
            RenewalLine(
                one,
                person.shown_name if person else f"{contact.shown_name}（{customer.shown_name}）",  # type: ignore[union-attr]
                reverse(page[0], args=[page[1]]),
                customer.owner.user.name if customer.owner else "",
                f"提供给{known.recipient}，用于{PURPOSES[known.purpose]}"
                if known.recipient
                else PURPOSES[known.purpose],
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
