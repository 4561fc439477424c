"""The calendar on the command line."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.deadlines import selectors
from guiju.deadlines.services import Entered, enter_notice, read_year
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, root_of
from guiju.sheets.read import decode


@click.group(help="工作日历：查看一年的放假安排，录入国务院的通知")
def calendar() -> None:
    pass


@calendar.command("show", help="一年的放假和调休上班")
@click.option("--year", type=click.IntRange(selectors.EARLIEST_YEAR, selectors.LATEST_YEAR), help="默认今年")
@FORMAT
@as_member
def show_calendar(member: Member, year: int | None, form: str) -> None:
    year = year or timezone.localdate().year
    known = selectors.work_calendar()
    days = [known.day(day) for day in selectors.days_of(year)]
    if form == "json":
        print_json(
            {
                "year": year,
                "is_provisional": not known.knows(year),
                "working_days": sum(day.is_working for day in days),
                "days": [
                    {"date": day.date, "kind": day.kind.name.lower(), "name": day.name} for day in days if day.name
                ],
            }
        )
        return
    for one in selectors.holidays(days):
        worked = f"；{_listed(one.working)}上班" if one.working else ""
        click.echo(f"{one.name}  {_spans(one)}放假{len(one.off)}天{worked}")
    note = "" if known.knows(year) else "（放假安排未公布，暂定）"
    click.echo(f"{year}年工作日{sum(day.is_working for day in days)}天{note}", err=True)


@calendar.command("import", help="录入放假安排：文件是国务院通知的全文（txt）；不加 --yes 只比对")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, help="通知里没有写明年份时")
@click.option("--source", help="来源：发文字号或网址；录入时必填")
@click.option("--yes", is_flag=True, help="录入")
@click.option("--sure", is_flag=True, help="放假天数少见也录入")
@FORMAT
@as_member
def import_notice(
    member: Member, file: Path, year: int | None, source: str | None, yes: bool, sure: bool, form: str
) -> None:
    require(member, "calendar.enter", on=root_of(member.entity_id))
    text = decode(file.name, file.read_bytes())
    found = read_year(text=text, year=year)
    if yes:
        enter_notice(text=text, source=source or "", year=year, is_sure=sure, actor=member, at=timezone.now())
    if form == "json":
        print_json(_as_json(found, is_entered=yes))
        return
    for change in found.changes:
        click.echo(f"{change.day:%Y-%m-%d}  {change.was} → {change.now}")
    for doubt in found.doubts:
        click.echo(doubt, err=True)
    click.echo(f"已录入{found.notice.year}年的放假安排" if yes else "只是比对，没有录入", err=True)


def _as_json(found: Entered, *, is_entered: bool) -> dict[str, object]:
    return {
        "year": found.notice.year,
        "is_entered": is_entered,
        "changes": [{"date": one.day, "was": one.was, "now": one.now} for one in found.changes],
        "doubts": list(found.doubts),
    }


def _spans(one: selectors.Holiday) -> str:
    """Days off as their first and last: 10-01至10-07."""
    return "、".join(f"{first:%m-%d}" + (f"至{last:%m-%d}" if last != first else "") for first, last in one.spans)


def _listed(days: tuple[object, ...]) -> str:
    """Days one after the other: 09-26、10-09."""
    return "、".join(f"{day:%m-%d}" for day in days)
