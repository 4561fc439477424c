"""The page of figures: which causes, since when more, in which months, how cases were handled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.complaints.selectors import figures
from guiju.complaints.selectors.cases import FROM_FIGURES, CaseFilter
from guiju.kernel.chance import COMPARISON, MANY_AT_ONCE
from guiju.kernel.small_counts import FEW
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of

NARROWED_BY = ("company", "product", "cause", "channel", "holder")


def _asked(request: MemberRequest) -> CaseFilter:
    return CaseFilter(**{name: request.GET.get(name, "").replace("\x00", "") for name in NARROWED_BY})


def _span(request: MemberRequest) -> figures.Span:
    return figures.span_of(request.GET.get("span", ""), timezone.localdate())


@member_required
@require_GET
def complaint_statistics(request: MemberRequest) -> HttpResponse:
    """投诉统计"""
    asked, span = _asked(request), _span(request)
    with figures.counting(request.member, span=span, asked=asked) as seen:
        sold = figures.sold_of(seen)
        context = {
            "span": span,
            "spans": figures.SPANS.items(),
            "kept": [(name, getattr(asked, name)) for name in FROM_FIGURES if getattr(asked, name)],
            "sold": sold if all(sold) else None,
            "causes": figures.by_cause(seen, sold),
            "products": figures.by_product(seen, sold),
            "heat": figures.heat(seen),
            "handled": figures.handled(seen),
            "few": FEW,
            "test": f"{COMPARISON}，{MANY_AT_ONCE}",
            "threshold": f"{figures.LIKELY_LUCK:.0%}",
            "tab": "figures",
        }
        return render(request, "complaints/statistics.html", context)


_COLUMNS = (
    Column("统计", lambda one: one[0], 16),
    Column("项目", lambda one: one[1], 30),
    Column("件数", lambda one: one[2], 10),
    Column("上一期", lambda one: one[3], 10),
    Column("占比", lambda one: one[4], 10),
    Column("累计占比", lambda one: one[5], 10),
    Column("每千单", lambda one: one[6], 10),
    Column("是否上升", lambda one: one[7], 20),
)
_HANDLED = ("平均天数", "按目标办结", "满意度", "同一人再次投诉", "重新办理")


def _rounded(value: float | None, places: int = 3) -> float | None:
    return None if value is None else round(value, places)


def lines_of(seen: figures.Figures) -> list[tuple[Any, ...]]:
    """All that the page shows, one number a row."""
    sold = figures.sold_of(seen)
    lines: list[tuple[Any, ...]] = []
    for title, found in (("原因", figures.by_cause(seen, sold)), ("产品", figures.by_product(seen, sold))):
        for one in found:
            rise = f"上升（偶然的可能性{one.chance:.2g}）" if one.is_rise else ""
            count = FEW if one.count is None else one.count
            before = FEW if one.before is None else one.before
            shares = (_rounded(one.share), _rounded(one.running), _rounded(one.per_thousand))
            lines.append((title, one.label, count, before, *shares, rise))
    warm = figures.heat(seen)
    lines += [("月份", one.label, FEW if one.count is None else one.count, *[None] * 5) for one in warm.trend]
    for label, cells in warm.rows:
        for month, cell in zip(warm.months, cells, strict=True):
            if cell.shade:
                lines.append((f"原因和月份：{month}", label, FEW if cell.count is None else cell.count, *[None] * 5))
    done = figures.handled(seen)
    groups = (("公司", done.companies), ("地区", done.regions), ("渠道", done.channels), ("经办人", done.holders))
    for title, some in groups:
        for each in some:
            lines.append((f"{title}：件数", each.label, FEW if each.count is None else each.count, *[None] * 5))
            values = (each.days, each.in_time, each.stars, each.repeats, each.reopened)
            for name, value in zip(_HANDLED, values, strict=True):
                if value is not None:
                    lines.append((f"{title}：{name}", each.label, _rounded(value), *[None] * 5))
    return lines


@contextmanager
def _statistics(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with figures.counting(request.member, span=_span(request), asked=_asked(request)) as seen:
        yield sheet_of(_COLUMNS, lines_of(seen))


TABLES["complaint-statistics"] = Table("投诉统计", "complaint_statistics", "complaint.read", _statistics)
