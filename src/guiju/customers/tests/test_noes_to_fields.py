"""A no to one field counts where the purpose as a whole was agreed to before (对单项的不同意)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.tests.merging import merge, part, person
from guiju.customers.tests.test_minors import CHILD
from guiju.database.scope import scope
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.services.asking import Question, answer_link, ask_consent
from guiju.privacy.services.consents import withdraw_consent
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import given, publish

PHONE, EMAIL = "person.phone", "person.email"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def say_no(seller: Member, customer: Customer, question: Question) -> None:
    with acting(seller):
        asked = ask_consent(subject_id=customer.subject_id, questions=[question], actor=seller, at=AT + MINUTE)
    with scope(entities={customer.entity_id}):
        answer_link(secret=asked.secret, answers=[False], age=AgeGroup.ADULT, at=AT + 2 * MINUTE)


def agreed(seller: Member, customer: Customer, purpose: str = "marketing") -> tuple[bool, bool]:
    """Whether the phone and the e-mail address may be used."""
    with acting(seller):
        now = standing_of(customer.subject_id)  # type: ignore[arg-type]
        return now.agrees(purpose, PHONE), now.agrees(purpose, EMAIL)


def test_a_no_to_a_field_leaves_the_purpose_agreed_to_without_it(seller: Member) -> None:
    li = person(seller, phone=CHILD["phone"], consents=[given(), given("service")])
    say_no(seller, li, Question("marketing", (PHONE,)))
    assert agreed(seller, li) == (False, True)
    assert agreed(seller, li, "service") == (True, True)
    with acting(seller):
        before, after = Consent.objects.filter(subject=li.subject, purpose="marketing").order_by("recorded_at")
        assert (before.ending, after.follows_id, after.proof) == ("narrowed", before.pk, before.proof)


def test_what_people_are_asked_about_by_itself_does_not_come_in_with_the_rest(seller: Member) -> None:
    with acting(seller):
        notice = PrivacyNotice.objects.get(entity=seller.entity)
        notice.items[EMAIL]["consent"] = "separate"
        PrivacyNotice.objects.filter(pk=notice.pk).update(items=notice.items)
    li = person(seller, phone=CHILD["phone"], consents=[given()])
    say_no(seller, li, Question("marketing", (PHONE,)))
    with acting(seller):
        now = standing_of(li.subject_id)  # type: ignore[arg-type]
    assert now.agrees("marketing", "person.wechat") and not now.agrees_separately("marketing", EMAIL)


def test_a_childs_phone_is_not_used_any_more_after_the_guardians_no(seller: Member) -> None:
    consents = [given("sales", by_guardian=True), given("service", by_guardian=True)]
    child = person(seller, "小禾", phone=CHILD["phone"], birthday=CHILD["birthday"], consents=consents)
    say_no(seller, child, Question("sales", (PHONE,)))
    with acting(seller):
        now = standing_of(child.subject_id)  # type: ignore[arg-type]
    assert not now.is_guarded("sales", PHONE)
    assert now.is_guarded("sales", "person.name") and now.is_guarded("service", PHONE)


def test_a_field_of_a_consent_to_the_purpose_is_taken_back_alone(seller: Member) -> None:
    li = person(seller, phone=CHILD["phone"], consents=[given()])
    with acting(seller):
        [consent] = Consent.objects.filter(subject=li.subject)
        withdraw_consent(consent_id=consent.pk, fields=[PHONE], actor=seller, at=timezone.now())
    assert agreed(seller, li) == (False, True)


def test_who_said_no_on_one_record_said_it_on_the_other_too(seller: Member) -> None:
    kept = person(seller, phone=CHILD["phone"], consents=[given()])
    gone = person(seller, "李晓明", consents=[given()])
    say_no(seller, gone, Question("marketing", (PHONE,)))
    made = merge(kept, gone, seller)
    assert agreed(seller, kept) == (False, True)
    part(made, seller)
    assert agreed(seller, kept) == (True, True) and agreed(seller, gone) == (False, True)


@pytest.mark.parametrize("by_guardian", [False, True])
def test_a_withdrawal_of_the_purpose_ends_on_the_other_record_what_a_no_had_left(
    seller: Member, by_guardian: bool
) -> None:
    agreed_to = given(by_guardian=by_guardian)
    kept = person(seller, phone=CHILD["phone"], consents=[agreed_to, given("marketing", "person.wechat")])
    gone = person(seller, "李晓明", consents=[given()])
    say_no(seller, kept, Question("marketing", (PHONE,)))
    with acting(seller):
        [consent] = Consent.objects.filter(subject=gone.subject)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=AT + 3 * MINUTE)
    merge(kept, gone, seller)
    with acting(seller):
        left = Consent.objects.filter(subject=kept.subject, ended_at=None)
        # What was agreed to field by field stays.
        assert [one.fields for one in left] == [["person.wechat"]]
