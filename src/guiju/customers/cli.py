"""Customers and their consents on the command line; acts as the member of a token."""

from __future__ import annotations

from uuid import UUID

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.customers.selectors.reading import CustomerFilter, reading
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of, sight_of
from guiju.organisations.registry import PURPOSES
from guiju.privacy.selectors.consents import consents_of, lines_of

MOST = 200


@click.group(help="客户")
def customer() -> None:
    pass


@customer.command("list", help="看得到的客户，新的在前")
@click.option("--search", default="", help="名称的一部分、手机号，或手机后四位")
@click.option("--purpose", type=click.Choice(list(PURPOSES)), default="sales", show_default=True, help="用于什么目的")
@FORMAT
@as_member
def list_customers(member: Member, search: str, purpose: str, form: str) -> None:
    with reading(member, purpose=purpose, on=timezone.localdate()) as seen:
        rows = list(CustomerFilter(search).of(seen.customers(), seen)[:MOST])
        cells = seen.cells(rows)
        if form == "json":
            print_json(
                [
                    {"id": row.pk, "kind": row.kind, "values": {code: one.text for code, one in cells[row.pk].items()}}
                    for row in rows
                ]
            )
            return
        for row in rows:
            shown = "  ".join(one.text for code, one in cells[row.pk].items() if code != "name" and one.text)
            click.echo(f"{row.pk}  {row.name}  {shown}")


@click.group(help="同意")
def consent() -> None:
    pass


@consent.command("show", help="一位客户的全部同意，现行的在前")
@click.argument("customer_id", type=click.UUID)
@FORMAT
@as_member
def show_consents(member: Member, customer_id: UUID, form: str) -> None:
    today = timezone.localdate()
    if sight_of(member, "consent.read", on=today).reach is None:
        raise refusal_of("consent.read")
    with reading(member, purpose="service", on=today) as seen:
        row = seen.customer(customer_id)
        lines = lines_of(consents_of(row.subject_id), seen.labels(row)) if row.subject_id else []
        if form == "json":
            print_json(
                [
                    {
                        "id": line.consent.pk,
                        "purpose": line.consent.purpose,
                        "fields": line.consent.fields,
                        "kind": line.consent.kind,
                        "channel": line.consent.channel,
                        "proof": line.consent.proof,
                        "given_at": line.consent.given_at.isoformat(),
                        "ended_at": line.consent.ended_at.isoformat() if line.consent.ended_at else None,
                        "ending": line.consent.ending,
                    }
                    for line in lines
                ]
            )
            return
        for line in lines:
            one = line.consent
            until = (
                f"，{timezone.localtime(one.ended_at):%Y-%m-%d %H:%M} {one.get_ending_display()}"
                if one.ended_at
                else ""
            )
            what = f"{line.purpose}（{'、'.join(line.fields)}）" if line.fields else line.purpose
            click.echo(f"{timezone.localtime(one.given_at):%Y-%m-%d %H:%M}  {what}  {one.get_kind_display()}{until}")
        if not lines:
            click.echo("没有登记过同意", err=True)
