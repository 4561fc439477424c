"""Opportunities by stage, a page at a time: what is open in the order of the company's stages, then won, then lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from django.db.models import Case, IntegerField, QuerySet, Value, When

from guiju.sales.models import Opportunity
from guiju.sales.selectors.stages import Stages


@dataclass(frozen=True)
class ByStage:
    """These rows in that order, sliced as a page is.

    No index has the order that a company gave its stages, but each state and stage has its place in one: as many of
    each are taken as the slice could need, and the few that come together are put in order.
    """

    rows: QuerySet[Opportunity]
    stages: Stages

    def parts(self) -> Iterator[QuerySet[Opportunity]]:
        for state, stage in product(Opportunity.State.values, self.stages.stages):
            yield self.rows.filter(state=state, stage=stage.code).order_by("staged_at", "-id")

    def __getitem__(self, asked: slice) -> list[Opportunity]:
        some = [
            part.annotate(place=Value(place, IntegerField())).values_list("id", "staged_at", "place")[: asked.stop]
            for place, part in enumerate(self.parts())
        ]
        found = [pk for pk, *_ in some[0].union(*some[1:], all=True).order_by("place", "staged_at", "-id")[asked]]
        shown = self.rows.order_by().in_bulk(found)
        return [shown[pk] for pk in found]


def in_order_of_stages(rows: QuerySet[Opportunity], stages: Stages) -> QuerySet[Opportunity]:
    """All of them in that order, for who reads to the end."""
    of_state = [When(state=state, then=Value(place)) for place, state in enumerate(Opportunity.State.values)]
    of_stage = [When(stage=one.code, then=Value(place)) for place, one in enumerate(stages.stages)]
    return rows.order_by(Case(*of_state), Case(*of_stage), "staged_at", "-id")
