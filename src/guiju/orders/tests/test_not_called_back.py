"""Whoever waits for a delivery stays with who looks after them (收回公海)."""

from __future__ import annotations

from datetime import timedelta

from guiju.customers.models import Customer
from guiju.customers.services.calling_back import release_neglected
from guiju.customers.services.pool import PoolLimits, set_pool_rule
from guiju.kernel.calendar.clock import day_of
from guiju.orders.models import Order
from guiju.orders.tests.factories import some_customer, some_order, some_product
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.tests.factories import publish


def test_a_customer_with_an_undelivered_order_is_not_called_back(group: Group) -> None:
    publish(group)
    head = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    with acting(head):
        set_pool_rule(entity_id=head.entity_id, limits=PoolLimits(idle_days=30), actor=head, at=AT)
    waiting, idle = some_customer(group.sales_a), some_customer(group.sales_a, "王五")
    order = some_order(group.sales_a, waiting, some_product(group))
    assert release_neglected(at=AT + timedelta(days=40)) == 1
    with acting(group.sales_a):
        assert Customer.objects.get(owner=None).pk == idle.pk
        Order.objects.filter(pk=order.pk).update(delivered_on=day_of(AT))
    assert release_neglected(at=AT + timedelta(days=41)) == 1
