"""Who sees which customers and what belongs to them, against a plain reading of the rules (可见范围).

The same random groups as in `test_isolation_oracle.py`, with a customer for each row: its contact, an order, an
opportunity and a file. Lists, counts, searches, details, exports and the API hold exactly what `Business` allows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings

from guiju.customers.models import Contact, Customer
from guiju.customers.naming import name_keys_of
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.values import EVERYTHING_ELSE
from guiju.database.scope import scope
from guiju.files.models import Attachment
from guiju.files.selectors.attachments import attachment_for
from guiju.kernel.errors import GuijuError
from guiju.orders.models import Order, Product
from guiju.orders.selectors.orders import OrderFilter, reading_orders
from guiju.orders.values import number_keys
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, sign_in
from guiju.privacy.models import Collection, Subject
from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import deals
from tests.plain_world import Oracle, Plain, PlainMember, PlainRelation, worlds
from tests.test_isolation_oracle import _SLOW, IS_LONG, Stored, store

pytestmark = pytest.mark.django_db

EXAMPLES, PAGE_EXAMPLES = (settings().max_examples, settings().max_examples) if IS_LONG else (15, 3)
RIGHTS = ("customer.read", "customer.export", "order.read", "opportunity.read", "file.read")
PURPOSE = "service"


class Business(Oracle):
    """Customers are seen like reviews, where a relation is for the purpose that is asked for."""

    purposes: frozenset[str] = frozenset()
    sorts: frozenset[str] = frozenset()

    def opened(self, receiver: int, giver: int) -> bool:
        mine = [one for one in self.world.relations if one.purposes & self.purposes and one.sort in self.sorts]
        legal = [replace(one, purposes=frozenset({"legal"})) for one in mine]
        return Oracle(replace(self.world, relations=legal)).opened(receiver, giver)

    def seen(
        self, who: int, purposes: Iterable[str], sorts: Iterable[str] = ("entrust", "joint", "provide")
    ) -> set[int]:
        """The places of the rows that somebody sees for these purposes, by these sorts of relations."""
        self.purposes, self.sorts = frozenset(purposes), frozenset(sorts)
        return {number for number, owner in enumerate(self.world.rows) if self.sees_check(who, owner)}


@dataclass
class Held:
    """What stands behind each row, in the same order."""

    customers: list[Customer]
    contacts: list[Contact]
    orders: list[Order]
    deals: list[Opportunity]
    files: list[Attachment]


def with_rights(world: Plain) -> Plain:
    """Who reads reviews so far reads customers so far."""
    roles = [{**one, **dict.fromkeys(RIGHTS, one["check.read"])} if "check.read" in one else one for one in world.roles]
    return replace(world, roles=roles)


def hold(world: Plain, stored: Stored) -> Held:
    """A customer for each row, in the hand of its member, with one of everything."""
    held = Held([], [], [], [], [])
    with scope(entities={one.pk for one in stored.companies}):
        for number, place in enumerate(world.rows):
            owner = stored.members[place]
            common = {"entity_id": owner.entity_id, "made_at": AT}
            collection = Collection(entity_id=owner.entity_id, channel="counter", at=AT, by=owner.user)
            origins = {EVERYTHING_ELSE: str(collection.pk)}
            customer = Customer(
                **common,
                kind="company",
                name=f"甲{number}号店",
                owner=owner,
                made_by=owner,
                changed_at=AT,
                origins=origins,
            )
            customer.plain_name, customer.name_keys, customer.pinyin = name_keys_of(customer.name, customer.kind)
            held.customers.append(customer)
            person = Subject(**common, is_stated_adult=True)
            contact = Contact(**common, customer=customer, subject=person, name="王芳", changed_at=AT, origins=origins)
            held.contacts.append(contact)
            product = Product(**common, code=f"P{number}", name="蓝莓汁", kind="product", sector="food", changed_at=AT)
            code = f"DD-{number:04d}"
            order = Order(
                **common,
                number=code,
                number_keys=number_keys(code),
                customer=customer,
                product=product,
                ordered_on=AT.date(),
                quantity=1,
                amount=1,
                made_by=owner,
                changed_at=AT,
            )
            held.orders.append(order)
            deal = Opportunity(
                **common,
                customer=customer,
                name=f"商机{number}",
                stage="lead",
                owner=owner,
                made_by=owner,
                changed_at=AT,
                staged_at=AT,
            )
            held.deals.append(deal)
            file = Attachment(
                **common,
                owner_kind="customer",
                owner_id=customer.pk,
                collection=collection,
                name="合同.pdf",
                media_type="application/pdf",
                size=1,
                digest="0" * 64,
                stored_digest="0" * 64,
                grade="general",
                reading="read",
                by=owner,
            )
            held.files.append(file)
            for row in (collection, customer, person, contact, product, order, deal, file):
                row.save(force_insert=True)
    return held


def _shown(what: AbstractContextManager[Any], ask: Callable[[Any], set[UUID]]) -> set[UUID]:
    """What somebody is shown; nothing where they may not even ask."""
    try:
        with what as seen:
            return ask(seen)
    except GuijuError:
        return set()


def _each(rows: list[Any], ask: Callable[[UUID], object]) -> set[UUID]:
    """Those that can be opened one by one."""
    found = set()
    for row in rows:
        try:
            ask(row.pk)
        except GuijuError:
            continue
        found.add(row.pk)
    return found


def _listed(rows: Any) -> set[UUID]:
    found = {one.pk for one in rows}
    assert rows.count() == len(found)
    return found


def compare(world: Plain, stored: Stored, held: Held, who: int) -> None:
    """Everything that the selectors tell one person."""
    oracle, member, today = Business(world), stored.members[who], world.today

    def those(rows: list[Any], places: set[int]) -> set[UUID]:
        return {rows[one].pk for one in places}

    seen_customers = oracle.seen(who, {PURPOSE})
    own = {one for one in seen_customers if world.members[world.rows[one]].company == world.members[who].company}
    # Nobody here agreed to be given to another company: its people are seen by those who work for it, or with it.
    seen_people = oracle.seen(who, {PURPOSE}, ("entrust", "joint"))
    seen_orders = oracle.seen(who, {"orders", "service", "complaints", "compliance"})
    with acting(member):

        def customers(ask: Callable[[Any], set[UUID]]) -> set[UUID]:
            return _shown(reading(member, purpose=PURPOSE, on=today), ask)

        wanted = those(held.customers, seen_customers)
        assert customers(lambda seen: _listed(seen.customers())) == wanted
        assert customers(lambda seen: _each(held.customers, seen.customer)) == wanted
        assert customers(lambda seen: _each(held.contacts, seen.contact)) == those(held.contacts, seen_people)
        for words, places in (("号店", seen_customers), ("j0h", seen_customers & {0}), ("甲1号", seen_customers & {1})):
            found = customers(lambda seen, words=words: _listed(CustomerFilter(words).of(seen.customers(), seen)))
            assert found == those(held.customers, places)

        def orders(ask: Callable[[Any], set[UUID]]) -> set[UUID]:
            return _shown(reading_orders(member, on=today), ask)

        assert orders(lambda seen: _listed(seen.orders())) == those(held.orders, seen_orders)
        assert orders(lambda seen: _each(held.orders, seen.order)) == those(held.orders, seen_orders)
        found = orders(lambda seen: _listed(OrderFilter("d-0001").of(seen.orders(), seen)))
        assert found == those(held.orders, seen_orders & {1})
        found = _shown(deals(member, on=today), lambda seen: _listed(seen.rows()) & _each(held.deals, seen.row))
        assert found == those(held.deals, own)
        assert _each(held.files, lambda pk: attachment_for(member, pk, on=today)) == those(held.files, own)


def compare_pages(world: Plain, stored: Stored, held: Held, who: int) -> None:
    """The same through pages, exports and API."""
    oracle, member = Business(world), stored.members[who]
    seen = oracle.seen(who, {PURPOSE})
    names = {held.customers[one].name for one in seen}
    browser = sign_in(Client(), member.user.username)
    with acting(member):
        bearer = {"HTTP_AUTHORIZATION": f"Bearer {create_token(member=member, name='x', days=1, at=timezone.now())}"}
    page = browser.get(f"/customers/?purpose={PURPOSE}")
    text = page.content.decode() if page.status_code == 200 else ""
    assert {one.name for one in held.customers if one.name in text} == names
    answer = Client().get(f"/api/v1/customers?purpose={PURPOSE}", **bearer)
    told = answer.json() if answer.status_code == 200 else {"count": 0, "items": []}
    assert (told["count"], {one["name"] for one in told["items"]}) == (len(names), names)
    for number, one in enumerate(held.customers):
        expected = {200} if number in seen else {403, 404}
        assert browser.get(f"/customers/{one.pk}/?purpose={PURPOSE}").status_code in expected
        assert Client().get(f"/api/v1/customers/{one.pk}?purpose={PURPOSE}", **bearer).status_code in expected
    sent = browser.post(f"/customers/export/?purpose={PURPOSE}", {"purpose": PURPOSE, "reason": "核对客户名单"})
    if sent.status_code == 200 and "csv" in sent["Content-Type"]:
        lines = list(csv.reader(io.StringIO(sent.getvalue().decode("utf-8-sig"))))
        assert {cell for line in lines for cell in line} & {one.name for one in held.customers} == names
    seen_orders = oracle.seen(who, {"orders", "service", "complaints", "compliance"})
    for number, order in enumerate(held.orders):
        expected = {200} if number in seen_orders else {403, 404}
        assert browser.get(f"/orders/{order.pk}/").status_code in expected
    for number, file in enumerate(held.files):
        is_own = world.members[world.rows[number]].company == world.members[who].company
        expected = {200} if number in seen and is_own else {403, 404}
        assert browser.get(f"/files/{file.pk}/").status_code in expected
        assert browser.get(f"/opportunities/{held.deals[number].pk}/").status_code in expected


def taken_back(world: Plain) -> Iterator[tuple[Stored, Held]]:
    with transaction.atomic():
        stored = store(world)
        yield stored, hold(world, stored)
        transaction.set_rollback(True)


@settings(max_examples=EXAMPLES, suppress_health_check=_SLOW)
@given(world=worlds())
def test_everybody_sees_exactly_the_customers_that_the_rules_allow(world: Plain) -> None:
    world = with_rights(world)
    for stored, held in taken_back(world):
        for who, plain in enumerate(world.members):
            if not plain.left:
                compare(world, stored, held, who)


@settings(max_examples=PAGE_EXAMPLES, suppress_health_check=_SLOW)
@given(world=worlds())
def test_pages_exports_and_api_show_the_same_customers(world: Plain) -> None:
    world = with_rights(world)
    for stored, held in taken_back(world):
        for who, plain in enumerate(world.members[:1]):
            if not plain.left:
                compare_pages(world, stored, held, who)


def test_a_customer_too_many_is_found() -> None:
    """The comparison can fail: with a relation that the oracle doesn't know of."""
    day = timezone.localdate()
    world = with_rights(
        Plain(day, [None, 0], [], [{"check.read": "group"}], [PlainMember(0, None, frozenset({0}), False)], [], [], [])
    )
    world.members.append(PlainMember(1, None, frozenset(), False))
    world.rows.append(1)
    other = PlainRelation(1, 0, "entrust", frozenset({PURPOSE}), day, None, True, False)
    for stored, held in taken_back(replace(world, relations=[other])):
        with pytest.raises(AssertionError):
            compare(world, stored, held, 0)
