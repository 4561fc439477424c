"""Complaints on the command line; acts as the member of a token."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.complaints.exports import rejected_workbook, why
from guiju.complaints.models import Complaint, Rectification
from guiju.complaints.selectors import figures
from guiju.complaints.selectors.cases import CaseFilter
from guiju.complaints.selectors.causes import labels_of
from guiju.complaints.selectors.rectifications import STATES, in_state, reading_tasks
from guiju.complaints.services import importing
from guiju.kernel.chance import COMPARISON, MANY_AT_ONCE
from guiju.kernel.errors import Refused, reason_of
from guiju.kernel.small_counts import FEW
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

MOST = 200
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help="投诉")
def complaints() -> None:
    pass


@complaints.command("import", help="从 xlsx、xls、csv 导入平台和以前的投诉；退出码 0 全部导入，1 有退回，2 文件不能用")
@click.argument("file", type=_EXISTING)
@click.option("--entity", "code", required=True, help="公司的统一社会信用代码，应是令牌所属的公司")
@click.option("--channel", type=click.Choice(["platform", "shop"]), default="platform", help="12315平台，或电商平台")
@click.option("--mapping", "mapping_file", type=_EXISTING, help='JSON：{"columns": {"列": "字段"}}')
@click.option("--begin-open", is_flag=True, help="还没有办结的照常起算期限并告知；不加只作补录")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="退回的行写到这个 xlsx")
@click.option("--dry-run", is_flag=True, help="只判断，不导入")
@FORMAT
def import_complaints(form: str, **asked: Any) -> None:
    told = _take_in(**asked)
    if form == "json":
        print_json(told)
    else:
        click.echo(told["outcome"])
        for one in told["problems"][:20]:
            click.echo(f"  第{one['line']}行：{one['sentence']}", err=True)
    sys.exit(1 if told["refused"] else 0)


@as_member
def _take_in(
    member: Member,
    file: Path,
    code: str,
    channel: str,
    mapping_file: Path | None,
    begin_open: bool,
    errors: Path | None,
    dry_run: bool,
) -> dict[str, Any]:
    require(member, "complaint.import", on=member.entity_id)
    if member.entity.unified_code != code.strip().upper():
        own = member.entity
        raise Refused("entity_other", f"令牌属于{own.name}（{own.unified_code}），不能导入 {code} 的投诉")
    now, way = timezone.now(), Complaint.Channel(channel)
    try:
        content = file.read_bytes()
    except OSError as failure:
        raise Refused("file_unreadable", f"文件“{file.name}”读不了：{reason_of(failure)}") from None
    read = importing.read_complaints(file.name, content, channel=way, at=now, mapping=_mapping_in(mapping_file))
    if errors is not None and read.bad:
        errors.write_bytes(rejected_workbook(read))
    if dry_run:
        good = len(read.rows) - len(read.bad)
        done = importing.Imported(bad=read.bad)
        outcome = f"只判断：{len(read.rows)}行，可以导入{good}件，{len(read.bad)}行要退回"
    else:
        done = importing.import_complaints(read=read, channel=way, begins=begin_open, actor=member, at=now)
        outcome = done.outcome
    return {
        "rows": len(read.rows),
        "taken": done.taken,
        "known": done.known,
        "begun": done.begun,
        "refused": len(read.bad),
        "outcome": outcome,
        "notes": read.notes,
        "mapping": read.mapping,
        "problems": [{"line": one.number, "sentence": why(one)} for one in read.bad],
    }


def _mapping_in(file: Path | None) -> dict[str, str] | None:
    """As `guiju import orders` takes it."""
    if file is None:
        return None
    try:
        read = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as fault:
        raise Refused("mapping_unreadable", f"对应关系“{file.name}”不是 JSON：{fault}") from None
    columns = read.get("columns") if isinstance(read, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
        raise Refused("mapping_shape", f'对应关系“{file.name}”应是 {{"columns": {{"列": "字段"}}}}')
    return columns


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
