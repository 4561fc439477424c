"""How many customers consented to marketing, and withdrew that, month by month (营销同意的变化)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise

from django.db.models import Count

from guiju.customers.selectors.narrowing import WHEN, readable
from guiju.customers.selectors.reading import Reading
from guiju.kernel.calendar.clock import CHINA

MONTHS = 6
_WHERE = "subject__consents__"


@dataclass(frozen=True)
class Month:
    """A month (2026-11): how many customers consented in it and how many withdrew."""

    code: str
    agreed: int
    withdrew: int


def consents_by_month(seen: Reading) -> list[Month]:
    """The last months, this one last: each number is that of the list of customers narrowed to it; in one read."""
    numbers = [seen.on.year * 12 + seen.on.month - 1 - back for back in reversed(range(MONTHS))]
    days = [date(number // 12, number % 12 + 1, 1) for number in (*numbers, numbers[-1] + 1)]
    starts = [datetime.combine(day, time.min, CHINA) for day in days]
    spans = list(pairwise(starts))
    measured = {
        f"{name}_{place}": Count("pk", distinct=True, filter=when(first, after, _WHERE))
        for name, when in WHEN.items()
        for place, (first, after) in enumerate(spans)
    }
    at_all = [when(starts[0], starts[-1], _WHERE) for when in WHEN.values()]
    rows = seen.customers().select_related(None).order_by().filter(readable(seen)).filter(at_all[0] | at_all[1])
    found = rows.aggregate(**measured)
    return [
        Month(f"{day:%Y-%m}", found[f"agreed_{place}"], found[f"withdrew_{place}"])
        for place, day in enumerate(days[:-1])
    ]
