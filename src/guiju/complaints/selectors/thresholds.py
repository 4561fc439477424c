"""When there is too much of a cause, and whether what was done helped (整改门槛、整改效果): counted and tested."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from guiju.complaints.models import Complaint, Rectification, RectificationRule
from guiju.complaints.selectors.cases import COUNTED, midnight
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.causes import Tree
from guiju.kernel.chance import (
    BELOW_TARGET,
    COMPARISON,
    MANY_AT_ONCE,
    chance_of_so_few,
    corrected,
    poisson_at_least,
    rise_of,
)
from guiju.orders.selectors.volumes import volumes

LIKELY_LUCK = 0.05
FAR_ABOVE = 0.001
"""What is looked at with every new case is above its target by luck more often: so more is asked for."""
LEAST_EXPECTED = 3.0
"""With fewer to be expected, not even none at all would be beyond chance: then it is watched longer."""
MOST_CASES = 5_000
"""So many stand in the list of a task."""


def written(number: float) -> str:
    """A number that isn't whole, as the log takes it: in words of digits."""
    return f"{number:.6g}"


def rule_of(entity_id: UUID) -> RectificationRule:
    """From when on a company has to mend something; the house rules where it has set none."""
    return RectificationRule.objects.filter(entity_id=entity_id).first() or RectificationRule(entity_id=entity_id)


@dataclass(frozen=True)
class Crossed:
    """A threshold that is crossed: on which ground, and the numbers that say so."""

    cause: str
    ground: Rectification.Ground
    figures: Mapping[str, Any]
    cases: list[str]


def crossed_by(
    entity_id: UUID, causes: Collection[str], tree: Tree, *, at: datetime, since: Mapping[str, datetime]
) -> list[Crossed]:
    """Which of these causes there is too much of now; of a cause in `since` only what came after counts."""
    rule = rule_of(entity_id)
    today = day_of(at)
    first = today - timedelta(days=rule.days - 1)
    first_before = first - timedelta(days=rule.days)
    rows = Complaint.objects.filter(COUNTED, entity_id=entity_id).order_by()
    within = rows.filter(received_at__gte=midnight(first_before), received_at__lte=at)
    counted = {
        cause: (now, before)
        for cause, now, before in within.values_list("cause").annotate(
            now=Count("entity_id", filter=Q(received_at__gte=midnight(first))),
            before=Count("entity_id", filter=Q(received_at__lt=midnight(first))),
        )
    }
    # What nobody has put down to a cause counts among all, as on the page of figures.
    total = sum(now for now, _ in counted.values())
    counted.pop("", None)
    chances = corrected([rise_of(now, rule.days, before, rule.days).chance for now, before in counted.values()])
    chance_of = dict(zip(counted, chances, strict=True))
    found = []
    for cause in sorted(set(causes) & counted.keys()):
        now, before = counted[cause]
        mine = rows.filter(cause=cause, received_at__gte=midnight(first), received_at__lte=at)
        if cause in since:
            mine = mine.filter(received_at__gt=since[cause])
            now = mine.count()
        is_safety = cause in tree.by_code and tree.by_code[cause].is_safety
        ground = _ground(rule, now, before, total, chance_of[cause], is_safety=is_safety)
        if ground is None:
            continue
        figures = {
            "since": first.isoformat(),
            "until": today.isoformat(),
            "days": rule.days,
            "count": now,
            "total": total,
            "before": before,
            "chance": written(chance_of[cause]),
            "confirmed": mine.filter(is_cause_confirmed=True).count(),
            "orders": _orders(entity_id, first, today),
            "test": f"{COMPARISON}，{MANY_AT_ONCE}",
        }
        newest = mine.order_by("-received_at", "-id").values_list("pk", flat=True)[:MOST_CASES]
        found.append(Crossed(cause, ground, figures, [str(pk) for pk in newest]))
    return found


def _ground(
    rule: RectificationRule, now: int, before: int, total: int, chance: float, *, is_safety: bool
) -> Rectification.Ground | None:
    if is_safety and rule.by_safety and now:
        return Rectification.Ground.SAFETY
    if now >= rule.share_least and now * 100 >= rule.share_percent * total:
        return Rectification.Ground.SHARE
    if now >= rule.count_least:
        return Rectification.Ground.COUNT
    if before and now >= rule.rise_least and now > before and chance < LIKELY_LUCK:
        return Rectification.Ground.RISE
    return None


def _orders(entity_id: UUID, first: date, last: date) -> int:
    return sum(one.orders for one in volumes(entity_id=entity_id, since=first, until=last))


@dataclass(frozen=True)
class Effect:
    """What was counted since something was mended, what the target would let expect, and how likely that is by luck.

    `is_below`: below the target beyond chance. `is_above`: far above it. With neither it isn't shown, and
    where too little was to be expected nothing could show it.
    """

    count: int
    expected: float
    base_count: int
    base: float
    exposure: float
    unit: str
    chance: float
    chance_above: float

    @property
    def is_enough(self) -> bool:
        return self.expected >= LEAST_EXPECTED

    @property
    def is_below(self) -> bool:
        return self.is_enough and self.chance < LIKELY_LUCK

    @property
    def is_above(self) -> bool:
        return self.chance_above < FAR_ABOVE

    @property
    def data(self) -> dict[str, Any]:
        """As it is kept and printed."""
        numbers = {name: written(one) if isinstance(one, float) else one for name, one in vars(self).items()}
        return numbers | {"test": BELOW_TARGET, "is_below": self.is_below, "is_enough": self.is_enough}


def effect_of(found: Rectification, *, at: datetime) -> Effect | None:
    """How it went since it was mended, against what was sold where that is known both times, else against days."""
    if found.mended_at is None:
        return None
    rule, figures = rule_of(found.entity_id), found.figures
    rows = Complaint.objects.filter(COUNTED, entity_id=found.entity_id, cause=found.cause)
    count = rows.filter(received_at__gt=found.mended_at, received_at__lte=at).count()
    days = max((at - found.mended_at) / timedelta(days=1), 1 / 24)
    sold = _orders(found.entity_id, day_of(found.mended_at), day_of(at)) if figures["orders"] else 0
    base, exposure, unit = (figures["orders"], sold, "单") if sold else (figures["days"], days, "天")
    # Where a single case was too many, the target is measured against it all the same.
    expected = max(figures["count"] / base * exposure * rule.target_percent / 100, 1e-9)
    return Effect(
        count,
        expected,
        figures["count"],
        base,
        exposure,
        unit,
        chance_of_so_few(count, expected),
        poisson_at_least(count, expected) if count else 1.0,
    )
