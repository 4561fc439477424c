"""What the dashboard counts of opportunities: each number with the filter of its list, each card in one read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum

from guiju.sales.models import Opportunity
from guiju.sales.selectors.figures import Figure
from guiju.sales.selectors.filtering import ALL, NONE, OpportunityFilter, midnight, month_of, sources
from guiju.sales.selectors.reading import Deals, Total, total_of

_OPEN, _WON, _LOST = Opportunity.State.OPEN, Opportunity.State.WON, Opportunity.State.LOST


def open_by_stage(seen: Deals) -> list[Figure]:
    """How much stands in each stage now."""
    counted = seen.rows().filter(state=_OPEN).order_by().values("stage").annotate(**seen.measures())
    found = {one["stage"]: total_of(one) for one in counted}
    stages = seen.stages.stages
    return [Figure(one.label, found.get(one.code, Total()), OpportunityFilter(stage=one.code)) for one in stages]


def this_month(seen: Deals) -> list[Figure]:
    """What was entered, won and lost since the first of the month."""
    first = month_of(seen.on)
    since = midnight(first)
    measured: dict[str, Any] = {}
    for name, when in (
        ("made", Q(made_at__gte=since)),
        ("won", Q(state=_WON, closed_at__gte=since)),
        ("lost", Q(state=_LOST, closed_at__gte=since)),
    ):
        measured |= {name: Count("pk", filter=when), f"{name}_sum": Sum("amount", filter=when)}
    recent = seen.rows().filter(Q(made_at__gte=since) | Q(closed_at__gte=since)).order_by()
    found = recent.aggregate(**measured)
    day = first.isoformat()
    asked = {
        "made": ("本月登记", OpportunityFilter(state=ALL, made_from=day)),
        "won": ("本月赢单", OpportunityFilter(state=_WON.value, closed_from=day)),
        "lost": ("本月输单", OpportunityFilter(state=_LOST.value, closed_from=day)),
    }
    return [
        Figure(label, Total(found[name], found[f"{name}_sum"] or Total().amount), wanted)
        for name, (label, wanted) in asked.items()
    ]


def by_source(seen: Deals, since: date) -> list[Figure]:
    """Where what was entered since a day came from, the most first."""
    asked = OpportunityFilter(state=ALL, made_from=since.isoformat())
    counted = asked.of(seen.rows(), seen).order_by().values("source").annotate(**seen.measures())
    labels = sources()
    figures = [
        Figure(
            labels.get(one["source"], one["source"]) or "没有填写",
            total_of(one),
            OpportunityFilter(state=ALL, made_from=since.isoformat(), source=one["source"] or NONE),
        )
        for one in counted
    ]
    return sorted(figures, key=lambda one: (-one.total.count, one.label))
