"""Complaints on the command line; acts as the member of a token."""

from __future__ import annotations

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.complaints.selectors import figures
from guiju.complaints.selectors.cases import CaseFilter
from guiju.kernel.chance import COMPARISON, MANY_AT_ONCE
from guiju.kernel.small_counts import FEW
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member


@click.group(help="投诉")
def complaints() -> None:
    pass


@complaints.command("stats", help="投诉统计：原因、产品、办理质量，和上一期相比")
@click.option("--span", type=click.Choice(list(figures.SPANS)), default="30", show_default=True, help="最近多少天")
@click.option("--cause", default="", help="只看一个原因（编码）")
@FORMAT
@as_member
def complaint_stats(member: Member, span: str, cause: str, form: str) -> None:
    days = figures.span_of(span, timezone.localdate())
    with figures.counting(member, span=days, asked=CaseFilter(cause=cause)) as seen:
        sold = figures.sold_of(seen)
        causes, products = figures.by_cause(seen, sold), figures.by_product(seen, sold)
        done = figures.handled(seen)
    if form == "json":
        print_json(
            {
                "since": days.first.isoformat(),
                "until": days.last.isoformat(),
                "test": f"{COMPARISON}，{MANY_AT_ONCE}",
                "orders": list(sold) if all(sold) else None,
                "causes": [_line(one) for one in causes],
                "products": [_line(one) for one in products],
                "handled": {
                    "companies": [_handled(one) for one in done.companies],
                    "channels": [_handled(one) for one in done.channels],
                    "holders": [_handled(one) for one in done.holders],
                },
            }
        )
        return
    for one in causes:
        count = FEW if one.count is None else one.count
        click.echo(f"{one.label}  {count}{'  上升' if one.is_rise else ''}")


def _line(one: figures.Line) -> dict[str, object]:
    return {
        "label": one.label,
        "count": one.count,
        "before": one.before,
        "share": one.share,
        "running_share": one.running,
        "is_rise": one.is_rise,
        "chance": one.chance,
        "per_thousand_orders": one.per_thousand,
    }


def _handled(one: figures.Quality) -> dict[str, object]:
    return {
        "label": one.label,
        "count": one.count,
        "days": one.days,
        "in_time": one.in_time,
        "satisfaction": one.stars,
        "repeats": one.repeats,
        "reopened": one.reopened,
    }
