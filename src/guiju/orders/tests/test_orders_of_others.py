"""Orders of a company that provides to another name their customers there, as far as the relation and consents go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.services.consents import record_customer_consent
from guiju.kernel.calendar.clock import day_of
from guiju.orders.selectors.orders import reading_orders
from guiju.orders.tests.factories import some_customer, some_order, some_product
from guiju.organisations.models import Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation, confirm_relation
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, sign_in
from guiju.privacy.selectors.provisions import provisions_for
from guiju.privacy.services.consents import GivenConsent, withdraw_consent
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import data_officer, publish


def relate(group: Group, sort: str, purpose: str) -> None:
    names = ("fawu.1", "fawu.2")
    one, other = (join(group.headquarters, "legal", name, group.system_admin, group.security_admin) for name in names)
    day = day_of(AT)
    until = day + timedelta(days=3650)
    details = RelationDetails(
        *(group.company_a.pk, group.headquarters.pk, sort, (purpose,), "协议 1 号", day, until, ()),
        has_separate_consent=True,
        answers=ASSESSED,
    )
    with acting(one):
        made = agree_relation(details=details, actor=one, at=AT)
    with acting(other):
        confirm_relation(relation_id=made.pk, actor=other, at=AT)


@pytest.mark.parametrize("purpose", ["orders", "service"])
def test_only_who_agreed_to_be_given_is_named(group: Group, client: Client, purpose: str) -> None:
    role = Role.objects.get(code="compliance")
    Role.objects.filter(pk=role.pk).update(rights=role.rights | {"customer.read": "subtree"})
    group.compliance.__dict__.pop("_rights", None)
    publish(group, group.headquarters)
    relate(group, "provide", purpose)
    publish(group)
    sales, headquarters = group.sales_a, group.compliance
    product = some_product(group)
    customers = [some_customer(sales, name) for name in ("李小明", "王芳")]
    for customer in customers:
        some_order(sales, customer, product)

    def told() -> set[tuple[str, bool, str]]:
        with acting(headquarters), reading_orders(headquarters, on=timezone.localdate()) as seen:
            return {(one.customer, one.may_open, one.purpose) for one in seen.lines(list(seen.orders()))}

    assert told() == set()
    agreed = GivenConsent(purpose, Channel.PAPER, "同意书 9 号", AT, recipient_id=group.headquarters.pk)
    with acting(sales):
        [consent] = record_customer_consent(customer_id=customers[0].pk, consents=[agreed], actor=sales, at=AT)
    assert told() == {("李小明", True, purpose)}
    sign_in(client, headquarters.user.username)
    page = client.get("/orders/").content.decode()
    address = f"/customers/{customers[0].pk}/?purpose={purpose}"
    assert f'<a href="{address}">李小明</a>' in page and "王芳" not in page
    assert "李小明" in client.get(address).content.decode()
    officer = data_officer(group)
    with acting(officer):
        assert provisions_for(officer).filter(purpose=purpose).exists()
    with acting(sales):
        withdraw_consent(consent_id=consent.pk, actor=sales, at=AT + timedelta(minutes=1))
    assert told() == set()
