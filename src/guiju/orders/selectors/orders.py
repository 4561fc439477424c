"""Reads of orders (订单): those whose customers are the member's to serve, and of the customer what may be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan

from guiju.customers.models import Customer
from guiju.customers.registry import LISTS, ListKind
from guiju.customers.selectors import finding
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.giving import given_to
from guiju.customers.selectors.reading import Reading, reading
from guiju.kernel.errors import Missing
from guiju.orders.models import Order, Product
from guiju.orders.records import RECORD
from guiju.orders.selectors.stored import shown
from guiju.orders.values import number_keys
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight, reach_of, sight_of
from guiju.organisations.registry import resource_of
from guiju.organisations.selectors import Hidden, hidden_from, seeing

PURPOSE = "orders"


@dataclass(frozen=True)
class Line:
    """An order with its customer in words, and whether the member may open the customer's page."""

    order: Order
    customer: str
    may_open: bool
    purpose: str = ""
    """For which the customer's page is opened, where not for the usual one."""


@dataclass
class OrderReading:
    """Which orders a member sees, and through which reading their customers; None without that right."""

    sight: Sight
    customers: Reading | None
    on: date

    def orders(self) -> QuerySet[Order]:
        """The orders in sight, the newest first; of a company that provides those of people who agreed to that."""
        rows = self.sight.of(Order.objects.filter(shown("customer")), owner="customer__owner")
        if self.sight.provided:
            given = reduce(or_, (given_to(self.sight, one, self.on) for one in resource_of("order.read").purposes))
            rows = rows.filter(customer__in=Customer.objects.filter(given).values("pk"))
        return rows.select_related("product", "customer__subject").order_by("-ordered_on", "-id")

    def order(self, order_id: UUID) -> Order:
        found = self.orders().filter(pk=order_id).first()
        if found is None:
            raise Missing("order_missing", "没有这笔订单，或您的角色看不到它")
        return found

    def hidden(self) -> list[Hidden]:
        """How many orders companies without a relation hold."""
        return hidden_from(self.sight, Order.objects.all())

    def lines(self, orders: Sequence[Order]) -> list[Line]:
        """What lists and pages show, for all orders with the same few queries."""
        names = self._names({one.customer_id for one in orders})
        if self.customers is not None:
            for one in orders:
                note_orders(self.customers, one.customer)
        return [_line(one, names.get(one.customer_id)) for one in orders]

    def _names(self, customers: set[UUID]) -> dict[UUID, tuple[str, str]]:
        """The names of those whom the member sees, as far as they may be used for orders, and the purpose that opens
        their page; of other companies also for what else a relation opens their orders."""
        if self.customers is None or not customers:
            return {}
        rows = list(self.customers.customers().filter(pk__in=customers))
        cells = self.customers.cells(rows, codes=("name",))
        home = self.sight.home
        names = {one.pk: (_shown(one, cells[one.pk]), "" if one.entity_id == home else PURPOSE) for one in rows}
        if self.sight.scope - {home}:
            for purpose in sorted(resource_of("order.read").purposes - {PURPOSE}):
                if unknown := customers - names.keys():
                    names |= self._names_for(purpose, unknown)
        return names

    def _names_for(self, purpose: str, customers: set[UUID]) -> dict[UUID, tuple[str, str]]:
        """The names of customers of other companies that a relation opens for another purpose."""
        assert self.customers is not None
        with reading(self.customers.member, purpose=purpose, on=self.customers.on) as seen:
            elsewhere = seen.customers().filter(pk__in=customers).exclude(entity_id=self.sight.home)
            cells = seen.cells(rows := list(elsewhere), codes=("name",))
            shown = {one.pk: cells[one.pk].get("name") for one in rows if not one.is_frozen("name")}
            return {pk: (cell.text, purpose) for pk, cell in shown.items() if cell is not None and cell.text}


def note_orders(seen: Reading, customer: Customer) -> None:
    """Keep that orders of somebody showed, where another company has the person."""
    if customer.entity_id != seen.member.entity_id:
        seen.note_shown(customer, *(f"{RECORD}.{code}" for code in seen.fields(customer.entity_id, RECORD)))


def _line(order: Order, known: tuple[str, str] | None) -> Line:
    if known is None:
        return Line(order, _without_name(order.customer), may_open=False)
    return Line(order, known[0], may_open=True, purpose=known[1])


def _shown(customer: Customer, cells: Mapping[str, Cell]) -> str:
    if customer.is_frozen("name"):
        return customer.shown_name
    cell = cells.get("name")
    return cell.text if cell is not None and cell.text else "（姓名不能用于订单）"


def _without_name(customer: Customer) -> str:
    gone = customer.subject is not None and customer.subject.erased_at is not None
    return "（已删除）" if gone else "（您看不到这位客户）"


@contextmanager
def reading_orders(member: Member, *, on: date, right: str = "order.read") -> Iterator[OrderReading]:
    """Read orders, those of another company where a relation opens them; raises `NotAllowed` without the right."""
    with seeing(member, right, on=on) as sight:
        if reach_of(member, "customer.read") is None:
            yield OrderReading(sight, None, on)
            return
        with reading(member, purpose=PURPOSE, on=on) as customers:
            yield OrderReading(sight, customers, on)


def may(member: Member, right: str, order: Order, *, on: date) -> bool:
    """Whether a right of the member covers an order that they see."""
    sight = sight_of(member, right, on=on)
    return sight.reach is not None and sight.of(Order.objects.filter(pk=order.pk), owner="customer__owner").exists()


STATES = {
    "open": ("待交付", Q(delivered_on=None, refunded_on=None, voided_at=None)),
    "delivered": ("已交付", Q(delivered_on__isnull=False, returned_on=None, refunded_on=None)),
    "returned": ("已退货，待退款", Q(returned_on__isnull=False, refunded_on=None)),
    "refunded": ("已退款", Q(refunded_on__isnull=False, voided_at=None)),
    "void": ("已作废", Q(voided_at__isnull=False)),
}


SORTS: dict[str, tuple[str, ...]] = {
    "": ("-ordered_on", "-id"),
    "oldest": ("ordered_on", "id"),
    "amount": ("-amount", "-id"),
    "number": ("number", "product_id"),
}
"""The orders of the list, each along an index."""


KEPT = ("state", "product", "since", "until", "sort")
LISTS["orders"] = ListKind("订单", "order_list", "order.read", KEPT.__contains__)


@dataclass(frozen=True)
class OrderFilter:
    """What a list is narrowed to, and its order. `search` is a number, a product, or a customer's name or phone."""

    search: str = ""
    state: str = ""
    customer: str = ""
    product: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in vars(self).items() if name != "sort")

    def of(self, rows: QuerySet[Order], seen: OrderReading) -> QuerySet[Order]:
        if words := self.search.replace("\x00", "").strip():
            rows = rows.filter(_found_by(words, seen))
        if self.state in STATES:
            rows = rows.filter(STATES[self.state][1])
        for name in ("customer", "product"):
            if text := getattr(self, name):
                rows = rows.filter(**{f"{name}_id": _id_of(text)})
        for name, lookup in (("since", "ordered_on__gte"), ("until", "ordered_on__lte")):
            if (day := _day_of(getattr(self, name))) is not None:
                rows = rows.filter(**{lookup: day})
        return rows.order_by(*SORTS.get(self.sort, SORTS[""]))


_MOST_ASKED = 1000


def _found_by(words: str, seen: OrderReading) -> Q:
    """By a part of the number, three characters or more, the product, or the customer.

    Products and customers are asked on their own: within the other question they would keep the indexes from being
    used. Of very many it doesn't matter: one of the newest orders is theirs. Who sees phones masked asks whose one is
    only with the whole of it, and where it is the number of no order.
    """
    # The planner takes a LIKE for a second, rare condition: of a common part it would then gather all to sort them.
    found = Q(number_keys__contains=number_keys(words)) & Q(
        GreaterThan(StrIndex(Lower("number"), Value(words.lower())), 0)
    )
    products = Product.objects.filter(Q(code=words) | Q(name__icontains=words), entity_id__in=seen.sight.scope)
    found |= _among("product", products)
    is_counted = seen.customers is not None and finding.is_counted(words, seen.customers)
    if is_counted and (finding.is_tail(words) or seen.orders().filter(found).exists()):
        return found
    if seen.customers is not None:
        customers = finding.CustomerFilter(words).of(seen.customers.customers(), seen.customers).order_by()
        found |= _among("customer", customers)
    return found


def _among(column: str, rows: QuerySet[Any]) -> Q:
    some = list(rows.values_list("pk", flat=True)[: _MOST_ASKED + 1])
    few = len(some) <= _MOST_ASKED
    return Q(**{f"{column}_id__in": some if few else rows.values("pk")})


def _id_of(text: str) -> UUID:
    """An id out of an address; one that is none finds nothing."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
