"""Money and quantities as people write them, and in which bounds they make sense (金额与数量)."""

from __future__ import annotations

from decimal import Decimal

from guiju.kernel.cells import amount
from guiju.kernel.cells.written import wrong
from guiju.kernel.errors import Problem
from guiju.kernel.identifiers import Invalid

MOST_MONEY = Decimal(10) ** 12
MOST_QUANTITY = Decimal(10) ** 9


def money_of(text: str) -> Decimal:
    """Yuan, out of 1,234.50, ￥1,234 or 1.2万; raises `Invalid`."""
    return amount(text)


def quantity_of(text: str) -> Decimal:
    """How much, out of 12, 2.5 or 1,000; raises `Invalid`."""
    try:
        return amount(text)
    except Invalid:
        raise wrong("quantity_shape", text, "不是数量：请只写数字，如 12 或 2.5") from None


def money_problem(value: Decimal, field: str, label: str, *, may_be_none: bool = False) -> Problem | None:
    """What is wrong with an amount of yuan: it is positive, whole in fen, and of this world."""
    return _problem(value, field, label, places=2, most=MOST_MONEY, may_be_none=may_be_none)


def quantity_problem(value: Decimal, field: str, label: str) -> Problem | None:
    return _problem(value, field, label, places=3, most=MOST_QUANTITY, may_be_none=False)


def _problem(
    value: Decimal, field: str, label: str, *, places: int, most: Decimal, may_be_none: bool
) -> Problem | None:
    if not value.is_finite():
        return Problem(f"{field}_shape", f"{label}不是一个数", field)
    if value < 0 or (value == 0 and not may_be_none):
        return Problem(f"{field}_positive", f"{label}要大于零", field)
    if value >= most:
        return Problem(f"{field}_large", f"{label}太大：请检查是不是多写了几位", field)
    if value != value.quantize(Decimal(1).scaleb(-places)):
        return Problem(f"{field}_decimals", f"{label}最多{places}位小数", field)
    return None


def plain(value: Decimal | None) -> str:
    """A number without zeros behind it: 12, 2.5."""
    return "" if value is None else format(value.normalize(), "f")


def yuan(value: Decimal | None) -> str:
    """An amount as it stands on a page: 1,234.50."""
    return "" if value is None else f"{value:,.2f}"


PIECE = 3


def number_keys(number: str) -> list[str]:
    """By what a part of an order number is found: each three neighbours, whatever their case; a shorter one as a whole."""
    plain = number.lower()
    return sorted({plain[place : place + PIECE] for place in range(max(len(plain) - PIECE, 0) + 1)})
