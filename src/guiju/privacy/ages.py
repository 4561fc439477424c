"""How old somebody is, as far as the law asks (年龄段)."""

from __future__ import annotations

from datetime import date, timedelta

from guiju.kernel.identifiers.birthday import age_of
from guiju.privacy.terms import AgeGroup, Answerer

CHILD_UNTIL, MINOR_UNTIL = 14, 18
"""个人信息保护法 第三十一条; 未成年人保护法 第二条."""

TREATED_AS_PUPILS = frozenset({"education"})
"""Sectors whose customers may be minors where nobody knows (内部规则)."""


def age_group(*, born: date | None, is_stated_adult: bool, on: date, minor_until: date | None) -> AgeGroup:
    """A birthday outweighs what somebody said; where it isn't held any more, the mark that it left counts.

    So it does beside a birthday that makes somebody older, until another person has agreed to that.
    """
    if minor_until is not None and on <= minor_until and (born is None or is_older(born, than=minor_until)):
        # A child to the end of the month as well: nobody is taken for older than they are.
        return AgeGroup.CHILD if minor_until >= mark_of_children(on) else AgeGroup.TEENAGER
    if born is None:
        return AgeGroup.ADULT if is_stated_adult else AgeGroup.UNKNOWN
    years = age_of(born, on)
    if years < CHILD_UNTIL:
        return AgeGroup.CHILD
    return AgeGroup.TEENAGER if years < MINOR_UNTIL else AgeGroup.ADULT


def is_minor(age: AgeGroup) -> bool:
    """未成年人保护法 第二条: whoever is known to be under eighteen."""
    return age in (AgeGroup.CHILD, AgeGroup.TEENAGER)


def is_pupil(age: AgeGroup, sector: str) -> bool:
    """Whether the house rule for pupils holds: minors of any age, and whoever's age nobody knows."""
    return sector in TREATED_AS_PUPILS and age is not AgeGroup.ADULT


def is_unknown_pupil(age: AgeGroup, sector: str) -> bool:
    """Whether somebody may be a child for all that is known, at who teaches pupils (内部规则)."""
    return age is AgeGroup.UNKNOWN and is_pupil(age, sector)


def answerer_of(age: AgeGroup, sector: str) -> Answerer:
    """Who is asked for consents: the guardian of a child, and at who teaches pupils also of whoever's age nobody knows."""
    return Answerer.GUARDIAN if age is AgeGroup.CHILD or is_unknown_pupil(age, sector) else Answerer.PERSON


def asks_about_each(age: AgeGroup, sector: str) -> bool:
    """Whether each field is asked about by itself, whatever it rests on: for children, and pupils (内部规则)."""
    return age is AgeGroup.CHILD or is_pupil(age, sector)


def minor_until(born: date | None, *, on: date) -> date | None:
    """The end of the month in which a minor comes of age; None for adults, and where no birthday is known."""
    if born is None or age_of(born, on) >= MINOR_UNTIL:
        return None
    return _of_age(born)


def mark_of_children(on: date) -> date:
    """From this mark of a minor on (`minor_until`) somebody is taken for a child."""
    return date(on.year + MINOR_UNTIL - CHILD_UNTIL, on.month, 1)


def is_older(born: date, *, than: date) -> bool:
    """Whether a birthday makes somebody older than the mark of a minor does."""
    return _of_age(born) < than


def younger(one: AgeGroup, other: AgeGroup) -> AgeGroup:
    """The one of two that protects more."""
    return min(one, other, key=_BY_AGE.index)


_BY_AGE = (AgeGroup.CHILD, AgeGroup.TEENAGER, AgeGroup.UNKNOWN, AgeGroup.ADULT)


def _of_age(born: date) -> date:
    """The end of the month in which somebody becomes eighteen."""
    year, month = born.year + MINOR_UNTIL, born.month
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
