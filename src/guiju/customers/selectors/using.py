"""Values that an automation may use for its purpose (自动处理可用的值): the same gate as where people read.

What wasn't collected for the purpose, isn't consented to, is frozen or refused is left out with its reason, whoever
may see it otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from guiju.customers.models import Contact, Customer, Holder
from guiju.customers.values import born, origin_of, values_of
from guiju.organisations.models import Entity
from guiju.organisations.registry import PURPOSES
from guiju.privacy.collecting import Circumstances, refusal_to_see, rests_on_consent
from guiju.privacy.fields import Field
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.selectors.consents import NOTHING, Standing, standings_of
from guiju.privacy.selectors.notices import Told, told_at_each
from guiju.privacy.selectors.refusals import refused_among
from guiju.privacy.terms import AgeGroup
from guiju.privacy.uses import USES, Use

MARKETING = "marketing"
ADDRESSES = ("phone", "email")
REFUSED = "在拒收名单上，不能用于营销（消费者权益保护法实施条例第二十四条；对集团各公司都有效是内部规则）"


def why_not(holder: Holder, known: Field, around: Circumstances, purpose: str, told: Told) -> str:
    """Why a value may not be used for a purpose; empty where it may."""
    if holder.is_frozen(known.code):
        return "仅存储，不能使用"
    if not around.is_usable(known, purpose, told):
        return f"不能用于{PURPOSES[purpose]}：没有为此告知，或没有同意"
    return ""


def goes_along(known: Field, around: Circumstances, purpose: str) -> bool:
    """Whether what the company itself writes about somebody may be used for a purpose: tags, orders, opportunities.

    It keeps no notice of its own: it was written for what the catalogue says. Nobody asks a guardian about each; where
    a child's name may be used for the purpose, this may.
    """
    told = _told_along(known)
    if around.age is AgeGroup.CHILD:
        is_guarded = around.standing.is_guarded(purpose, "person.name")
        return is_guarded and replace(around, age=AgeGroup.ADULT).is_usable(known, purpose, told)
    return around.is_usable(known, purpose, told)


def asks_along(known: Field, purpose: str) -> bool:
    """Whether a consent decides about that, of anybody but a child."""
    return rests_on_consent(known, purpose, _told_along(known))


def _told_along(known: Field) -> Told:
    return Told(items={f"{known.record}.{known.code}": known.uses})


def refused_of(rows: Iterable[tuple[Holder, Mapping[str, str]]]) -> dict[str, datetime]:
    """Which addresses of these records, each with its values, refused what is commercial, and when; asked once for all."""
    by_entity: dict[UUID, list[str]] = {}
    for one, values in rows:
        by_entity.setdefault(one.entity_id, []).extend(values.get(code, "") for code in ADDRESSES)
    found: dict[str, datetime] = {}
    for entity_id, addresses in by_entity.items():
        found |= refused_among(addresses, entity_id)
    return found


def is_refused(address: str, refused: Mapping[str, datetime], standing: Standing) -> bool:
    """Whether an address refuses what is commercial: whoever consents anew afterwards can be written to again."""
    since, given = refused.get(address), standing.marketing_at
    return since is not None and (given is None or given <= since)


@dataclass(frozen=True)
class Usable:
    """The values of one record that may be used, by field code, and why the others may not."""

    values: Mapping[str, str]
    left_out: Mapping[str, str]


def usable_values(use: Use, holders: Iterable[Holder], *, on: date) -> dict[UUID, Usable]:
    """What an automation may use of these records of one company; raises `ValueError` for a use nobody declared."""
    if USES.get(use.code) != use:
        raise ValueError(f"use not registered: {use.code}")
    rows = [(one, values_of(one)) for one in holders if _is_there(one)]
    if not rows:
        return {}
    entity_id = rows[0][0].entity_id
    catalogue = catalogue_of(entity_id)
    sector = str(Entity.objects.values_list("sector", flat=True).get(pk=entity_id))
    standings = standings_of([one.subject_id for one, _ in rows if one.subject_id])
    told = told_at_each(UUID(origin) for one, _ in rows for origin in one.origins.values())
    addresses = [values.get(code, "") for _, values in rows for code in ADDRESSES]
    refused = refused_among(addresses, entity_id) if use.purpose == MARKETING else {}
    found: dict[UUID, Usable] = {}
    for one, values in rows:
        standing = standings.get(one.subject_id, NOTHING) if one.subject_id else NOTHING
        age = AgeGroup.ADULT if one.subject is None else one.subject.age(born(values), on)
        around = Circumstances(catalogue[one.record], Told(), on, standing, age, sector)
        shut = refusal_to_see(age, sector, is_approved=False, on=on)
        left_out: dict[str, str] = {}
        for code, value in values.items():
            known = around.fields.get(code)
            why = (
                "字段台账里没有"
                if known is None
                else why_not(one, known, around, use.purpose, told[origin_of(one, code)])
            )
            if why or (why := REFUSED if is_refused(value, refused, standing) else shut if code != "name" else ""):
                left_out[code] = why
        kept = {code: value for code, value in values.items() if code not in left_out}
        found[one.pk] = Usable(kept, left_out)
    return found


def _is_there(holder: Holder) -> bool:
    """Whether a record is in use at all."""
    if isinstance(holder, Contact):
        return holder.ended_at is None
    assert isinstance(holder, Customer)
    return holder.erased_at is None and holder.hidden_at is None
