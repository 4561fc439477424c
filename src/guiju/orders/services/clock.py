"""The clock of a refund: it starts when goods come back, and is met by the money (退款期限)."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import QuerySet

from guiju.customers.models import Customer
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.deadlines.services.duties import NewDuty, drop_duty, meet_duty, start_duty
from guiju.evidence.services import Act
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.clock import CHINA
from guiju.orders.models import Order
from guiju.orders.values import yuan

REFUND = "orders.refund"
DAYS = Period(7, Unit.DAYS)
STATUTE = "消费者权益保护法第二十五条"
HOUSE_RULE = "公司制度：收到退货后七日内退款"


def start_refund(order: Order, customer: Customer, act: Act) -> Duty:
    """Begin to count (退款期限起算); by the statute for a consumer who sends back without a reason, else by the house rule."""
    is_statutory = customer.kind == Customer.Kind.PERSON and order.return_ground == Order.Ground.NO_REASON
    assert order.returned_on is not None
    return start_duty(
        NewDuty(
            REFUND,
            order.entity_id,
            f"订单 {order.number} 退货，应退款",
            datetime.combine(order.returned_on, time(), CHINA),
            DAYS,
            Duty.Basis.STATUTORY if is_statutory else Duty.Basis.INTERNAL,
            STATUTE if is_statutory else HOUSE_RULE,
            right="order.refund",
            subject_id=order.pk,
        ),
        act,
    )


def meet_refund(order: Order, act: Act) -> None:
    """The money is back: the clock that runs is met."""
    for duty in _running(order):
        meet_duty(duty, f"{order.refunded_on} 退款 {yuan(order.refunded_amount)} 元", act)


def drop_refund(order: Order, act: Act) -> None:
    """Nothing came back after all: the clock that runs is no longer due."""
    for duty in _running(order):
        drop_duty(duty, f"退货登记已撤销：{act.reason}", act)


def _running(order: Order) -> QuerySet[Duty]:
    found = Duty.objects.select_for_update(of=("self",)).filter(kind=REFUND, subject_id=order.pk)
    return found.filter(state__in=RUNNING)
