"""Complaints on the command line; acts as the member of a token."""

from __future__ import annotations

from collections.abc import Mapping

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.complaints.models import Rectification
from guiju.complaints.selectors import figures
from guiju.complaints.selectors.cases import CaseFilter
from guiju.complaints.selectors.causes import labels_of
from guiju.complaints.selectors.rectifications import STATES, in_state, reading_tasks
from guiju.kernel.chance import COMPARISON, MANY_AT_ONCE
from guiju.kernel.small_counts import FEW
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member

MOST = 200


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


@click.group(help="整改任务单")
def rectification() -> None:
    pass


@rectification.command("list", help="看得到的整改任务单，新的在前")
@click.option("--state", type=click.Choice(list(STATES)), default="unclosed", show_default=True, help="状态")
@FORMAT
@as_member
def list_rectifications(member: Member, state: str, form: str) -> None:
    with reading_tasks(member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = list(in_state(seen.rows(), state)[:MOST])
        labels = labels_of({one.entity_id for one in found})
    if form == "json":
        print_json([_task(one, labels) for one in found])
        return
    for one in found:
        click.echo(f"{one.number}  {one.get_state_display()}  {labels.get(one.cause, one.cause)}")


@rectification.command("check", help="整改以后有没有效果：此刻的数字和检验，不改动什么")
@FORMAT
@as_member
def check_rectifications(member: Member, form: str) -> None:
    with reading_tasks(member, at=timezone.now(), on=timezone.localdate()) as seen:
        found = list(in_state(seen.rows(), "watching")[:MOST])
        labels = labels_of({one.entity_id for one in found})
        effects = [(one, seen.effect(one)) for one in found]
    if form == "json":
        print_json(
            [
                {**_task(one, labels), "watch_until": one.watch_until.isoformat() if one.watch_until else None}
                | {"effect": {**effect.data, "is_above": effect.is_above} if effect else None}
                for one, effect in effects
            ]
        )
        return
    for one, effect in effects:
        said = f"{effect.count}件，目标{effect.expected:.1f}件，偶然的可能性{effect.chance:.2g}" if effect else "—"
        click.echo(f"{one.number}  {labels.get(one.cause, one.cause)}  {said}")


def _task(one: Rectification, labels: Mapping[str, str]) -> dict[str, object]:
    return {
        "number": one.number,
        "company": one.entity.unified_code,
        "cause": one.cause,
        "label": labels.get(one.cause, one.cause),
        "ground": one.ground,
        "state": one.state,
        "count": one.figures["count"],
        "total": one.figures["total"],
        "opened_at": one.opened_at.isoformat(),
        "reopened": one.reopened,
        "holder": one.holder.user.name if one.holder else None,
    }


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
