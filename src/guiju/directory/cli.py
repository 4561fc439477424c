"""The company's directory and lists of people and departments on the command line."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.directory.models import Intake
from guiju.directory.services import intake
from guiju.directory.services.lines import Deed, Line
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.cli import as_member
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


@click.group(help="组织目录：从文件导入，与企业目录（LDAP、AD）同步")
def directory() -> None:
    pass


@directory.command("sync", help="与企业目录比对并执行；目录写在数据文件夹的 directory.toml")
@click.option("--preview", is_flag=True, help="只比对，不执行")
@click.option("--leaving", type=int, help="目录里少了超过一成的人时：写明少了几人才执行")
@FORMAT
@as_member
def sync_directory(member: Member, preview: bool, leaving: int | None, form: str) -> GuijuError | None:
    require(member, "directory.intake", on=member.entity_id)
    found = intake.open_sync(actor=member, at=timezone.now())
    intake.keep_people(intake_id=found.pk, content=intake.read_directory())
    return _work(member, found, preview=preview, leaving=leaving, form=form)


@directory.command("import", help="从 xlsx、xls、csv 导入人员名单或组织架构；不加 --yes 只比对")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sort", type=click.Choice(["people", "structure"]), required=True, help="人员名单，或组织架构")
@click.option("--yes", is_flag=True, help="执行")
@FORMAT
@as_member
def import_list(member: Member, file: Path, sort: str, yes: bool, form: str) -> GuijuError | None:
    found = intake.open_intake(sort=sort, name=file.name, content=file.read_bytes(), actor=member, at=timezone.now())
    return _work(member, found, preview=not yes, leaving=None, form=form)


def _work(member: Member, found: Intake, *, preview: bool, leaving: int | None, form: str) -> GuijuError | None:
    """Compare, perhaps carry out, and print; the refusal with which the command ends, if any."""
    found = intake.preview_intake(intake_id=found.pk, actor=member, at=timezone.now())
    lines = [Line.from_json(one) for one in found.lines]
    has_work = any(one.deed in (Deed.NEW, Deed.CHANGE, Deed.END) for one in lines)
    if not preview and has_work:
        intake.accept_intake(found=found, leaving=leaving, actor=member)
        found = intake.run_intake(intake_id=found.pk, actor=member, at=timezone.now())
        lines = [Line.from_json(one) for one in found.lines]
    else:
        intake.drop_intake(found=found, actor=member, at=timezone.now())
    if form == "json":
        print_json(
            {
                "is_done": found.state == Intake.State.DONE,
                "leaving": found.leaving,
                "listed": found.listed,
                "lines": [
                    {"number": one.number, "deed": one.deed.value, "what": one.what, "words": list(one.words)}
                    for one in lines
                ],
            }
        )
    else:
        for one in lines:
            if one.deed is not Deed.SAME:
                row = f"第{one.number}行  " if one.number else ""
                click.echo(f"{row}{one.deed.label}  {one.what}  {'；'.join(one.words)}".rstrip())
        click.echo(intake.tally(lines) or "没有变动", err=True)
    if preview and has_work:
        click.echo("只是比对，没有执行", err=True)
    bad = sum(one.deed is Deed.BAD for one in lines)
    if bad and not preview:
        return Refused("intake_bad_lines", f"有{bad}行没有执行，原因见上")
    return None
