"""After a no nobody is asked for the same again for a while, and for everything else they are (不频繁征求同意)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.own_page import refuse_by_phone
from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import ConsentRequest
from guiju.privacy.services.answers_again import carry_noes, replay_noes
from guiju.privacy.services.asking import Question, answer_link, ask_consent
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import given, publish

DAY, PHONE = timedelta(days=1), "13800138000"
GENDER, BIRTHDAY = "person.gender", "person.birthday"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    seller = group.sales_a
    with acting(seller):
        values = {"name": "李小明", "phone": PHONE}
        return add_customer(kind="person", values=values, how=How(), actor=seller, at=AT).customer


def ask(group: Group, li: Customer, *questions: Question, at: datetime = AT + 2 * DAY) -> str:
    with acting(group.sales_a):
        return ask_consent(subject_id=li.subject_id, questions=questions, actor=group.sales_a, at=at).secret


def refuses(group: Group, li: Customer, *questions: Question, at: datetime = AT + 2 * DAY) -> bool:
    """Whether to ask is refused, and for no other reason than an earlier no."""
    try:
        ask(group, li, *questions, at=at)
    except Refused as refusal:
        return [one.code for one in refusal.problems] == ["privacy.no_nagging"] or pytest.fail(refusal.sentence)
    return False


def say_no(group: Group, li: Customer, question: Question) -> None:
    secret = ask(group, li, question, at=AT)
    with scope(entities={li.entity_id}):
        answer_link(secret=secret, answers=[False], age=AgeGroup.ADULT, at=AT + DAY)


def agree_and_withdraw(group: Group, li: Customer, *fields: str, withdrawn: tuple[str, ...] = ()) -> None:
    seller = group.sales_a
    with acting(seller):
        agreed = [given("service", *fields)]
        [made] = record_customer_consent(customer_id=li.pk, consents=agreed, actor=seller, at=AT)
        withdraw_customer_consent(customer_id=li.pk, consent_id=made.pk, fields=withdrawn, actor=seller, at=AT + DAY)


@pytest.mark.parametrize("withdrawn", [(), (GENDER,)])
def test_only_the_fields_that_were_taken_back_are_not_asked_for(
    group: Group, li: Customer, withdrawn: tuple[str, ...]
) -> None:
    agree_and_withdraw(group, li, GENDER, BIRTHDAY, withdrawn=withdrawn)
    assert refuses(group, li, Question("service", (GENDER,)))
    assert refuses(group, li, Question("service", (BIRTHDAY, GENDER)))
    assert refuses(group, li, Question("service", (BIRTHDAY,))) == (not withdrawn)
    assert not refuses(group, li, Question("service", ("person.phone",)))
    assert not refuses(group, li, Question("sales", ("person.phone",)))
    assert not refuses(group, li, Question("service", (GENDER,)), at=AT + 92 * DAY)


def test_a_no_to_a_purpose_is_one_to_each_field_for_it(group: Group, li: Customer) -> None:
    say_no(group, li, Question("marketing"))
    assert refuses(group, li, Question("marketing", (BIRTHDAY,)))
    assert not refuses(group, li, Question("service", (BIRTHDAY,)))


def test_a_no_to_one_of_several_fields_is_remembered_however_it_is_asked(group: Group, li: Customer) -> None:
    say_no(group, li, Question("service", (GENDER,)))
    assert refuses(group, li, Question("service", (GENDER, BIRTHDAY)))
    assert not refuses(group, li, Question("service", (BIRTHDAY,)))


def test_who_refuses_advertising_is_not_asked_for_marketing_until_they_consent_themselves(
    group: Group, li: Customer
) -> None:
    with scope(entities={li.entity_id}):
        refuse_by_phone(entity_id=li.entity_id, phone=PHONE, at=AT + DAY)
    assert refuses(group, li, Question("marketing"))
    assert refuses(group, li, Question("marketing", (BIRTHDAY,)))
    assert not refuses(group, li, Question("service"))
    assert not refuses(group, li, Question("marketing"), at=AT + 92 * DAY)
    with acting(group.sales_a):
        agreed, later = [given("marketing", at=AT + 3 * DAY)], AT + 3 * DAY
        record_customer_consent(customer_id=li.pk, consents=agreed, actor=group.sales_a, at=later)
    assert not refuses(group, li, Question("marketing"), at=AT + 4 * DAY)


@pytest.mark.parametrize("is_notice_here", [True, False])
def test_after_a_restore_a_no_holds_also_where_its_notice_is_newer_than_the_moment(
    group: Group, li: Customer, is_notice_here: bool
) -> None:
    say_no(group, li, Question("marketing"))
    with acting(group.sales_a):
        wang = add_customer(kind="person", values={"name": "王芳"}, how=How(), actor=group.sales_a, at=AT).customer
        [line] = carry_noes(li.entity_id, AT)
        # Somebody of whom nothing is known here but who they are, as after the restore.
        line |= {"subject": str(wang.subject_id), "id": str(uuid4())}
        line |= {} if is_notice_here else {"notice": str(uuid4())}
        again = Act("safekeeping.replay", None, AT + DAY)
        assert [replay_noes(li.entity_id, [line], again) for _ in range(2)] == [1, 0]
        kept = ConsentRequest.objects.get(subject=wang.subject)
        assert (kept.digest, kept.answers) == (line["digest"], [False])
    assert refuses(group, wang, Question("marketing"))
