"""A company names its stages and lost reasons itself (销售阶段)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.sales.models import Pipeline
from guiju.sales.selectors.stages import LOST_LABEL, WON_LABEL, Reason, Stage, Stages, stages_of
from guiju.sales.services.details import one_line

LONGEST_LABEL, MOST_REASONS = 20, 30


@transaction.atomic
def set_pipeline(
    *, entity_id: UUID, stages: Sequence[Stage], reasons: Sequence[str], actor: Member, at: datetime
) -> Stages:
    """Rename and reorder the stages, and say why something may be lost (设定销售阶段).

    The stages stay the same ones, so that nothing stands in a stage that isn't there; a reason that is left out
    is offered no more, and keeps its words where it was chosen.
    """
    require(actor, "opportunity.set_up", on=entity_id)
    with scope_with(entity_id):
        now = stages_of(entity_id)
        stages = [Stage(one.code, one_line(one.label), one.probability) for one in stages]
        wanted = list(dict.fromkeys(filter(None, map(one_line, reasons))))
        if problems := [*_problems_of_stages(stages, now), *_problems_of_reasons(wanted)]:
            raise Refused.because(problems)
        found = Pipeline.objects.select_for_update().filter(entity_id=entity_id).first()
        row = found or Pipeline(id=new_id(), entity_id=entity_id)
        row.stages = [vars(one) for one in stages]
        row.reasons = [vars(one) for one in _merged(now.reasons, wanted)]
        row.changed_at = at
        row.save(force_insert=found is None)
        record(Act("sales.set_pipeline", actor, at), entity_id=entity_id, subject=row)
        return stages_of(entity_id)


def _problems_of_stages(stages: Sequence[Stage], now: Stages) -> list[Problem]:
    problems = []
    if sorted(one.code for one in stages) != sorted(one.code for one in now.stages):
        problems.append(Problem("stages_other", "阶段只能改名、改顺序和可能性，不能增减"))
    labels = [one.label for one in stages]
    for one in stages:
        if not one.label or len(one.label) > LONGEST_LABEL or not one.label.isprintable():
            problems.append(Problem("stage_label", f"阶段名称要有1到{LONGEST_LABEL}个字", f"label_{one.code}"))
        elif labels.count(one.label) > 1 or one.label in (WON_LABEL, LOST_LABEL):
            problems.append(Problem("stage_twice", f"“{one.label}”用了两次", f"label_{one.code}"))
        if not 0 <= one.probability <= 100:
            problems.append(Problem("stage_probability", "可能性是0到100", f"probability_{one.code}"))
    return problems


def _problems_of_reasons(reasons: Sequence[str]) -> list[Problem]:
    if not reasons:
        return [Problem("reasons_empty", "至少要有一个输单原因", "reasons")]
    if len(reasons) > MOST_REASONS:
        return [Problem("reasons_many", f"输单原因最多{MOST_REASONS}个", "reasons")]
    long = next((one for one in reasons if len(one) > LONGEST_LABEL or not one.isprintable()), None)
    if long is not None:
        return [
            Problem("reason_label", f"“{long[:LONGEST_LABEL]}…”太长：一个输单原因最多{LONGEST_LABEL}个字", "reasons")
        ]
    return []


def _merged(now: Sequence[Reason], wanted: Sequence[str]) -> list[Reason]:
    """The wanted ones in their order under the codes that they had; then those that are offered no more."""
    known = {one.label: one for one in now}
    number = len(now)
    merged = []
    for label in wanted:
        if label in known:
            merged.append(Reason(known[label].code, label))
        else:
            number += 1
            merged.append(Reason(f"own_{number}", label))
    return [*merged, *(Reason(one.code, one.label, False) for one in now if one.label not in wanted)]
