"""Groups of people that are too small to be counted before somebody who may not look at them (少量人数)."""

from __future__ import annotations

FEWEST = 5
"""Below it a group isn't told by its number (内部规则): with two or three, a count points at somebody."""

FEW = f"少于 {FEWEST}"
"""In place of the number."""


def told(count: int, *, may_open: bool) -> int | None:
    """The number, or None where it isn't told: nobody is nobody, and who may open the rows may count them."""
    return count if may_open or count == 0 or count >= FEWEST else None
