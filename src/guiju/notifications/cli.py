"""Notices on the command line."""

from __future__ import annotations

from uuid import UUID

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.kernel.errors import Missing
from guiju.notifications.models import Notice
from guiju.notifications.selectors import notices as selectors
from guiju.notifications.services import settling
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.selectors import seeing

MOST = 1000


@click.group(help="通知：发出的、不确定的，重发")
def notices() -> None:
    pass


@notices.command("list", help=f"发出的通知，最新的在前，最多{MOST}条")
@click.option("--state", type=click.Choice(Notice.State.values), help="只列这个状态的")
@FORMAT
@as_member
def list_notices(member: Member, state: str | None, form: str) -> None:
    _print(member, state or "", form)


@notices.command("uncertain", help="不知道对方收到没有的通知")
@FORMAT
@as_member
def list_uncertain(member: Member, form: str) -> None:
    _print(member, Notice.State.UNCERTAIN, form)


@notices.command("retry", help="重发一条未能送达的通知；不确定的要写明依据（--reason），可能收到两次")
@click.argument("notice_id", metavar="编号")
@click.option("--reason", help="怎么知道对方没有收到")
@FORMAT
@as_member
def retry(member: Member, notice_id: str, reason: str | None, form: str) -> None:
    try:
        found = UUID(notice_id)
    except ValueError:
        raise Missing("notice_missing", f"“{notice_id}”不是通知的编号（guiju notices list）") from None
    at = timezone.now()
    if reason is None:
        made = settling.retry_notice(notice_id=found, actor=member, at=at)
    else:
        made = settling.settle_uncertain(notice_id=found, has_arrived=False, reason=reason, actor=member, at=at)
    if form == "json":
        print_json({"id": made.pk, "state": made.state})
    click.echo("将重新发送", err=True)


def _print(member: Member, state: str, form: str) -> None:
    with seeing(member, "notice.read", on=timezone.localdate()) as sight:
        rows = selectors.sent_in(sight, state=state)
        count, found = rows.count(), selectors.shown(rows[:MOST])
    if count > MOST:
        click.echo(f"共{count}条，只列最新的{MOST}条", err=True)
    if form == "json":
        print_json(
            [
                {
                    "id": one.notice.pk,
                    "company": one.notice.entity.name,
                    "kind": one.notice.kind,
                    "title": one.title,
                    "to": one.to,
                    "made_at": one.notice.made_at,
                    "state": one.notice.state,
                    "trouble": one.notice.trouble,
                }
                for one in found
            ]
        )
        return
    for one in found:
        trouble = f"  {one.notice.trouble}" if one.notice.trouble else ""
        when = timezone.localtime(one.notice.made_at)
        click.echo(f"{one.notice.pk}  {when:%Y-%m-%d %H:%M}  {one.notice.get_state_display()}  {one.title}{trouble}")
    click.echo(f"共{count}条", err=True)
