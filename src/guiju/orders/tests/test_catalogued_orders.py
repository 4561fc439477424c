"""Orders stand in the catalogue, and show beside a customer for what they are kept for only (交易记录)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.archives.registry import Target
from guiju.archives.services.periods import declare_business
from guiju.kernel.calendar.clock import day_of
from guiju.orders.records import RECORD
from guiju.orders.selectors.trades import keep_buyers
from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.models import Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation, confirm_relation
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, sign_in
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors.provisions import provisions_for
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field
from guiju.privacy.tests.factories import data_officer


@pytest.mark.parametrize(("purpose", "shows"), [("sales", True), ("orders", True), ("marketing", False)])
def test_orders_show_beside_a_customer_for_what_the_catalogue_gives_them(
    group: Group, client: Client, purpose: str, shows: bool
) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    sign_in(client, sales.user.username)
    page = client.get(f"/customers/{customer.pk}/?purpose={purpose}").content.decode()
    assert (order.number in page) == shows and (product.name in page) == shows
    # On their own pages they are for what they were made for.
    assert order.number in client.get("/orders/").content.decode()


def test_a_longer_period_of_orders_waits_for_a_new_look(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    order, officer = some_order(sales, customer, product), data_officer(group)
    uses = dict.fromkeys(("orders", "service", "sales", "complaints"), "contract")
    how = {"entity_id": officer.entity_id, "record_kind": RECORD, "code": "amount", "actor": officer, "at": AT}
    details = FieldDetails("订单金额", uses=uses, visibility="clear", retention=60)
    sign_in(client, sales.user.username)
    address = f"/customers/{customer.pk}/?purpose=service"
    with acting(officer):
        assert change_field(details=details, **how).state == "draft"
    assert order.number not in client.get(address).content.decode()
    with acting(officer):
        activate_field(**how)
    assert order.number in client.get(address).content.decode()


def test_what_is_kept_of_a_buyer_for_a_statute_holds_the_order_and_lets_tags_and_opportunities_go(
    group: Group,
) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    officer = data_officer(group)
    assert customer.subject_id is not None
    with acting(officer):
        declare_business(entity_id=officer.entity_id, lines=["is_platform"], reason="营业执照", actor=officer, at=AT)
        kept = keep_buyers(officer.entity_id, [Target(customer.subject_id)], day_of(AT))[customer.subject_id]
    assert {"tag.text", "opportunity.name", "todo.title", "note.text"} <= set(kept.but)
    assert not {f"{RECORD}.{code}" for code in RECORDS[RECORD].fields} & set(kept.but)


def entrust(group: Group) -> None:
    """Company A opens its customers to headquarters, which works through orders for it."""
    one, other = (
        join(group.headquarters, "legal", name, group.system_admin, group.security_admin)
        for name in ("fawu.1", "fawu.2")
    )
    day = day_of(AT)
    ends = group.company_a.pk, group.headquarters.pk
    details = RelationDetails(
        *ends,
        "entrust",
        ("orders",),
        "委托协议 1 号",
        day,
        day + timedelta(days=365),
        ("customer.phone",),
        answers=ASSESSED,
    )
    with acting(one):
        made = agree_relation(details=details, actor=one, at=AT)
    with acting(other):
        confirm_relation(relation_id=made.pk, actor=other, at=AT)


@pytest.mark.parametrize("address", ["/orders/", "/customers/{customer}/?purpose=orders"])
def test_orders_that_another_company_saw_stand_in_the_record(group: Group, client: Client, address: str) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    role = Role.objects.get(code="compliance")
    rights = role.rights | {"customer.read": "subtree", "order.read": "subtree"}
    Role.objects.filter(pk=role.pk).update(rights=rights)
    entrust(group)
    sign_in(client, group.compliance.user.username)
    assert order.number in client.get(address.format(customer=customer.pk)).content.decode()
    officer = data_officer(group)
    with acting(officer):
        seen = {name for row in provisions_for(officer) for name in row.fields if str(customer.pk) in row.records}
    assert {f"{RECORD}.{code}" for code in RECORDS[RECORD].fields} <= seen
