"""What who complained sees of their case (投诉查询): state, steps, deadlines, who is in charge by role, never by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from guiju.complaints.clocks import DECIDE, REMEDY, RETURNED, SETTLE
from guiju.complaints.models import Complaint, Step
from guiju.complaints.numbers import company_mark, read_number
from guiju.complaints.selectors.remedies import RemedyLine, remedies_of
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING, due_words
from guiju.kernel.errors import Missing
from guiju.keys.values import sealed_values
from guiju.notifications.services.ending import every_company


@dataclass(frozen=True)
class PublicStep:
    """One thing that happened, as who complained reads it; `is_ours`: said by the company."""

    kind: str
    label: str
    at: datetime
    text: str
    is_ours: bool


@dataclass(frozen=True)
class PublicClock:
    label: str
    due: str
    basis: str
    article: str
    is_late: bool


@dataclass(frozen=True)
class Tracked:
    """A case on its own page."""

    case: Complaint
    said: str
    steps: list[PublicStep]
    clocks: list[PublicClock]
    remedies: list[RemedyLine]

    @property
    def may_agree(self) -> bool:
        return self.case.state == Complaint.State.ANSWERED

    @property
    def may_disagree(self) -> bool:
        return self.case.state in (Complaint.State.ANSWERED, Complaint.State.CLOSED)


def company_of_number(number: str) -> UUID:
    """Whose case a number is; asked before any scope is set. Raises `Missing`."""
    known = read_number(number)
    if known is not None:
        for chunk in every_company():
            for company in chunk:
                if company_mark(company) != known[1]:
                    continue
                with scope(entities={company}):
                    if Complaint.objects.filter(entity_id=company, number=known[0]).exists():
                        return company
    raise Missing("complaint_missing", "没有这件投诉，或查询码不对：请核对收到的链接")


_OURS = frozenset(Step.Kind) - {Step.Kind.SAID, Step.Kind.FILED, Step.Kind.AGREED, Step.Kind.DISAGREED, Step.Kind.RATED}
_SHOWN_CLOCKS = (DECIDE, SETTLE, REMEDY, RETURNED)


def tracked(case: Complaint, *, at: datetime) -> Tracked:
    """What its page shows; in the company's scope."""
    steps = [
        PublicStep(
            one.kind,
            one.get_kind_display(),
            one.at,
            str(sealed_values(one, "sealed").get("text", "")),
            one.kind in _OURS,
        )
        for one in case.steps.filter(is_public=True).order_by("at", "pk")
    ]
    duties = Duty.objects.filter(
        subject_id=case.pk, kind__in=[one.kind for one in _SHOWN_CLOCKS], state__in=RUNNING
    ).order_by("due_at")
    clocks = [
        PublicClock(
            one.title.partition("：")[2],
            due_words(one),
            one.get_basis_display(),
            one.article,
            one.due_at is not None and one.due_at < at,
        )
        for one in duties
    ]
    return Tracked(
        case, str(sealed_values(case, "sealed").get("text", "")), steps, clocks, remedies_of(case, public=True)
    )
