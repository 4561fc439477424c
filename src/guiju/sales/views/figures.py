"""Pages of sums: the forecast, the figures per role, and how a company names its stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.customers.selectors.reading import reading
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Reach
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.sales.forms.stages import PipelineForm
from guiju.sales.selectors import figures
from guiju.sales.selectors.figures import Figure, Period, names_of_owners, owners_of, periods
from guiju.sales.selectors.filtering import ALL, OpportunityFilter
from guiju.sales.selectors.leads import lead_figures
from guiju.sales.selectors.reading import PURPOSE, Deals, deals
from guiju.sales.selectors.stages import stages_of
from guiju.sales.selectors.today import neglected_by_owner
from guiju.sales.services.setting_up import set_pipeline as set_up
from guiju.sales.views.opportunities import owner_choices
from guiju.web.dashboard import Bar, Card


@dataclass(frozen=True)
class Chart:
    """Figures as bars and, below, as a table: `shows` says which of their numbers the bars are."""

    code: str
    title: str
    figures: list[Figure]
    shows: str
    empty: str


def forecast_charts(seen: Deals, asked: OpportunityFilter) -> list[Chart]:
    rows = asked.of(seen.rows(), seen)
    months = figures.forecast_by_month(seen, rows, asked)
    owners = figures.forecast_by_owner(seen, rows, asked)
    return [
        Chart("months", "按预计成交的月份", months, "amount", "没有进行中的商机。"),
        *([Chart("owners", "按负责人", owners, "amount", "")] if len(owners) > 1 else []),
    ]


def owner_asked(request: MemberRequest) -> OpportunityFilter:
    return OpportunityFilter(owner=request.GET.get("owner", "").replace("\x00", ""))


@member_required
@require_GET
def forecast(request: MemberRequest) -> HttpResponse:
    """预测"""
    member = request.member
    asked = owner_asked(request)
    with deals(member, on=timezone.localdate()) as seen:
        rows = asked.of(seen.rows(), seen)
        context = {
            "charts": forecast_charts(seen, asked),
            "total": seen.total(rows),
            "asked": asked,
            "owners": owner_choices(owners_of(seen), member.pk),
            "tab": "forecast",
        }
        return render(request, "sales/forecast.html", context)


def period_asked(request: MemberRequest, seen: Deals) -> Period:
    known = periods(seen.on)
    return known.get(request.GET.get("period", ""), known["month"])


def statistics_charts(seen: Deals, period: Period, asked: OpportunityFilter) -> list[Chart]:
    rows = seen.rows()
    won = figures.won_by_month(seen, replace(asked, state=ALL).of(rows, seen), asked)
    lost = figures.lost_by_reason(seen, rows, period, asked)
    charts = [
        Chart("funnel", f"漏斗：{period.label}登记的商机", figures.funnel(seen, rows, period, asked), "count", ""),
        Chart("won", "近6个月赢单", won, "amount", ""),
        Chart("lost", f"{period.label}输单原因", lost, "count", f"{period.label}没有输单。"),
    ]
    if reach_of(seen.member, "opportunity.read") is not Reach.OWN and not asked.owner:
        by_owner = figures.won_by_owner(seen, rows, period, asked)
        charts.append(
            Chart("by_owner", f"{period.label}赢单，按负责人", by_owner, "amount", f"{period.label}没有赢单。")
        )
    return charts


@member_required
@require_GET
def statistics(request: MemberRequest) -> HttpResponse:
    """统计"""
    member, now = request.member, timezone.now()
    asked = owner_asked(request)
    with deals(member, on=timezone.localdate()) as seen:
        period = period_asked(request, seen)
        charts = statistics_charts(seen, period, asked)
        context = {
            "charts": charts,
            "leads": _leads(seen, period, asked.owner),
            "period": period,
            "periods": periods(seen.on).values(),
            "asked": asked,
            "owners": owner_choices(owners_of(seen), member.pk),
            "quiet": quiet_by_owner(request, asked, now),
            "tab": "statistics",
        }
        return render(request, "sales/statistics.html", context)


def _leads(seen: Deals, period: Period, owner: str) -> Card:
    address = reverse("lead_list")
    found = lead_figures(seen, period, owner)
    bars = tuple(Bar(one.label, one.count, f"{address}?{one.asked.query}") for one in found)
    return Card(f"{period.label}登记的线索", unit="条", bars=bars)


def quiet_by_owner(
    request: MemberRequest, asked: OpportunityFilter, now: datetime
) -> list[tuple[str, int, str]] | None:
    """Who has how many customers to whom nobody spoke for long, and their list; None where one sees no customers."""
    member = request.member
    if reach_of(member, "customer.read") is None:
        return None
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        counted = neglected_by_owner(seen, at=now)
        if asked.owner:
            wanted = str(member.pk) if asked.owner == "me" else asked.owner
            counted = [one for one in counted if str(one[0]) == wanted]
        names = names_of_owners(pk for pk, _ in counted)
        address = reverse("follow_up_list")
        return [(names[pk], count, f"{address}?what=quiet&owner={pk}") for pk, count in counted]


@member_required
def set_pipeline(request: MemberRequest) -> HttpResponse:
    """销售阶段"""
    member = request.member
    require(member, "opportunity.set_up", on=member.entity_id)
    form = PipelineForm(request.POST or None, stages=stages_of(member.entity_id))
    if request.method == "POST" and form.is_valid():
        try:
            set_up(
                entity_id=member.entity_id,
                stages=form.stages,
                reasons=form.wanted_reasons,
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已设定")
            return redirect("set_pipeline")
    may_read = allows(member, "opportunity.read", on=member.entity_id)
    context = {"form": form, "may_read": may_read}
    return render(request, "sales/set_pipeline.html", context, status=422 if form.errors else 200)
