"""Complaints counted (投诉统计): by cause, product, company, region, month; each number has the list that it counts.

All of it is asked of the table itself, by sums and counts of one index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import COUNTED, NO_CAUSE, CaseFilter, id_of, midnight, narrowed
from guiju.complaints.selectors.causes import labels_of
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.chance import corrected, rise_of
from guiju.kernel.identifiers import regions
from guiju.kernel.small_counts import told
from guiju.orders.models import Product
from guiju.orders.selectors.volumes import volumes
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import Sight, reach_of
from guiju.organisations.selectors import seeing
from guiju.organisations.selectors.people import member_names
from guiju.privacy.uses import Use, register_use

FIGURES = register_use(Use("complaints.figures", "投诉的统计", "complaints"))

SPANS = {"30": "近30天", "90": "近90天", "365": "近一年"}
LIKELY_LUCK = 0.05
"""A rise that luck brings about more often than this isn't called one (内部规则)."""
MONTHS = 12
MOST_PRODUCTS = 20
MOST_COMPANIES_WITH_VOLUMES = 5
"""Volumes are asked company by company."""
NO_CAUSE_LABEL = "还没有确定原因"


@dataclass(frozen=True)
class Line:
    """One cause, product or company: how often in the period and in the one before, and the list that it opens.

    `count` is None where the number is too small to be told to who may not open the cases. `chance` is that of such
    a rise by luck alone, corrected for how many are looked at.
    """

    label: str
    count: int | None
    before: int | None = None
    share: float | None = None
    running: float | None = None
    times: float | None = None
    chance: float | None = None
    per_thousand: float | None = None
    query: str = ""

    @property
    def is_rise(self) -> bool:
        return self.chance is not None and self.chance < LIKELY_LUCK


@dataclass(frozen=True)
class Quality:
    """How cases were handled: how many, days on average, share in time, satisfaction, repeats, reopened."""

    label: str
    count: int | None
    days: float | None
    in_time: float | None
    stars: float | None
    repeats: int | None
    reopened: int | None
    query: str = ""


@dataclass(frozen=True)
class HeatCell:
    count: int | None
    shade: int
    query: str = ""


@dataclass(frozen=True)
class Span:
    """The days that are looked at, and as many before them."""

    code: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def first_before(self) -> date:
        return self.first - timedelta(days=self.days)

    @property
    def label(self) -> str:
        return SPANS[self.code]


def span_of(code: str, on: date) -> Span:
    code = code if code in SPANS else "30"
    return Span(code, on - timedelta(days=int(code) - 1), on)


@dataclass
class Figures:
    """What a member counts, narrowed to what they asked; `may_open` says whether the cases themselves are theirs."""

    member: Member
    sight: Sight
    span: Span
    asked: CaseFilter
    may_open: bool
    _labels: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> QuerySet[Complaint]:
        rows = self.sight.of(Complaint.objects.all(), owner="holder").filter(COUNTED)
        return narrowed(rows, replace(self.asked, since="", until="")).order_by()

    def within(self, first: date, last: date) -> QuerySet[Complaint]:
        return self.rows().filter(_days(first, last))

    def query(self, **more: str) -> str:
        if not self.may_open:
            return ""
        wanted = {"since": self.span.first.isoformat(), "until": self.span.last.isoformat()} | more
        return replace(self.asked, state="all", counted="1", **wanted).query

    def told(self, count: int) -> int | None:
        return told(count, may_open=self.may_open)

    def label(self, code: str) -> str:
        if not self._labels:
            self._labels = labels_of(self.sight.scope)
        return self._labels.get(code, code) if code else NO_CAUSE_LABEL


@contextmanager
def counting(member: Member, *, span: Span, asked: CaseFilter) -> Iterator[Figures]:
    """Count complaints: those that one may read, else only as numbers; raises `NotAllowed` with neither right."""
    may_open = reach_of(member, "complaint.read") is not None
    right = "complaint.read" if may_open else "complaint.count"
    with seeing(member, right, on=span.last) as sight:
        yield Figures(member, sight, span, asked, may_open)


def _days(first: date, last: date) -> Q:
    return Q(received_at__gte=midnight(first), received_at__lt=midnight(last + timedelta(days=1)))


def by_cause(seen: Figures, sold: tuple[int, int]) -> list[Line]:
    """The causes of the period, the most frequent first, with the running share (帕累托)."""
    counted = _two_periods(seen, "cause")
    return _lines(seen, counted, sold, seen.label, lambda code: {"cause": code or NO_CAUSE})


def by_product(seen: Figures, sold: tuple[int, int]) -> list[Line]:
    """The products that are complained of most; what is tied to none comes as such."""
    counted = sorted(_two_periods(seen, "product_id"), key=lambda one: -one[1])[:MOST_PRODUCTS]
    names = dict(Product.objects.filter(pk__in=[one[0] for one in counted if one[0]]).values_list("pk", "name"))
    known = [one for one in counted if one[0]]
    return _lines(seen, known, sold, lambda pk: names.get(pk, "—"), lambda pk: {"product": str(pk)})


def _two_periods(seen: Figures, column: str) -> list[tuple[Any, int, int]]:
    """Of each value of a column how many in the period, and how many in the one before."""
    span = seen.span
    rows = seen.within(span.first_before, span.last).values_list(column)
    found = rows.annotate(
        now=Count("entity_id", filter=_days(span.first, span.last)),
        before=Count("entity_id", filter=_days(span.first_before, span.first - timedelta(days=1))),
    )
    return [(value, now, before) for value, now, before in found]


def _lines(
    seen: Figures,
    counted: Sequence[tuple[Any, int, int]],
    sold: tuple[int, int],
    label: Callable[[Any], str],
    opens: Callable[[Any], dict[str, str]],
) -> list[Line]:
    """With shares, and with the test of each rise: against what was sold in both periods, else against days."""
    total = sum(now for _, now, _ in counted)
    exposures = sold if all(sold) else (seen.span.days, seen.span.days)
    rises = [rise_of(now, exposures[0], before, exposures[1]) for _, now, before in counted]
    chances = corrected([one.chance for one in rises])
    lines, running = [], 0
    places = sorted(range(len(counted)), key=lambda place: (-counted[place][1], label(counted[place][0])))
    for place in places:
        value, now, before = counted[place]
        running += now
        count = seen.told(now)
        is_told = count is not None and seen.told(before) is not None
        lines.append(
            Line(
                label(value),
                count,
                seen.told(before),
                now / total if total and count is not None else None,
                running / total if total and count is not None else None,
                rises[place].times if is_told and before else None,
                chances[place] if is_told else None,
                now * 1000 / sold[0] if sold[0] and count is not None else None,
                seen.query(**opens(value)),
            )
        )
    return [one for one in lines if one.count != 0 or one.before]


def sold_of(seen: Figures) -> tuple[int, int]:
    """How many orders in the period and in the one before; none where too many companies are in sight to ask."""
    asked = id_of(seen.asked.company)
    companies = [asked] if asked else sorted(seen.sight.scope)
    if len(companies) > MOST_COMPANIES_WITH_VOLUMES or not set(companies) <= seen.sight.scope:
        return 0, 0
    span = seen.span
    ends = ((span.first, span.last), (span.first_before, span.first - timedelta(days=1)))
    product = id_of(seen.asked.product)
    now, before = (
        sum(
            month.orders
            for company in companies
            for month in volumes(entity_id=company, since=first, until=last, product_id=product)
        )
        for first, last in ends
    )
    return now, before


@dataclass(frozen=True)
class Heat:
    """Causes by month: as many columns as months, darker where there are more."""

    months: list[str]
    rows: list[tuple[str, list[HeatCell]]]
    trend: list[Line]


def heat(seen: Figures) -> Heat:
    """Causes × months of the last year, and how many there were in each month (热力图、走势)."""
    last = seen.span.last
    months = [_month(last, -back) for back in range(MONTHS - 1, -1, -1)]
    rows = seen.within(months[0], last).annotate(month=TruncMonth("received_at", tzinfo=CHINA))
    found: dict[tuple[str, date], int] = {
        (cause, month.date()): count
        for cause, month, count in rows.values_list("cause", "month").annotate(count=Count("entity_id"))
    }
    sums: dict[str, int] = {}
    for (cause, _), count in found.items():
        sums[cause] = sums.get(cause, 0) + count
    most = max(found.values(), default=0)
    lines = []
    for cause in sorted(sums, key=lambda one: (-sums[one], one)):
        cells = []
        for month in months:
            count = found.get((cause, month), 0)
            query = seen.query(cause=cause or NO_CAUSE, **_of_month(month)) if count else ""
            cells.append(HeatCell(seen.told(count), -(-count * 5 // most) if most else 0, query))
        lines.append((seen.label(cause), cells))
    trend = [
        Line(
            f"{month.year}年{month.month}月",
            seen.told(sum(count for (_, one), count in found.items() if one == month)),
            query=seen.query(**_of_month(month)),
        )
        for month in months
    ]
    return Heat([f"{month:%m}月" for month in months], lines, trend)


def _of_month(month: date) -> dict[str, str]:
    return {"since": month.isoformat(), "until": (_month(month, 1) - timedelta(days=1)).isoformat()}


def _month(day: date, by: int) -> date:
    number = day.year * 12 + day.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True)
class Handled:
    """The same cases by company, region, channel and agent."""

    companies: list[Quality]
    regions: list[Quality]
    channels: list[Quality]
    holders: list[Quality]
    total: Quality


_MEASURES = {
    "count": Count("entity_id"),
    "closed": Count("closed_at"),
    "taken": Sum(F("closed_at") - F("received_at")),
    "timed": Count("is_in_time"),
    "in_time": Count("entity_id", filter=Q(is_in_time=True)),
    "rated": Count("satisfaction"),
    "stars": Avg("satisfaction"),
    "repeats": Count("entity_id", filter=Q(is_repeat=True)),
    "reopened": Count("entity_id", filter=Q(reopened__gt=0)),
}


def handled(seen: Figures) -> Handled:
    """Average days, share within the target, satisfaction, repeats (办理质量)."""
    keys = ("entity_id", "channel", "holder_id")
    rows = list(seen.within(seen.span.first, seen.span.last).values(*keys).annotate(**_MEASURES))
    companies = {one.pk: one for one in Entity.objects.filter(pk__in={one["entity_id"] for one in rows})}
    names = member_names({one["holder_id"] for one in rows if one["holder_id"]})
    channels = dict(Complaint.Channel.choices)

    def region(one: Mapping[str, Any]) -> str:
        company = companies.get(one["entity_id"])
        return regions.province_of(company.region) if company else "—"

    def grouped(key: Callable[[Any], Any], label: Callable[[Any], str], name: str = "") -> list[Quality]:
        groups: dict[Any, list[Mapping[str, Any]]] = {}
        for one in rows:
            groups.setdefault(key(one), []).append(one)
        made = [
            _quality(seen, label(value), some, **({name: str(value)} if name and value else {}))
            for value, some in groups.items()
        ]
        return sorted(made, key=lambda one: (-(one.count or 0), one.label))

    return Handled(
        grouped(lambda one: one["entity_id"], lambda pk: companies[pk].name if pk in companies else "—", "company"),
        grouped(region, str),
        grouped(lambda one: one["channel"], lambda code: str(channels[code]), "channel"),
        grouped(lambda one: one["holder_id"], lambda pk: names.get(pk, "—") if pk else "还没有经办人", "holder"),
        _quality(seen, "合计", rows),
    )


def _quality(seen: Figures, label: str, rows: Sequence[Mapping[str, Any]], **opens: str) -> Quality:
    def sum_of(name: str) -> int:
        return sum(one[name] for one in rows)

    count, closed, timed, rated = (sum_of(name) for name in ("count", "closed", "timed", "rated"))
    if (shown := seen.told(count)) is None:
        return Quality(label, None, None, None, None, None, None)
    taken = sum((one["taken"] for one in rows if one["taken"]), timedelta())
    stars = sum(one["stars"] * one["rated"] for one in rows if one["rated"])
    return Quality(
        label,
        shown,
        taken / timedelta(days=1) / closed if closed else None,
        sum_of("in_time") / timed if timed else None,
        float(stars) / rated if rated else None,
        seen.told(sum_of("repeats")),
        seen.told(sum_of("reopened")),
        seen.query(**opens) if opens else "",
    )
