"""What the dashboard shows of complaints: what waits for whoever handles them, and which companies are late."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import LABELS, OPEN, reading_complaints, state_of
from guiju.organisations.models import Member
from guiju.web.dashboard import Card

_SHOWN = ("received", "late", "today", "unread")
_MOST = 10


def waiting(member: Member) -> Card:
    """投诉: to decide, late, due today, and messages that nobody has answered."""
    now = timezone.now()
    with reading_complaints(member, at=now, on=timezone.localdate()) as seen:
        counts = {code: Count("pk", filter=state_of(code, now)) for code in _SHOWN}
        rows = seen.sight.of(Complaint.objects.filter(OPEN), owner="holder")
        found = rows.order_by().aggregate(**counts)
    address = reverse("complaint_list")
    return Card("投诉", lines=tuple((LABELS[code], found[code], f"{address}?state={code}") for code in _SHOWN))


def late_by_company(member: Member) -> Card | None:
    """逾期的投诉 of each company in sight; no card where there is none."""
    now = timezone.now()
    with reading_complaints(member, at=now, on=timezone.localdate()) as seen:
        rows = seen.sight.of(Complaint.objects.all(), owner="holder").filter(state_of("late", now)).order_by()
        found = list(rows.values_list("entity_id", "entity__name").annotate(count=Count("pk")))
    if not found:
        return None
    found.sort(key=lambda one: (-one[2], one[1]))
    address = reverse("complaint_list")
    lines = tuple((name, count, f"{address}?state=late&company={pk}") for pk, name, count in found[:_MOST])
    return Card("逾期的投诉", lines=lines)
