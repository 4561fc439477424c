"""Lists of opportunities, their sums, follow-ups and one's own things to do are taken out as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter, itemgetter
from typing import Any

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from guiju.customers.selectors.reading import reading
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.organisations.views.exports import export_page
from guiju.sales.exports import COLUMNS, WIDTHS, rows_of
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.reading import PURPOSE, deals
from guiju.sales.selectors.today import lines_of_todos, todos_of, touches_of
from guiju.sales.views.figures import (
    Chart,
    forecast_charts,
    owner_asked,
    period_asked,
    quiet_by_owner,
    statistics_charts,
)
from guiju.sales.views.today import follow_ups
from guiju.web.forms import FormPage
from guiju.web.tables import in_batches


@member_required
def export_opportunities(request: MemberRequest) -> HttpResponseBase:
    """导出商机"""
    form = ExportForm(request.POST or None, purposes=["sales"])
    asked = OpportunityFilter.of_query(request.GET.dict())

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        with deals(request.member, on=timezone.localdate(), right="opportunity.export") as seen:
            rows = asked.of(seen.rows(), seen)
            yield Sheet(rows.count(), COLUMNS, WIDTHS, rows_of(seen, rows))

    back = f"{reverse('opportunity_list')}?{request.GET.urlencode()}"
    page = FormPage(
        "导出商机",
        "导出",
        back,
        "商机",
        "导出的是列表上筛选出的商机；导出会被记录。五万个以上的用命令 guiju export opportunities。",
    )
    return export_page(request, form, page, right="opportunity.export", opened=opened)


_FIGURES = (
    Column("统计", itemgetter(0), 30),
    Column("项目", itemgetter(1), 24),
    Column("个数", itemgetter(2), 10),
    Column("金额（元）", itemgetter(3)),
    Column("按可能性（元）", itemgetter(4)),
)


def _lines(charts: list[Chart]) -> list[tuple[Any, ...]]:
    return [
        (chart.title, one.label, one.total.count, one.total.amount, one.total.weighted)
        for chart in charts
        for one in chart.figures
    ]


@contextmanager
def _forecast(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with deals(request.member, on=timezone.localdate()) as seen:
        yield sheet_of(_FIGURES, _lines(forecast_charts(seen, owner_asked(request))))


@contextmanager
def _statistics(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with deals(request.member, on=timezone.localdate()) as seen:
        asked = owner_asked(request)
        lines = _lines(statistics_charts(seen, period_asked(request, seen), asked))
        quiet = quiet_by_owner(request, asked, timezone.now()) or ()
        lines += [("30天没有联系的客户", name, count, None) for name, count, _ in quiet]
        yield sheet_of(_FIGURES[:4], lines)


_TOUCHES = (
    Column("客户", lambda one: one.customer.shown_name, 24),
    Column("约在", lambda one: one.customer.next_touch_on, 12),
    Column("最近一次跟进", attrgetter("said_at"), 18),
    Column("内容", attrgetter("last"), 60),
    Column("负责人", lambda one: one.customer.owner.user.name, 12),
    Column("登记时间", lambda one: one.customer.made_at, 18),
)


@contextmanager
def _follow_ups(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with reading(request.member, purpose=purpose, on=timezone.localdate(), right="customer.export") as seen:
        rows = follow_ups(request, seen)
        touches = (one for batch in in_batches(rows.iterator()) for one in touches_of(seen, batch))
        yield sheet_of(_TOUCHES, touches, count=rows.count())


_TODOS = (
    Column("要办的事", attrgetter("title"), 40),
    Column("客户", attrgetter("customer"), 24),
    Column("日期", lambda one: one.todo.due_on, 12),
    Column("", lambda one: "已过" if one.is_late else "", 8),
)


@contextmanager
def _todos(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    on = timezone.localdate()
    yield sheet_of(_TODOS, lines_of_todos(todos_of(request.member), request.member, on=on))


TABLES["forecast"] = Table("销售预测", "opportunity_forecast", "opportunity.read", _forecast)
TABLES["statistics"] = Table("销售统计", "opportunity_statistics", "opportunity.read", _statistics)
TABLES["follow-ups"] = Table("要跟进的客户", "follow_up_list", "customer.export", _follow_ups, [PURPOSE])
TABLES["todos"] = Table("我的待办事项", "today", "customer.export", _todos, [PURPOSE])
