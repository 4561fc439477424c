"""How shares and few are written on the pages of this part."""

from __future__ import annotations

from django import template

from guiju.kernel.small_counts import FEW

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """31%, and a dash where there is nothing to take a share of."""
    return "—" if value is None else f"{value:.0%}"


@register.filter
def percent(value: float | None) -> str:
    """The same as a number for programs."""
    return "" if value is None else f"{value * 100:.1f}"


@register.filter
def few(count: int | None) -> str:
    """A number, or that it is too small to be told."""
    return FEW if count is None else str(count)


@register.filter
def chance(value: float | str | None) -> str:
    """How likely by luck, in words that fit a cell."""
    if value is None:
        return "—"
    value = float(value)
    return "不到万分之一" if value < 0.0001 else f"{value:.2g}"
