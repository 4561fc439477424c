"""The one door through which values of customers and contacts come in (收集的入口).

Forms, API, files, and programs all end here: each value is asked for purpose, notice and consent; what
passes is put into the record, what doesn't is named with its reason and article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from guiju.customers.models import Contact, Customer, Holder
from guiju.customers.services.growing import ask_to_grow, mark_age, refuse_waiting
from guiju.customers.values import (
    BIRTHDAYS,
    EVERYTHING_ELSE,
    born,
    put_values,
    refuse_two_birthdays,
    values_of,
)
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require
from guiju.privacy.ages import younger
from guiju.privacy.collecting import Circumstances
from guiju.privacy.fields import Field
from guiju.privacy.models import PrivacyNotice, Subject
from guiju.privacy.registry import RECORDS
from guiju.privacy.scanning import numbers_in
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.collections import found_collection
from guiju.privacy.services.consents import GivenConsent, write_consent
from guiju.privacy.services.freezing import refuse_frozen
from guiju.privacy.terms import AgeGroup, Channel
from guiju.privacy.values import cleaned


@dataclass(frozen=True)
class How:
    """By which way values come in, from where, and what the person consented to on the occasion."""

    channel: Channel = Channel.COUNTER
    source: str = ""
    consents: Sequence[GivenConsent] = ()
    is_stated_adult: bool = False
    born: date | None = None
    """The birthday that was told and isn't taken in: it says how old the person is all the same."""


def take_in(holder: Holder, given: Mapping[str, str], how: How, act: Act, *, is_new: bool) -> tuple[Problem, ...]:
    """Fill a record, which the caller saves; returns the values that were refused.

    Raises `Refused` for values that are none of their kind, where nothing is left to save, and where the
    record itself may not be: without what it needs, or without the consent that even the name needs.
    """
    if how.consents and isinstance(act.actor, Member):
        require(act.actor, "consent.record", on=holder.entity_id)
    kind = holder.record
    fields = fields_of(holder.entity_id, kind)
    needed = RECORDS[kind].needed
    wanted, problems = cleaned(fields, given)
    problems += [
        Problem(f"{code}_empty", f"请填写{fields[code].label}", code)
        for code in needed
        if (is_new or code in wanted) and not wanted.get(code) and code not in {one.field for one in problems}
    ]
    if numbers := numbers_in(how.source):
        problems.append(Problem("number_misplaced", f"信息的来源里有{numbers}的号码：请去掉", "source_words"))
    if problems:
        raise Refused.because(problems)
    before = {} if is_new else values_of(holder)
    changed = {code: value for code, value in wanted.items() if value != before.get(code, "")}
    notice = notice_in_force(holder.entity_id)
    subject = _subject_of(holder, how, act) if _is_person(holder) else None
    refuse_frozen(subject)
    if subject is not None and (frozen := sorted(code for code in changed if subject.is_frozen(f"{kind}.{code}"))):
        label = fields[frozen[0]].label
        raise Refused("value_frozen", f"{label}：仅存储，不能修改（个人信息保护法第四十七条）", field=frozen[0])
    refuse_two_birthdays({**before, **wanted})
    if subject is not None and not is_new:
        refuse_waiting(subject, changed)
    around, grows = _around(holder, fields, notice, subject, {**before, **wanted}, how, act)
    refused = _refusals(around, kind, changed)
    if subject is not None and any(one.field in BIRTHDAYS for one in refused):
        # A birthday that isn't taken in makes nobody older than they are known to be.
        known = subject.age(born(before) or how.born, around.on)
        around = replace(around, age=younger(around.age, known))
        refused = _refusals(around, kind, changed)
    kept = set(changed) - {one.field for one in refused}
    if (is_new and not needed <= kept) or (refused and not kept and not how.consents):
        raise Refused.because([one for one in refused if one.field in needed] or refused)
    if not kept and not how.consents:
        raise Refused("nothing_changed", "没有改动：各项内容与现在的相同")
    if kept:
        found = found_collection(act, entity_id=holder.entity_id, channel=how.channel, source=how.source, notice=notice)
        marked = {EVERYTHING_ELSE: str(found.pk)} if is_new else dict.fromkeys(sorted(kept), str(found.pk))
        holder.origins = holder.origins | marked
    now = before | {code: changed[code] for code in kept}
    put_values(holder, fields, {code: value for code, value in now.items() if value})
    if subject is not None:
        _write_subject(subject, act, is_new=holder.subject_id is None)
        holder.subject = subject
        if grows and kept & set(BIRTHDAYS):
            ask_to_grow(subject, act)
    return tuple(refused)


def _refusals(around: Circumstances, kind: str, changed: Mapping[str, str]) -> list[Problem]:
    return [one for code, value in changed.items() if value for one in around.refusals(kind, code)]


def _is_person(holder: Holder) -> bool:
    return not (isinstance(holder, Customer) and holder.kind == Customer.Kind.COMPANY)


def _around(
    holder: Holder,
    fields: Mapping[str, Field],
    notice: PrivacyNotice | None,
    subject: Subject | None,
    values: Mapping[str, str],
    how: How,
    act: Act,
) -> tuple[Circumstances, bool]:
    """What decides about the values, and whether a minor would be older; consents that came are written down first."""
    today = day_of(act.at)
    if subject is None:
        return Circumstances(fields, told_by(notice), today, age=AgeGroup.ADULT), False
    sector = Entity.objects.values_list("sector", flat=True).get(pk=holder.entity_id)
    birthday = born(values) or how.born
    # Kept even where the birthday itself goes back: a child is a child without its consent.
    grows = mark_age(subject, birthday, today)
    age = subject.age(birthday, today)
    for one in how.consents:
        write_consent(subject, one, age, Act("privacy.record_consent", act.actor, act.at))
    return Circumstances(fields, told_by(notice), today, standing_of(subject.pk), age, sector), grows


def _subject_of(holder: Holder, how: How, act: Act) -> Subject:
    """The person of a record: locked, or new and written at the end, when it is known what is kept of them."""
    if holder.subject_id is None:
        # Who acts for a company is of age, even at one that teaches children.
        is_adult = how.is_stated_adult or isinstance(holder, Contact)
        return Subject(id=new_id(), entity_id=holder.entity_id, is_stated_adult=is_adult, made_at=act.at)
    subject = Subject.objects.select_for_update().get(pk=holder.subject_id)
    if how.is_stated_adult:
        subject.is_stated_adult = True
    return subject


def _write_subject(subject: Subject, act: Act, *, is_new: bool) -> None:
    before = None if is_new else Subject.objects.get(pk=subject.pk)
    if before is not None and (before.minor_until, before.is_stated_adult) == (
        subject.minor_until,
        subject.is_stated_adult,
    ):
        return
    subject.save(force_insert=is_new)
    record(act, entity_id=subject.entity_id, subject=subject)
