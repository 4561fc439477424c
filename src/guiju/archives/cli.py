"""Disposals and holds on the command line; acts as the member of a token. Who it is about: guiju.customers.cli."""

from __future__ import annotations

from uuid import UUID

import click
from django.utils import timezone

from guiju.archives import selectors
from guiju.archives.services import disposals, holds
from guiju.cli.output import FORMAT, print_json
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member

MOST = 200


@click.group(help="销毁：登记、提出、审批")
def disposal() -> None:
    pass


@disposal.command("list", help="销毁登记，新的在前")
@FORMAT
@as_member
def list_disposals(member: Member, form: str) -> None:
    rows = list(selectors.disposals_for(member)[:MOST])
    if form == "json":
        print_json(
            [
                {
                    "id": one.pk,
                    "basis": one.basis,
                    "state": one.state,
                    "things": one.things,
                    "reason": one.reason,
                    "proposed_at": one.proposed_at,
                    "done_at": one.done_at,
                    "counts": one.counts,
                    "kept": one.kept,
                }
                for one in rows
            ]
        )
        return
    for one in rows:
        proposed = f"{one.proposed_by.name} {timezone.localtime(one.proposed_at):%Y-%m-%d %H:%M}"
        click.echo(f"{one.pk}  {one.get_state_display()}  {one.get_basis_display()}  {one.things}项  {proposed} 提出")
    if not rows:
        click.echo("还没有销毁过", err=True)


@disposal.command("decide", help="审批别人提出的销毁；批准后从各处删除，不能恢复")
@click.argument("run", type=click.UUID)
@click.option("--allow/--refuse", "allows", required=True, default=None, help="同意，或者不同意")
@click.option("--note", default="", help="意见；不同意的要写原因")
@as_member
def decide(member: Member, run: UUID, allows: bool, note: str) -> None:
    selectors.disposal_for(member, run)
    found = disposals.decide_disposal(disposal_id=run, allows=allows, note=note, actor=member, at=timezone.now())
    click.echo(f"{found.get_state_display()}：{found.things}项")


@click.group(help="保全：列出、登记、解除")
def hold() -> None:
    pass


@hold.command("list", help="本公司的保全，生效的在前")
@FORMAT
@as_member
def list_holds(member: Member, form: str) -> None:
    rows = list(selectors.holds_for(member)[:MOST])
    if form == "json":
        print_json(
            [
                {
                    "id": one.pk,
                    "subject_id": one.subject_id,
                    "sort": one.sort,
                    "reason": one.reason,
                    "placed_at": one.placed_at,
                    "lifted_at": one.lifted_at,
                }
                for one in rows
            ]
        )
        return
    for one in rows:
        ended = f"，{timezone.localtime(one.lifted_at):%Y-%m-%d} 解除" if one.lifted_at else ""
        since = f"{timezone.localtime(one.placed_at):%Y-%m-%d}"
        click.echo(f"{one.pk}  {one.get_sort_display()}  {since} 登记{ended}  {one.reason}")
    if not rows:
        click.echo("没有保全", err=True)


@hold.command("lift", help="解除一项保全")
@click.argument("run", type=click.UUID)
@click.option("--reason", required=True, help="解除的原因")
@as_member
def lift(member: Member, run: UUID, reason: str) -> None:
    holds.lift_hold(hold_id=run, reason=reason, actor=member, at=timezone.now())
    click.echo("已解除保全")
