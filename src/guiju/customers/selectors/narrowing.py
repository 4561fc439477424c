"""By what else a list of customers is narrowed (更多筛选): who looks after them, when, consents, and fields of the company."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import Reading
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import regions
from guiju.organisations.permissions import sight_of
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import TREATED_AS_PUPILS
from guiju.privacy.fields import Field
from guiju.privacy.masking import LABELS
from guiju.privacy.models import Consent, Subject
from guiju.privacy.terms import MARKETING, ConsentKind, FieldState, Sort

if TYPE_CHECKING:
    from guiju.customers.selectors.finding import CustomerFilter

BY_FIELD = ("level", "source", "region")
"""The fields of every company by which a list is narrowed."""

MOST_DAYS, _MOST_COUNTIES = 3650, 500
_CHOSEN = (Sort.CHOICE, Sort.YES_NO)
_ANSWERS = {"yes": "是", "no": "否"}


def narrowed(rows: QuerySet[Customer], asked: CustomerFilter, seen: Reading) -> QuerySet[Customer]:
    """These customers as far as they are what was asked for; raises `Refused` for what can't be read."""
    if asked.owner == "me":
        rows = rows.filter(owner_id=seen.member.pk)
    elif asked.owner == "none":
        rows = rows.filter(owner=None)
    elif asked.owner:
        rows = rows.filter(owner_id=_member(asked.owner))
    for name in ("level", "source"):
        if value := getattr(asked, name).replace("\x00", ""):
            rows = rows.filter(_shows(name, seen), **{name: value})
    if asked.region:
        codes = [one.code for one in regions.find_counties(asked.region, most=_MOST_COUNTIES)]
        if not codes:
            raise Refused(
                "region_unknown", f"没有“{asked.region[:20]}”这个地区：写省、市、县的名称或代码", field="region"
            )
        rows = rows.filter(_shows("region", seen), region__in=codes)
    if asked.quiet:
        before = _midnight(seen.on - timedelta(days=_days(asked.quiet)))
        # Who came in since isn't neglected yet.
        rows = rows.filter(Q(last_touch_at__lt=before) | Q(last_touch_at=None), made_at__lt=before)
    if asked.made_from:
        rows = rows.filter(made_at__gte=_midnight(_day(asked.made_from, "made_from")))
    if asked.made_to:
        rows = rows.filter(made_at__lt=_midnight(_day(asked.made_to, "made_to") + timedelta(days=1)))
    if asked.consent:
        rows = rows.filter(_agrees(asked.consent, seen))
    for name in ("agreed", "withdrew"):
        if month := getattr(asked, name):
            rows = rows.filter(decided_in(month, name, seen))
    if asked.values:
        rows = rows.filter(_has(asked.values, seen))
    return rows.filter(_is_no_minor(seen)) if asked.values or any(getattr(asked, one) for one in BY_FIELD) else rows


def _shows(name: str, seen: Reading) -> Q:
    """Of whom a field shows for the purpose as it is written: by what the catalogues say, and of a company that provides
    only who agreed to it; raises `Refused` where that is nobody of the own company."""
    kinds = {kind: seen.fields(seen.member.entity_id, kind)[name] for kind in Customer.Kind.values}
    if not any(_is_plain(one, seen.purpose) for one in kinds.values()):
        label = kinds[Customer.Kind.PERSON].label
        why = f"{label}不能用于{PURPOSES[seen.purpose]}的筛选：字段台账没有为它写这个目的，或者没有启用"
        raise Refused("field_purpose", f"{why}。请换一个用途，或去掉{label}的筛选", field=name)
    plain = {
        kind: {one for one in seen.sight.scope if _is_plain(seen.fields(one, kind)[name], seen.purpose)}
        for kind in kinds
    }
    found = Q()
    if any(some != seen.sight.scope for some in plain.values()):
        for kind, some in plain.items():
            found |= Q(kind=kind, entity_id__in=some)
    return found & seen.may_be_given(f"person.{name}") if seen.sight.provided else found


def _is_no_minor(seen: Reading) -> Q:
    """Who can't be a minor, whose values show masked."""
    minors = Subject.objects.filter(entity_id__in=seen.sight.scope, minor_until__gte=seen.on)
    schools = [one for one in seen.sight.scope if seen.sector(one) in TREATED_AS_PUPILS]
    found = Q(subject=None) | ~Q(subject__in=minors.values("pk"))
    if schools:
        found &= ~Q(entity_id__in=schools, subject__is_stated_adult=False, subject__minor_until=None)
    return found


def choosable(seen: Reading) -> dict[str, dict[str, Field]]:
    """The fields with choices by which a list may be narrowed for the purpose, by code and kind of customer.

    They show in the clear to everybody, were collected for the purpose, and nobody is asked for a consent to them.
    """
    found: dict[str, dict[str, Field]] = {}
    for kind in Customer.Kind.values:
        for code, one in seen.fields(seen.member.entity_id, kind).items():
            if code not in ("level", "source") and _is_open(one, seen.purpose):
                found.setdefault(code, {})[kind] = one
    return found


def choices_of(fields: Mapping[str, Field]) -> list[tuple[str, str]]:
    """What a field of that code can be, for a control."""
    return list({pair: None for one in fields.values() for pair in (one.choices or _ANSWERS).items()})


def _is_open(one: Field, purpose: str) -> bool:
    return one.sort in _CHOSEN and _is_plain(one, purpose)


def _is_plain(one: Field, purpose: str) -> bool:
    """Whether everybody sees it in the clear who sees the customer, for the purpose, and nobody is asked for a consent."""
    return (
        one.state is FieldState.ACTIVE
        and not one.is_sealed
        and one.visibility == "clear"
        and one.category not in LABELS
        and one.consent is ConsentKind.NONE
        and purpose in one.uses
        and not one.needs_consent_for(purpose)
    )


def _has(values: tuple[tuple[str, str], ...], seen: Reading) -> Q:
    """Who has these values."""
    known, found = choosable(seen), Q()
    for code, value in values:
        if code not in known:
            raise Refused("field_unknown", f"现在的用途不能按“{code[:40]}”筛选", field="values")
        if value not in dict(choices_of(known[code])):
            label = next(iter(known[code].values())).label
            raise Refused("value_unknown", f"{label}请从列表里选", field="values")
        if seen.sight.provided:
            found &= seen.may_be_given(f"person.{code}")
        kinds = Q()
        for kind, one in known[code].items():
            frozen = Subject.objects.filter(frozen_fields__has_key=f"{kind}.{one.code}")
            kinds |= Q(kind=kind, extra__contains={code: value}) & ~Q(subject__in=frozen.values("pk"))
        found &= kinds
    return found


def _agrees(purpose: str, seen: Reading) -> Q:
    """Who consents to a purpose now, among those whose consents the member may read."""
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", f"没有“{purpose[:20]}”这个目的", field="consent")
    given = Consent.objects.filter(
        entity_id__in=seen.sight.scope, purpose=purpose, recipient=None, ended_at=None, fields=[]
    )
    return readable(seen) & Q(subject__in=given.values("subject_id"))


def readable(seen: Reading) -> Q:
    """Whose consents the member may read; raises `Refused` where that is nobody."""
    sight = sight_of(seen.member, "consent.read", on=seen.on)
    if sight.reach is None:
        raise Refused("consent_unread", "您的角色看不到同意，不能按同意筛选", field="consent")
    return Q(pk__in=sight.of(Customer.objects.all(), owner="owner").values("pk"))


def decided_in(month: str, what: str, seen: Reading) -> Q:
    """Who consented to marketing in a month, or withdrew that, among those whose consents the member may read."""
    try:
        first = date.fromisoformat(f"{month}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    except ValueError:
        raise Refused("month_unknown", "月份请写成 2026-11 的样子", field=what) from None
    rows = Consent.objects.filter(WHEN[what](_midnight(first), _midnight(after), ""), entity_id__in=seen.sight.scope)
    return readable(seen) & Q(subject__in=rows.values("subject_id"))


def _at(where: str, **conditions: object) -> Q:
    """A consent to marketing by this company as it was meant, at the end of a path of relations."""
    meant = [one.value for one in Consent.Ending if one is not Consent.Ending.ENTERED_WRONGLY]
    usual = {"purpose": MARKETING, "recipient": None, "fields": [], "ending__in": ["", *meant]}
    return Q(**{f"{where}{name}": value for name, value in {**usual, **conditions}.items()})


WHEN: Mapping[str, Callable[[datetime, datetime, str], Q]] = {
    "agreed": lambda first, after, where: _at(where, given_at__gte=first, given_at__lt=after),
    "withdrew": lambda first, after, where: _at(
        where, ended_at__gte=first, ended_at__lt=after, ending=Consent.Ending.WITHDRAWN.value
    ),
}
"""When a consent counts as given, or as withdrawn, in a time."""


def _member(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("owner_unknown", "负责人请从列表里选", field="owner") from None


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_DAYS):
        raise Refused("days_range", f"多少天没有联系：填1到{MOST_DAYS}", field="quiet")
    return int(text)


def _day(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 2200:
        raise Refused("day_shape", "登记日期写成 2026-01-31 这样", field=field)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)
