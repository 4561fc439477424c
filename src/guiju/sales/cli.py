"""Opportunities and leads on the command line; acts as the member of a token."""

from __future__ import annotations

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.orders.cli import exporting
from guiju.organisations.cli import as_member, taking_out, tell_taken
from guiju.organisations.exports import Taking, write_export
from guiju.organisations.models import Member
from guiju.organisations.tables import Sheet
from guiju.sales.exports import COLUMNS, WIDTHS, rows_of
from guiju.sales.models import Lead, Opportunity
from guiju.sales.selectors.filtering import ALL, OPEN, OpportunityFilter
from guiju.sales.selectors.leads import LeadFilter, lead_lines
from guiju.sales.selectors.reading import PURPOSE, deals

__all__ = ["exporting", "lead", "opportunity"]

MOST = 200


@click.group(help="商机")
def opportunity() -> None:
    pass


@opportunity.command("list", help="看得到的商机，新的在前")
@click.option("--search", default="", help="名称的一部分")
@click.option(
    "--state", type=click.Choice([*Opportunity.State.values, ALL]), default=OPEN, show_default=True, help="状态"
)
@click.option("--month", default="", help="预计成交的月份，如 2026-12；past、later、none")
@FORMAT
@as_member
def list_opportunities(member: Member, search: str, state: str, month: str, form: str) -> None:
    asked = OpportunityFilter(search=search.replace("\x00", ""), state=state, month=month)
    with deals(member, on=timezone.localdate()) as seen:
        lines = seen.lines(asked.of(seen.rows(), seen)[:MOST])
        if form == "json":
            print_json(
                [
                    {
                        "id": line.row.pk,
                        "name": line.name,
                        "customer": line.customer,
                        "stage": line.row.stage,
                        "state": line.row.state,
                        "amount": str(line.row.amount) if line.row.amount is not None else None,
                        "expected_on": line.row.expected_on.isoformat() if line.row.expected_on else None,
                        "owner": line.row.owner.user.name,
                    }
                    for line in lines
                ]
            )
            return
        for line in lines:
            amount = f"{line.row.amount:,.2f}" if line.row.amount is not None else "—"
            click.echo(f"{line.row.pk}  {line.name}  {line.customer or '—'}  {line.stage}  {amount}")


@click.group(help="线索")
def lead() -> None:
    pass


@lead.command("list", help="看得到的线索，新的在前")
@click.option("--state", type=click.Choice([*Lead.State.values, ALL]), default=OPEN, show_default=True, help="状态")
@click.option("--owner", default="", help="me 我负责的，或者成员的编号")
@FORMAT
@as_member
def list_leads(member: Member, state: str, owner: str, form: str) -> None:
    with deals(member, on=timezone.localdate()) as seen:
        lines = lead_lines(seen, LeadFilter(state=state, owner=owner.replace("\x00", "")).of(seen)[:MOST])
        if form == "json":
            print_json(
                [
                    {
                        "id": line.row.pk,
                        "customer": line.customer,
                        "interest": line.interest,
                        "state": line.row.state,
                        "reason": line.row.reason,
                        "made_at": line.row.made_at.isoformat(),
                    }
                    for line in lines
                ]
            )
            return
        for line in lines:
            said = line.reason or line.row.get_state_display()
            click.echo(f"{line.row.pk}  {line.customer or '—'}  {line.interest or '—'}  {said}")


@exporting.command("opportunities", help="把看得到的商机写成 xlsx 或 csv；用途、理由和您的姓名写在文件里")
@taking_out(PURPOSE)
@click.option("--search", default="", help="名称的一部分")
@click.option(
    "--state", type=click.Choice([*Opportunity.State.values, ALL]), default=OPEN, show_default=True, help="状态"
)
@click.option("--stage", default="", help="阶段")
@click.option("--owner", default="", help="me 我负责的，或者成员的编号")
@click.option("--month", default="", help="预计成交的月份，如 2026-12；past、later、none")
@as_member
def export_opportunities(member: Member, taking: Taking, **asked: str) -> None:
    right = "opportunity.export"
    with deals(member, on=timezone.localdate(), right=right) as seen:
        rows = OpportunityFilter.of_query(asked).of(seen.rows(), seen)
        sheet = Sheet(rows.count(), COLUMNS, WIDTHS, rows_of(seen, rows))
        made = write_export(taking, "商机", sheet, right=right, actor=member, at=timezone.now())
    tell_taken(taking, made, "个")
