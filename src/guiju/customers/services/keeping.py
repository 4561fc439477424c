"""Whether values that are held already may be in a record now (再问一次收集的关口)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from guiju.customers.models import Customer
from guiju.customers.values import born
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem
from guiju.organisations.models import Entity
from guiju.privacy.collecting import Circumstances
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import NOTHING, standing_of
from guiju.privacy.selectors.notices import told_at_each
from guiju.privacy.terms import AgeGroup


def refusals_of_values(
    holder: Customer, values: Mapping[str, str], origins: Mapping[str, UUID], act: Act
) -> list[Problem]:
    """Why values that came in by these collections may not be in a record now: the gate of collecting, asked again."""
    fields, kind = fields_of(holder.entity_id, holder.record), holder.record
    told = told_at_each(origins.values())
    day, age, standing = day_of(act.at), AgeGroup.ADULT, NOTHING
    if holder.subject is not None:
        age, standing = holder.subject.age(born(values), day), standing_of(holder.subject.pk)
    sector = Entity.objects.values_list("sector", flat=True).get(pk=holder.entity_id)
    problems = []
    for code, origin in origins.items():
        if holder.is_frozen(code):
            label = fields[code].label if code in fields else code
            problems.append(Problem("value_frozen", f"{label}：仅存储，不能修改（个人信息保护法第四十七条）", code))
            continue
        around = Circumstances(fields, told[origin], day, standing, age, sector)
        problems += around.refusals(kind, code)
    return problems
