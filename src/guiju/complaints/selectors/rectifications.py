"""Reads of what has to be mended (整改任务单): what a member may read, and what they have in hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.complaints.models import Rectification, RectificationStep
from guiju.complaints.selectors.thresholds import Effect, effect_of
from guiju.database.scope import scope_with
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING, due_words
from guiju.kernel.errors import Missing
from guiju.keys.values import sealed_values
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight, allows, refusal_of, sight_of


@dataclass
class TaskReading:
    """Which tasks a member sees: those of the companies whose complaints they read, and those in their hand."""

    member: Member
    sight: Sight
    at: datetime

    def rows(self) -> QuerySet[Rectification]:
        seen = Q(entity_id__in=self.sight.entities) | Q(holder=self.member)
        rows = Rectification.objects.filter(seen).select_related("entity", "department", "holder__user")
        return rows.order_by("-opened_at", "-id")

    def task(self, rectification_id: UUID) -> Rectification:
        found = self.rows().filter(pk=rectification_id).first()
        if found is None:
            raise Missing("rectification_missing", "没有这项整改任务，或您的角色看不到它")
        return found

    def task_to_mend(self, rectification_id: UUID) -> Rectification:
        """One that the member works on; raises `NotAllowed` for who may only read it."""
        found = self.task(rectification_id)
        if not self.may_mend(found):
            raise refusal_of("complaint.rectify")
        return found

    def may_mend(self, found: Rectification) -> bool:
        return found.holder_id == self.member.pk or allows(self.member, "complaint.rectify", on=found.entity_id)

    def sees_cases(self, found: Rectification) -> bool:
        return found.entity_id in self.sight.entities

    def effect(self, found: Rectification) -> Effect | None:
        return effect_of(found, at=self.at)


@contextmanager
def reading_tasks(member: Member, *, at: datetime, on: date) -> Iterator[TaskReading]:
    """Read tasks; who may read no complaints sees those in their own hand."""
    sight = sight_of(member, "complaint.read", on=on)
    with scope_with(member.entity_id, *sight.scope):
        yield TaskReading(member, sight, at)


STATES = {"unclosed": "没有办结的", **dict(Rectification.State.choices), "all": "全部"}


def in_state(rows: QuerySet[Rectification], state: str) -> QuerySet[Rectification]:
    if state in Rectification.State.values:
        return rows.filter(state=state)
    return rows if state == "all" else rows.filter(closed_at=None)


@dataclass(frozen=True)
class TaskStep:
    step: RectificationStep
    text: str
    who: str


def steps_of(found: Rectification) -> list[TaskStep]:
    rows = found.steps.select_related("by__user").order_by("at", "pk")
    return [
        TaskStep(one, str(sealed_values(one, "sealed").get("text", "")), one.by.user.name if one.by else "系统")
        for one in rows
    ]


def texts_of(found: Rectification) -> Mapping[str, Any]:
    """Plan, measures and proof."""
    known = sealed_values(found, "sealed")
    return {name: known.get(name, "") for name in ("plan", "measures", "proof")}


def due_of(found: Rectification) -> str:
    """Until when it has to be mended, in words."""
    duty = Duty.objects.filter(subject_id=found.pk, state__in=RUNNING).first()
    return due_words(duty) if duty else ""


def open_tasks(entity_id: UUID) -> QuerySet[Rectification]:
    """What has to be mended in a company now; for parts that stop something meanwhile. In the company's scope."""
    return Rectification.objects.filter(entity_id=entity_id, closed_at=None)
