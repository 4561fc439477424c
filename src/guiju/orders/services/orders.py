"""Orders are entered, changed, delivered, returned, refunded, or voided (订单)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from django.db import transaction

from guiju.customers.services.customers import locked_customer
from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.cells import clean_text
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.identifiers import Invalid
from guiju.orders.models import Order, Product
from guiju.orders.selectors.stored import refuse_stored
from guiju.orders.services.clock import drop_refund, meet_refund, start_refund
from guiju.orders.values import money_problem, number_keys, plain, quantity_problem, yuan
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of, refusal_of, sight_of
from guiju.privacy.services.freezing import refuse_frozen

LONGEST_NUMBER, LONGEST_REASON = 40, 200
FIRST_DAY = date(1990, 1, 1)
_FEN = Decimal("0.01")


@dataclass(frozen=True)
class OrderDetails:
    """What was sold: an empty number is made by us, from the day and a serial."""

    product_id: UUID
    ordered_on: date
    quantity: Decimal
    amount: Decimal
    number: str = ""
    delivered_on: date | None = None


@transaction.atomic
def add_order(*, customer_id: UUID, details: OrderDetails, actor: Member, at: datetime) -> Order:
    """Enter an order of a customer (登记订单)."""
    if reach_of(actor, "order.add") is None:
        raise refusal_of("order.add")
    # Before the customer is locked, as an import does it that writes orders of many: else they wait for each other.
    lock_orders(actor.entity_id)
    customer = locked_customer(customer_id, actor, "order.add", at)
    if customer.entity_id != actor.entity_id or (customer.subject and customer.subject.erased_at):
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    refuse_frozen(customer.subject)
    refuse_stored(customer.subject)
    product = _product(details.product_id, actor.entity_id)
    order = Order(
        id=new_id(),
        entity_id=actor.entity_id,
        number=clean_number(details.number),
        customer=customer,
        made_by=actor,
        made_at=at,
    )
    _put(order, product, details)
    _refuse(problems_of(order, day_of(at)))
    if order.number:
        _refuse_twice(order)
    else:
        order.number = _next_number(order)
    return _saved(order, Act("orders.add_order", actor, at), is_new=True)


@transaction.atomic
def change_order(
    *, order_id: UUID, details: OrderDetails, reason: str, actor: Member, at: datetime, seen: int | None = None
) -> Order:
    """Put right what was entered of an order (更正订单), while nothing came back and nothing was refunded."""
    order = locked_order(order_id, actor, "order.change", at)
    with scope_with(order.entity_id):
        if seen is not None and version_of(order) != seen:
            raise Refused("changed_meanwhile", "这笔订单刚刚被别人改过：请刷新页面，看过新的内容再改")
        if order.returned_on or order.refunded_on:
            raise Refused("order_settled", "已退货或退款的订单不能再改")
        act = Act("orders.change_order", actor, at, (), _reason(reason, "请写明为什么更正"))
        lock_orders(order.entity_id)
        product = _product(details.product_id, order.entity_id, kept=order.product_id)
        number = clean_number(details.number) or order.number
        is_moved = (number, product.pk) != (order.number, order.product_id)
        order.number = number
        _put(order, product, details)
        _refuse(problems_of(order, day_of(at)))
        if is_moved:
            _refuse_twice(order)
        return _saved(order, act)


@transaction.atomic
def deliver_order(*, order_id: UUID, on: date, actor: Member, at: datetime) -> Order:
    """Note that goods were handed over or a service was done (交付订单)."""
    order = locked_order(order_id, actor, "order.change", at)
    if order.delivered_on:
        raise Refused("order_delivered", f"这笔订单已在 {order.delivered_on} 交付")
    order.delivered_on = on
    _refuse(problems_of(order, day_of(at)))
    return _saved(order, Act("orders.deliver_order", actor, at))


@transaction.atomic
def return_order(*, order_id: UUID, on: date, quantity: Decimal, ground: str, actor: Member, at: datetime) -> Order:
    """Note that goods came back (退货, 消费者权益保护法 第二十四条, 第二十五条); the clock of the refund starts."""
    order = locked_order(order_id, actor, "order.change", at)
    if order.returned_on:
        raise Refused("order_returned", f"这笔订单已在 {order.returned_on} 退货")
    if ground not in Order.Ground.values:
        raise Refused("ground_unknown", "请选择退货的原因", field="ground")
    order.returned_on, order.returned_quantity, order.return_ground = on, quantity, ground
    _refuse(problems_of(order, day_of(at)))
    act = Act("orders.return_order", actor, at)
    with scope_with(order.entity_id):
        if order.refunded_on is None:
            start_refund(order, order.customer, act)
    return _saved(order, act)


@transaction.atomic
def refund_order(*, order_id: UUID, on: date, amount: Decimal, actor: Member, at: datetime, reason: str = "") -> Order:
    """Note that money was given back (退款, 消费者权益保护法 第二十五条); the clock that runs is met.

    Less than what the returned goods cost asks for a reason.
    """
    order = locked_order(order_id, actor, "order.refund", at)
    if order.refunded_on:
        raise Refused("order_refunded", f"这笔订单已在 {order.refunded_on} 退款 {yuan(order.refunded_amount)} 元")
    order.refunded_on, order.refunded_amount = on, amount
    _refuse(problems_of(order, day_of(at)))
    due = due_of(order)
    if amount < due and not reason.strip():
        raise Refused(
            "refund_short",
            f"退回部分的价款是 {yuan(due)} 元，只退 {yuan(amount)} 元：要写明原因，例如双方约定扣除运费",
            field="reason",
        )
    act = Act("orders.refund_order", actor, at, (), _tidy(reason))
    with scope_with(order.entity_id):
        meet_refund(order, act)
    return _saved(order, act)


@transaction.atomic
def undo_step(*, order_id: UUID, reason: str, actor: Member, at: datetime) -> Order:
    """Take back a refund or a return that was entered wrongly (撤销登记), the refund first; its clock follows.

    A statutory clock stops with it, so it is somebody else's right than to enter them.
    """
    order = locked_order(order_id, actor, "order.undo", at)
    act = Act("orders.undo_step", actor, at, (), _reason(reason, "请写明为什么撤销"))
    with scope_with(order.entity_id):
        if order.refunded_on:
            order.refunded_on = order.refunded_amount = None
            if order.returned_on:
                start_refund(order, order.customer, act)
        elif order.returned_on:
            order.returned_on = order.returned_quantity = None
            order.return_ground = ""
            drop_refund(order, act)
        else:
            raise Refused("nothing_to_undo", "这笔订单没有退货和退款；交付日期错了的，请用“更正”")
    return _saved(order, act)


@transaction.atomic
def void_order(*, order_id: UUID, reason: str, actor: Member, at: datetime) -> Order:
    """Strike out an order that was entered wrongly or came to nothing (作废订单); it stays to be read."""
    order = locked_order(order_id, actor, "order.change", at)
    if order.delivered_on:
        raise Refused("order_delivered", "已交付的订单不能作废：客户退货的请登记退货，退了钱的请登记退款")
    order.voided_at = at
    return _saved(order, Act("orders.void_order", actor, at, (), _reason(reason, "请写明为什么作废")))


def locked_order(order_id: UUID, actor: Member, right: str, at: datetime) -> Order:
    """An order that a right of the member covers and that isn't void, locked; raises `Missing`."""
    sight = sight_of(actor, right, on=day_of(at))
    found = None
    if sight.reach is not None:
        with scope_with(*sight.scope):
            rows = Order.objects.select_for_update(of=("self",)).select_related("customer__subject", "product")
            found = sight.of(rows.filter(pk=order_id), owner="customer__owner").first()
    if found is None:
        raise Missing("order_missing", "没有这笔订单，或您的角色不能办理")
    refuse_stored(found.customer.subject)
    if found.voided_at:
        raise Refused("order_void", "这笔订单已经作废")
    return found


def problems_of(order: Order, today: date) -> list[Problem]:
    """Everything that doesn't fit together in an order as it stands."""
    found = [
        quantity_problem(order.quantity, "quantity", "数量"),
        money_problem(order.amount, "amount", "金额"),
        _day_problem(order.ordered_on, "ordered_on", "订单日期", FIRST_DAY, "", today),
    ]
    if order.delivered_on:
        found.append(_day_problem(order.delivered_on, "delivered_on", "交付日期", order.ordered_on, "订单日期", today))
    if order.returned_on:
        found += _return_problems(order, today)
    if order.refunded_on:
        found += _refund_problems(order, today)
    return [one for one in found if one]


def _return_problems(order: Order, today: date) -> list[Problem | None]:
    if order.delivered_on is None:
        return [Problem("not_delivered", "还没有登记交付，不能退货：先登记交付，没有发出的请作废", "returned_on")]
    assert order.returned_on is not None
    quantity = order.returned_quantity or Decimal(0)
    found = [
        _day_problem(order.returned_on, "returned_on", "退货日期", order.delivered_on, "交付日期", today),
        quantity_problem(quantity, "returned_quantity", "退货数量"),
    ]
    if _exceeds(quantity, order.quantity):
        sentence = f"退货数量 {plain(quantity)} 超过订单的 {plain(order.quantity)}"
        found.append(Problem("returned_more", sentence, "returned_quantity"))
    return found


def _refund_problems(order: Order, today: date) -> list[Problem | None]:
    assert order.refunded_on is not None
    amount = order.refunded_amount or Decimal(0)
    found = [
        _day_problem(order.refunded_on, "refunded_on", "退款日期", order.ordered_on, "订单日期", today),
        money_problem(amount, "refunded_amount", "退款金额"),
    ]
    if _exceeds(amount, order.amount):
        sentence = f"退款 {yuan(amount)} 元超过订单的金额 {yuan(order.amount)} 元"
        found.append(Problem("refunded_more", sentence, "refunded_amount"))
    return found


def _exceeds(part: Decimal, whole: Decimal) -> bool:
    """What is no number has its own problem already, and can't be compared."""
    return part.is_finite() and whole.is_finite() and part > whole


def _day_problem(day: date, field: str, label: str, first: date, first_label: str, today: date) -> Problem | None:
    if day > today:
        return Problem("day_in_future", f"{label} {day} 还没有到：请填写实际发生的日期", field)
    if day < first:
        after = f"早于{first_label} {first}" if first_label else f"太早：应在 {first} 以后"
        return Problem("day_early", f"{label} {day} {after}", field)
    return None


def due_of(order: Order) -> Decimal:
    """What the returned part cost; nothing where nothing came back."""
    share = (order.returned_quantity or Decimal(0)) / order.quantity
    return (order.amount * share).quantize(_FEN, ROUND_DOWN)


def clean_number(text: str) -> str:
    try:
        number = clean_text(text, most=LONGEST_NUMBER)
    except Invalid as fault:
        raise Refused(fault.code, f"订单号：{fault.sentence}", field="number") from None
    if " " in number:
        raise Refused("number_space", "订单号里不能有空格", field="number")
    return number


def lock_orders(entity_id: UUID) -> None:
    """One after the other in a company, so that a number isn't given twice."""
    hold(f"orders.orders/{entity_id}", seconds=30, busy="订单正在被别人导入：请过一会儿再试")


def _next_number(order: Order) -> str:
    """The day and a serial of the company: 20261129-0001; numbers that came from elsewhere are passed over."""
    start = f"{order.ordered_on:%Y%m%d}-"
    taken = Order.objects.filter(entity_id=order.entity_id, number__startswith=start).values_list("number", flat=True)
    serials = [int(one[len(start) :]) for one in taken if one[len(start) :].isdecimal()]
    return f"{start}{max(serials, default=0) + 1:04d}"


def _refuse_twice(order: Order) -> None:
    """A number belongs to one customer, and names each product once."""
    for other in Order.objects.filter(entity_id=order.entity_id, number=order.number).exclude(pk=order.pk):
        if other.product_id == order.product_id:
            raise Refused("order_twice", f"订单 {order.number} 里已经有{order.product.name}", field="number")
        if other.customer_id != order.customer_id:
            raise Refused("number_of_another", f"订单号 {order.number} 已经用于另一位客户", field="number")


def _product(product_id: UUID, entity_id: UUID, *, kept: UUID | None = None) -> Product:
    found = Product.objects.filter(pk=product_id, entity_id=entity_id).first()
    if found is None:
        raise Refused("product_missing", "没有这个产品或服务", field="product")
    if found.ended_at and found.pk != kept:
        raise Refused("product_ended", f"{found.name}已经下架，不能再登记订单", field="product")
    return found


def _put(order: Order, product: Product, details: OrderDetails) -> None:
    order.product = product
    order.ordered_on, order.delivered_on = details.ordered_on, details.delivered_on
    order.quantity, order.amount = details.quantity, details.amount


def _tidy(reason: str) -> str:
    return " ".join(reason.split())[:LONGEST_REASON]


def _reason(reason: str, sentence: str) -> str:
    tidy = _tidy(reason)
    if not tidy:
        raise Refused("reason_empty", sentence, field="reason")
    return tidy


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Refused.because(problems)


def _saved(order: Order, act: Act, *, is_new: bool = False) -> Order:
    order.changed_at, order.number_keys = act.at, number_keys(order.number)
    with scope_with(order.entity_id):
        order.save(force_insert=is_new)
        record(act, entity_id=order.entity_id, subject=order)
    return order
