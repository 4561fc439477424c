"""How money is written on the pages of this part."""

from __future__ import annotations

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def yuan(amount: Decimal | None) -> str:
    """¥12,800, and cents only where there are some."""
    if amount is None:
        return "—"
    text = f"{amount:,.2f}"
    return f"¥{text.removesuffix('.00')}"


@register.filter
def unlocalised(amount: Decimal) -> str:
    """A number for programs."""
    return f"{amount:f}"
