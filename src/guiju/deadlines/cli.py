"""The calendar and what is due in it, on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors import calendar as selectors
from guiju.deadlines.selectors import duties
from guiju.deadlines.services import Entered, enter_notice, read_year
from guiju.deadlines.services.duties import recompute_duties
from guiju.kernel.calendar import deadline
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.calendar.deadlines import read_period
from guiju.kernel.errors import Missing, Refused
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


@click.group(help="期限：列出、解释、重新推算")
def deadlines() -> None:
    pass


@deadlines.command("list", help="看得到的期限，先到期的在前")
@click.option(
    "--state",
    type=click.Choice(["running", "soon", "late", "provisional", "met", "cancelled", "all"]),
    default="running",
    help="默认计时中的",
)
@click.option(
    "--basis",
    type=click.Choice(Duty.Basis.values),
    help="法定（statutory）、内部（internal）或监管时限（authority）；默认前两种",
)
@click.option("--mine", is_flag=True, help="只列自己经办的")
@FORMAT
@as_member
def list_duties(member: Member, state: str, basis: str | None, mine: bool, form: str) -> None:
    at = timezone.now()
    asked = duties.DutyFilter(state, basis or "", mine=mine)
    found = duties.lines_of(list(asked.of(duties.duties_for(member), member, at=at)), selectors.work_calendar(), at=at)
    if form == "json":
        print_json([_duty(line) for line in found])
        return
    for line in found:
        due = f"{line.duty.due_on:%Y-%m-%d}" if line.duty.due_on else "—"
        mark = "（暂定）" if line.duty.lacks else ""
        click.echo(f"{line.duty.pk}  {due}{mark}  {line.left}  {line.duty.get_basis_display()}  {line.duty.title}")
    click.echo(f"共{len(found)}项", err=True)


@deadlines.command("explain", help="一项期限是怎么算的；或者照 --start 和 --period 算一个")
@click.argument("duty_id", metavar="[编号]", required=False)
@click.option("--start", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="起算日；按小时的连同时间")
@click.option("--period", help="期间，例如 7个工作日、15日、3个月、1年、4小时")
@FORMAT
@as_member
def explain_duty(member: Member, duty_id: str | None, start: datetime | None, period: str | None, form: str) -> None:
    if duty_id is not None:
        found = duties.duty_for(member, _id_of(duty_id))
        [line] = duties.lines_of([found], selectors.work_calendar(), at=timezone.now())
        if form == "json":
            signals = [{"at": one.at, "to": one.to, "done_at": one.done_at} for one in duties.signals_of(found)]
            print_json(_duty(line) | {"proof": found.proof, "pauses": found.pauses, "signals": signals})
        else:
            click.echo(f"{found.title}（{found.get_basis_display()}，{found.article}）：{line.left}\n{found.proof}")
        return
    if start is None or period is None:
        raise Refused("explain_what", "请给出期限的编号，或者 --start 和 --period")
    try:
        wanted = read_period(period)
        begins = start.replace(tzinfo=CHINA) if wanted.unit in duties.HOURS else start.date()
        made = deadline(selectors.work_calendar(), begins, wanted)
    except ValueError:
        raise Refused("period", f"“{period}”算不出来：写成 7个工作日、15日、3个月或1年", field="period") from None
    if form == "json":
        print_json({"due": made.due, "is_provisional": made.is_provisional, "proof": made.proof})
    else:
        click.echo(made.proof)


@deadlines.command("recompute", help="放假安排变了以后重新推算；后台每分钟也会做")
@FORMAT
@as_member
def recompute(member: Member, form: str) -> None:
    require(member, "calendar.enter", on=root_of(member.entity_id))
    moved = recompute_duties(actor=member, at=timezone.now())
    if form == "json":
        print_json([{"id": one.duty.pk, "was": one.was, "now": one.duty.due_on} for one in moved])
        return
    for one in moved:
        # Without titles: who keeps the calendar needn't know what is due in whose company.
        click.echo(f"{one.duty.pk}  {one.was} → {one.duty.due_on}")
    click.echo(f"变动{len(moved)}项", err=True)


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing("duty_missing", f"“{text}”不是期限的编号（guiju deadlines list）") from None


def _duty(line: duties.Line) -> dict[str, object]:
    duty = line.duty
    return {
        "id": duty.pk,
        "title": duty.title,
        "kind": duty.kind,
        "company": duty.entity.name,
        "basis": duty.basis,
        "article": duty.article,
        "state": duty.state,
        "due_on": duty.due_on,
        "due_at": duty.due_at,
        "is_late": line.is_late,
        "is_provisional": bool(duty.lacks),
        "left": line.left,
        "holder": duty.holder.user.name if duty.holder else None,
    }
