"""How far a case has come, and what happened in it since somebody opened it (同时办理)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet

from guiju.complaints.desk import Presence
from guiju.complaints.models import Complaint, Step
from guiju.complaints.selectors.cases import who_of
from guiju.kernel.calendar.clock import CHINA
from guiju.keys.values import sealed_values
from guiju.organisations.models import Member

_BY_ITSELF = (Step.Kind.CONFIRMED, Step.Kind.PROGRESS, Step.Kind.REPEATED, Step.Kind.VERIFIED, Step.Kind.ESCALATED)
"""What no person decides by: nobody's words are held up for it."""

GONE_AFTER = timedelta(seconds=60)
_SHOWN = 60


def version_of_case(case: Complaint) -> int:
    """How many steps people have taken: steps are only added, so another number is another state."""
    return _steps(case).count()


def since_version(case: Complaint, seen: int) -> str:
    """What was added since, in words: who, when, what."""
    return "；".join(
        _words(one) for one in _steps(case).select_related("by__user").order_by("at", "pk")[max(seen, 0) :]
    )


def _steps(case: Complaint) -> QuerySet[Step]:
    return Step.objects.filter(complaint=case).exclude(kind__in=_BY_ITSELF)


def _words(step: Step) -> str:
    text = str(sealed_values(step, "sealed").get("text", ""))
    said = f"：“{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}”" if text else ""
    return f"{step.at.astimezone(CHINA):%H:%M} {who_of(step)} {step.get_kind_display()}{said}"


def others_at(case: Complaint, member: Member, *, at: datetime) -> list[Presence]:
    """Who else has the case open, the last seen first."""
    rows = Presence.objects.filter(complaint=case, at__gt=at - GONE_AFTER).exclude(member__user_id=member.user_id)
    return list(rows.select_related("member__user").order_by("-at"))
