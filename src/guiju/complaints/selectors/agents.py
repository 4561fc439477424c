"""How much each agent has in hand, and how it goes (督办)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import LABELS, OPEN, CaseReading, state_of
from guiju.organisations.models import Member

COUNTED = ("open", "late", "today", "week", "unread", "lately")


@dataclass(frozen=True)
class AgentLine:
    """One agent, or nobody: how many of each, and how long the closed ones of the last thirty days took."""

    member: Member | None
    counts: Sequence[tuple[str, str, int]]
    days: float | None

    @property
    def hand(self) -> str:
        return str(self.member.pk) if self.member else "nobody"


def agents(reading: CaseReading) -> list[AgentLine]:
    """Of the cases in sight: whoever has any, those with the most overdue first."""
    counts = {code: Count("pk", filter=state_of(code, reading.at)) for code in COUNTED}
    took = Avg(F("closed_at") - F("received_at"), filter=state_of("lately", reading.at))
    rows = reading.sight.of(Complaint.objects.all(), owner="holder").order_by()
    rows = rows.filter(OPEN | state_of("lately", reading.at))
    found: list[dict[str, Any]] = list(rows.values("holder").annotate(**counts, took=took))  # type: ignore[arg-type]
    people = {
        one.pk: one
        for one in Member.objects.filter(pk__in=[one["holder"] for one in found]).select_related("user", "entity")
    }
    lines = [
        AgentLine(
            people.get(one["holder"]),
            [(code, LABELS[code], one[code]) for code in COUNTED],
            round(one["took"].total_seconds() / 86400, 1) if one["took"] is not None else None,
        )
        for one in found
        if any(one[code] for code in COUNTED)
    ]
    return sorted(lines, key=_most_late)


def _most_late(line: AgentLine) -> tuple[int, int, str]:
    counts = {code: count for code, _, count in line.counts}
    return -counts["late"], -counts["open"], line.hand
