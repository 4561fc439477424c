"""What the rows of a file come to: a product or an order each, one that is there already, or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from guiju.database.models import new_id
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.cells import Order as DayOrder
from guiju.kernel.cells import choice, clean_text, day, days_order
from guiju.kernel.cells.written import wrong
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.identifiers import Invalid
from guiju.orders.mapping import DAYS, FIELDS
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.selectors.imports import taken_back
from guiju.orders.services.finding import CustomerFinder
from guiju.orders.services.orders import clean_number, problems_of
from guiju.orders.services.products import ProductDetails, checked, new_product
from guiju.orders.values import money_of, money_problem, number_keys, plain, quantity_of, quantity_problem, yuan
from guiju.organisations.models import Member

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Judged:
    """One row: its number as Excel shows it, its cells, and what it makes, if anything.

    `made` may be there already (`is_known`): then nothing is written. What went with an import that was taken back
    is there, and comes in once more.
    """

    number: int
    cells: tuple[str, ...]
    made: Product | Order | None = None
    is_known: bool = False
    problems: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = ()


@dataclass
class Cells:
    """The cells of one row by field, read one after the other; what is wrong is gathered."""

    kind: str
    values: Mapping[str, str]
    problems: list[tuple[str, str]] = field(default_factory=list)

    def text(self, code: str) -> str:
        return self.values.get(code, "").strip()

    def read(self, code: str, reader: Callable[[str], _Value], *, is_needed: bool = False) -> _Value | None:
        text = self.text(code)
        if not text:
            if is_needed:
                self.wrong(code, "没有填写")
            return None
        try:
            return reader(text)
        except Invalid as fault:
            self.wrong(code, fault.sentence)
        except Refused as fault:
            self.wrong(code, fault.sentence)
        return None

    def wrong(self, code: str, sentence: str) -> None:
        known = FIELDS[self.kind].get(code)
        self.problems.append((known.label if known else "", sentence))

    def take(self, problems: Sequence[Problem]) -> None:
        for one in problems:
            self.wrong(one.field or "", one.sentence)


class ProductJudge:
    """Judges rows with products by what the company has and by earlier rows of the file."""

    def __init__(self, actor: Member, at: datetime) -> None:
        self._actor, self._at = actor, at
        self._known = {one.code: one for one in Product.objects.filter(entity_id=actor.entity_id)}
        self._taken_back = taken_back(actor.entity_id, TableImport.Kind.PRODUCTS)
        self._lines: dict[str, int] = {}

    def judge(self, rows: Sequence[tuple[int, tuple[str, ...], Mapping[str, str]]]) -> list[Judged]:
        return [self._row(*row) for row in rows]

    def _row(self, number: int, cells: tuple[str, ...], values: Mapping[str, str]) -> Judged:
        read = Cells("products", values)
        details, problems = checked(
            ProductDetails(
                code=read.text("code"),
                name=read.text("name"),
                sector=read.text("sector") or self._actor.entity.sector,
                kind=read.read("kind", _kind_of) or Product.Kind.PRODUCT,
                approval=read.text("approval"),
                unit=read.text("unit"),
                price=read.read("price", money_of),
            )
        )
        read.take(problems)
        if (line := self._lines.get(details.code)) and details.code:
            read.wrong("code", f"与第{line}行的编码相同")
        known = self._known.get(details.code)
        gone = known if known and known.ended_at and self._taken_back.get(known.pk) == known.ended_at else None
        known = None if gone else known
        differs = [name for name, value in vars(details).items() if known and getattr(known, name) != value]
        if differs and not read.problems:
            labels = "、".join(FIELDS["products"][name].label for name in differs)
            read.wrong("", f"编码 {details.code} 已有，内容不同（{labels}）：没有改动，请在产品页修改")
        if read.problems:
            return Judged(number, cells, problems=tuple(read.problems))
        self._lines[details.code] = number
        made = known or _again(new_product(details, self._actor.entity_id, self._at), gone)
        shown = (details.code, details.name, made.get_kind_display(), made.get_sector_display(), yuan(made.price))
        return Judged(number, cells, made, is_known=known is not None, shown=shown)


class OrderJudge:
    """Judges rows with orders by what the company has, whom the member serves, and earlier rows of the file.

    `orders_of_days` says of each column with days how three bare numbers are read in it.
    """

    def __init__(self, actor: Member, at: datetime, orders_of_days: Mapping[str, DayOrder | None]) -> None:
        self._actor, self._at, self._today = actor, at, day_of(at)
        self._orders_of_days = orders_of_days
        self._products = {one.code: one for one in Product.objects.filter(entity_id=actor.entity_id)}
        self._customers = CustomerFinder(actor, self._today)
        self._taken_back = taken_back(actor.entity_id, TableImport.Kind.ORDERS)
        self._lines: dict[tuple[str, UUID], int] = {}
        self._owners: dict[str, UUID] = {}

    def judge(self, rows: Sequence[tuple[int, tuple[str, ...], Mapping[str, str]]]) -> list[Judged]:
        """Some hundred rows at a time: what they refer to is looked up for all of them at once."""
        self._customers.look_up(values for _, _, values in rows)
        numbers = {values.get("number", "").strip() for _, _, values in rows}
        known: dict[str, list[Order]] = {}
        found = Order.objects.filter(
            entity_id=self._actor.entity_id, number__in=[one for one in numbers if "\x00" not in one]
        )
        for one in found.select_related("product"):
            known.setdefault(one.number, []).append(one)
        return [self._row(number, cells, values, known) for number, cells, values in rows]

    def _row(
        self, number: int, cells: tuple[str, ...], values: Mapping[str, str], known: Mapping[str, list[Order]]
    ) -> Judged:
        read = Cells("orders", values)
        order = self._read(read)
        if order is None:
            return Judged(number, cells, problems=tuple(read.problems))
        read.take(problems_of(order, self._today))
        self._ask_file(order, read)
        same = self._ask_company(order, known.get(order.number, ()), read)
        if read.problems:
            return Judged(number, cells, problems=tuple(read.problems))
        self._lines[order.number, order.product_id] = number
        self._owners[order.number] = order.customer_id
        shown = (
            order.number,
            str(order.ordered_on),
            order.product.name,
            plain(order.quantity),
            yuan(order.amount),
            order.state,
        )
        return Judged(number, cells, same or order, is_known=same is not None, shown=shown)

    def _read(self, read: Cells) -> Order | None:
        """The order that the cells describe; None where they leave too much open."""
        number = read.read("number", _number_of, is_needed=True)
        days = {code: read.read(code, self._day_reader(code), is_needed=code == "ordered_on") for code in DAYS}
        product = read.read("product", self._product_of, is_needed=True)
        quantity = read.read("quantity", quantity_of, is_needed=True)
        amount = read.read("amount", money_of, is_needed=True)
        customer, problem = self._customers.find(read.text("phone"), read.text("customer"))
        if problem:
            read.wrong(*problem)
        returned = read.read("returned_quantity", quantity_of)
        refunded = read.read("refunded_amount", money_of)
        ground = read.read("return_ground", _ground_of) or ""
        if days["returned_on"] and returned is None:
            if quantity == 1:
                returned = Decimal(1)
            elif not read.text("returned_quantity"):
                read.wrong("returned_quantity", "有退货日期，没有填写退了多少")
        if days["refunded_on"] and refunded is None and not read.text("refunded_amount"):
            read.wrong("refunded_amount", "有退款日期，没有填写退了多少")
        for code, day_code in (("returned_quantity", "returned_on"), ("refunded_amount", "refunded_on")):
            if read.text(code) and not read.text(day_code):
                read.wrong(day_code, "没有填写")
        if read.problems:
            # What can be said already is said with the rest, so that nobody mends a row twice.
            told = (
                None if quantity is None else quantity_problem(quantity, "quantity", "数量"),
                None if amount is None else money_problem(amount, "amount", "金额"),
            )
            read.take([one for one in told if one])
        if read.problems or customer is None or product is None or quantity is None or amount is None or not number:
            return None
        assert days["ordered_on"] is not None
        return Order(
            id=new_id(),
            entity_id=self._actor.entity_id,
            number=number,
            number_keys=number_keys(number),
            customer=customer,
            product=product,
            ordered_on=days["ordered_on"],
            quantity=quantity,
            amount=amount,
            delivered_on=days["delivered_on"],
            returned_on=days["returned_on"],
            returned_quantity=returned,
            return_ground=(ground or Order.Ground.AGREED) if days["returned_on"] else "",
            refunded_on=days["refunded_on"],
            refunded_amount=refunded,
            made_by=self._actor,
            made_at=self._at,
            changed_at=self._at,
        )

    def _day_reader(self, code: str) -> Callable[[str], date]:
        return lambda text: day(text, order=self._orders_of_days.get(code))

    def _product_of(self, text: str) -> Product:
        code = clean_text(text, most=40)
        found = self._products.get(code)
        if found is None:
            raise Invalid("product_missing", f"没有编码为“{code}”的产品：请先登记或导入产品")
        return found

    def _ask_file(self, order: Order, read: Cells) -> None:
        if line := self._lines.get((order.number, order.product_id)):
            read.wrong("number", f"与第{line}行的订单号和产品相同")
        elif self._owners.get(order.number, order.customer_id) != order.customer_id:
            read.wrong("number", f"订单号 {order.number} 在前面的行里是另一位客户的")

    def _ask_company(self, order: Order, others: Sequence[Order], read: Cells) -> Order | None:
        """The same order if the company has it already."""
        for other in others:
            if other.voided_at and self._taken_back.get(other.pk) == other.voided_at:
                if other.product_id == order.product_id:
                    _again(order, other)
                continue
            if other.product_id == order.product_id:
                differs = [label for code, label in _COMPARED.items() if getattr(other, code) != getattr(order, code)]
                if differs or other.voided_at:
                    labels = "、".join(differs) or "已作废"
                    read.wrong("", f"订单 {order.number} 已有，内容不同（{labels}）：没有改动，请在订单页办理")
                return other
            if other.customer_id != order.customer_id:
                read.wrong("number", f"订单号 {order.number} 已经用于另一位客户")
        return None


_Row = TypeVar("_Row", Product, Order)


def _again(made: _Row, gone: _Row | None) -> _Row:
    """A new row in the place of the one that went with an import, where there is one."""
    if gone is not None:
        made.pk, made._state.adding = gone.pk, False
    return made


_COMPARED = {
    "customer_id": "客户",
    "ordered_on": "订单日期",
    "quantity": "数量",
    "amount": "金额",
    "delivered_on": "交付日期",
    "returned_on": "退货日期",
    "returned_quantity": "退货数量",
    "refunded_on": "退款日期",
    "refunded_amount": "退款金额",
}


def orders_of_days(values: Sequence[Mapping[str, str]]) -> dict[str, DayOrder | None]:
    """In which order each column writes day, month and year, where that can be told."""
    return {code: days_order(one.get(code, "") for one in values) for code in DAYS}


_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)


def _number_of(text: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        raise wrong("number_scientific", text, "是 Excel 写成科学计数的订单号，后几位已丢失：请把这一列设为文本再填")
    return clean_number(text)


def _kind_of(text: str) -> str:
    if text.strip() in ("商品", "货物", "实物"):
        return Product.Kind.PRODUCT
    return choice(text, {str(code): str(label) for code, label in Product.Kind.choices})


def _ground_of(text: str) -> str:
    return choice(text, {str(code): str(label) for code, label in Order.Ground.choices})
