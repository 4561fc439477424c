"""Numbers that people write, and what always holds of an order that passes (money_of, problems_of)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.identifiers import Invalid
from guiju.orders.models import Order
from guiju.orders.services.orders import due_of, problems_of
from guiju.orders.values import money_of, plain, quantity_of, yuan

TODAY = date(2026, 11, 24)
numbers = st.decimals(min_value=-10, max_value=2000, places=3) | st.sampled_from([Decimal("NaN"), Decimal("1e20")])
days = st.none() | st.dates(date(2026, 10, 1), date(2026, 12, 31))


@given(st.decimals(min_value=0, max_value=10**12, places=2))
def test_an_amount_as_it_stands_on_a_page_is_read_again(amount: Decimal) -> None:
    assert money_of(yuan(amount)) == amount
    assert quantity_of(plain(amount)) == amount


@given(st.text(max_size=30))
def test_whatever_is_written_is_a_number_or_refused(text: str) -> None:
    for reader in (money_of, quantity_of):
        with suppress(Invalid):
            assert reader(text).is_finite()


@pytest.mark.parametrize(
    ("text", "value"), [("1,234.50", "1234.5"), ("￥1,234", "1234"), ("1.2万", "12000"), ("伍万元整", "50000")]
)
def test_money_is_read_as_offices_write_it(text: str, value: str) -> None:
    assert money_of(text) == Decimal(value)


@given(st.dates(date(1980, 1, 1), date(2027, 1, 1)), numbers, numbers, days, days, numbers, days, numbers)
def test_an_order_without_a_problem_is_in_order(
    ordered_on: date,
    quantity: Decimal,
    amount: Decimal,
    delivered_on: date | None,
    returned_on: date | None,
    returned: Decimal,
    refunded_on: date | None,
    refunded: Decimal,
) -> None:
    order = Order(
        ordered_on=ordered_on,
        quantity=quantity,
        amount=amount,
        delivered_on=delivered_on,
        returned_on=returned_on,
        returned_quantity=returned if returned_on else None,
        refunded_on=refunded_on,
        refunded_amount=refunded if refunded_on else None,
    )
    if problems_of(order, TODAY):
        return
    assert quantity > 0 and amount > 0 and ordered_on <= TODAY
    for day in (delivered_on, returned_on, refunded_on):
        assert day is None or ordered_on <= day <= TODAY
    if returned_on:
        assert delivered_on and delivered_on <= returned_on and 0 < returned <= quantity
    if refunded_on:
        assert 0 < refunded <= amount
    assert 0 <= due_of(order) <= amount
