"""What somebody says themselves and what their guardian said before is about the same (本人与监护人的同意)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.evidence.services import Act
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.services.replaying import carry_withdrawals, replay_withdrawals
from guiju.privacy.tests.factories import given, publish

DAY = timedelta(days=1)
BY_GUARDIAN, OWN = True, False


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


@pytest.fixture
def li(seller: Member) -> Customer:
    with acting(seller):
        values = {"name": "李小明", "phone": "13800138000"}
        return add_customer(kind="person", values=values, how=How(), actor=seller, at=AT).customer


def agree(seller: Member, li: Customer, *fields: str, by_guardian: bool, at=AT) -> Consent:  # type: ignore[no-untyped-def]
    with acting(seller):
        agreed = given("service", *fields, by_guardian=by_guardian, at=at)
        [made] = record_customer_consent(customer_id=li.pk, consents=[agreed], actor=seller, at=at)
    return made


def both_in_force(seller: Member, li: Customer) -> tuple[Consent, Consent]:
    """As two records that were merged leave it."""
    by_guardian = agree(seller, li, "person.gender", by_guardian=BY_GUARDIAN)
    own = agree(seller, li, "person.gender", by_guardian=OWN)
    with acting(seller):
        Consent.objects.filter(pk=by_guardian.pk).update(ended_at=None, ending="")
    return by_guardian, own


@pytest.mark.parametrize("fields", [(), ("person.gender",)])
@pytest.mark.parametrize("first", [BY_GUARDIAN, OWN])
def test_what_is_said_last_takes_the_place_of_what_the_other_said(
    seller: Member, li: Customer, first: bool, fields: tuple[str, ...]
) -> None:
    before = agree(seller, li, *fields, by_guardian=first)
    after = agree(seller, li, *fields, by_guardian=not first, at=AT + DAY)
    with acting(seller):
        before.refresh_from_db()
        assert (before.ending, after.follows_id) == ("replaced", before.pk)
        withdraw_customer_consent(customer_id=li.pk, consent_id=after.pk, actor=seller, at=AT + 2 * DAY)
        assert li.subject_id and not standing_of(li.subject_id).agrees("service", "person.gender")


@pytest.mark.parametrize("withdrawn", [0, 1])
def test_a_withdrawal_of_the_one_is_one_of_the_other(seller: Member, li: Customer, withdrawn: int) -> None:
    pair = both_in_force(seller, li)
    with acting(seller):
        withdraw_customer_consent(customer_id=li.pk, consent_id=pair[withdrawn].pk, actor=seller, at=AT + DAY)
        assert li.subject_id and not standing_of(li.subject_id).agrees("service", "person.gender")
        assert {one.ending for one in Consent.objects.filter(subject=li.subject)} == {"withdrawn"}


def test_after_a_restore_neither_holds_either(seller: Member, li: Customer) -> None:
    own = agree(seller, li, "person.gender", by_guardian=OWN)
    with acting(seller):
        withdraw_customer_consent(customer_id=li.pk, consent_id=own.pk, actor=seller, at=AT + DAY)
        lines = list(carry_withdrawals(li.entity_id, AT))
        # As it was at the moment of the restore: the guardian's was in force, the person's own not yet there.
        Consent.objects.filter(pk=own.pk).update(ended_at=None, ending="", by_guardian=True)
        assert replay_withdrawals(li.entity_id, lines, Act("safekeeping.replay", None, AT + 2 * DAY)) == 1
        assert li.subject_id and not standing_of(li.subject_id).given
