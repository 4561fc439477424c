"""Files on the command line; acts as the member of a token."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.database.scope import scope_with
from guiju.files import tasks
from guiju.files.selectors.attachments import attachments_of, owner_of
from guiju.files.services import attachments as services
from guiju.organisations.cli import as_member, purpose_option
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.terms import Channel

CUSTOMER = "customer"


@click.group(help="附件")
def file() -> None:
    pass


@file.command("list", help="一位客户的附件，新的在前")
@click.argument("customer", type=click.UUID)
@FORMAT
@as_member
def list_attachments(member: Member, customer: UUID, form: str) -> None:
    owner = owner_of(member, CUSTOMER, customer, on=timezone.localdate())
    with scope_with(owner.entity_id):
        lines = attachments_of(member, owner)
    if form == "json":
        print_json(
            [
                {
                    "id": line.row.pk,
                    "name": line.name,
                    "size": line.row.size,
                    "digest": line.row.digest,
                    "grade": line.row.grade,
                }
                for line in lines
            ]
        )
        return
    for line in lines:
        click.echo(f"{line.row.pk}  {line.row.get_grade_display()}  {line.row.size}  {line.name}")


@file.command("add", help="上传一个文件给一位客户")
@click.argument("customer", type=click.UUID)
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="备注")
@click.option(
    "--grade",
    type=click.Choice(["unknown", "sensitive", "general"]),
    default="unknown",
    show_default=True,
    help="分类：unknown 由检查决定，sensitive 敏感，general 一般",
)
@FORMAT
@as_member
def add_attachment(member: Member, customer: UUID, path: Path, note: str, grade: str, form: str) -> None:
    with path.open("rb") as content:
        saved = services.add_attachment(
            owner_kind=CUSTOMER,
            owner_id=customer,
            upload=services.Upload(path.name, content, path.stat().st_size),
            details=services.FileDetails(note, grade),
            actor=member,
            at=timezone.now(),
            channel=Channel.API,
        )
    tasks.check_later(saved.attachment)
    if form == "json":
        print_json({"id": saved.attachment.pk, "told": list(saved.told)})
        return
    click.echo(f"已上传：{saved.attachment.pk}")
    for sentence in saved.told:
        click.echo(sentence, err=True)


@file.command("get", help="把一个附件写成文件；敏感的要写理由，有记录")
@click.argument("attachment", type=click.UUID)
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@purpose_option(*PURPOSES)
@click.option("--reason", default="", help="理由，例如：核对合同签字")
@as_member
def open_attachment(member: Member, attachment: UUID, path: Path, purpose: str, reason: str) -> None:
    row, content = services.open_attachment(
        attachment_id=attachment, purpose=purpose, reason=reason, actor=member, at=timezone.now()
    )
    # Nobody but its writer reads what may hold personal data.
    path.touch(mode=0o600)
    with path.open("wb") as out:
        out.writelines(content)
    click.echo(f"已写入：{row.size} 字节")
