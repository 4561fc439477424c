"""`guiju keys`: only the operating system's account is asked for; what was done stands in the log."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guiju.cli.output import FORMAT, print_json
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.crypto.envelope import Algorithm, algorithm_named
from guiju.project.commands.folder_option import DATA, DEMO
from guiju.project.commands.running import running_folder
from guiju.project.folder import DataFolder

if TYPE_CHECKING:
    from guiju.safekeeping.selectors.keys import KeyOfCompany


@click.group(help="密钥：只凭操作系统的账号，办了就记入日志")
def keys() -> None:
    pass


@keys.command("sheets", help="换一个恢复密钥，印三张新的备份恢复单；以前的备份仍要旧的恢复单")
@DEMO
@DATA
@click.option("--reason", required=True, help="为什么要换")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), help="PDF 写到这个文件夹（默认为数据文件夹的 sheets）"
)
def print_sheets(demo: bool, data: Path | None, reason: str, output: Path | None) -> None:
    folder = running_folder(data, demo=demo)
    from guiju.backups.layout import BACKUP_DAYS
    from guiju.project.recovery_sheets import print_recovery_sheets, recovery_lines

    printed = print_recovery_sheets(
        folder, account=getpass.getuser(), reason=reason, at=datetime.now(UTC), where=output
    )
    for line in recovery_lines(printed):
        click.echo(line)
    click.echo(f"系统随即做一次全量备份；在那以前的备份仍用旧的恢复单打开，请保留到它们过期（{BACKUP_DAYS}天）")


@keys.command(
    "rotate",
    help="换密钥，期间照常使用：数据密钥换新的，旧数据在后台重新加密，完成后销毁旧密钥；或用 --master 换主密钥",
)
@DEMO
@DATA
@click.option("--entity", "code", help="只换这家公司的（统一社会信用代码），不填为全部公司")
@click.option("--master", is_flag=True, help="换主密钥：各公司的密钥改由新的主密钥包着，几秒完成")
@click.option(
    "--algorithm",
    type=click.Choice([one.label for one in Algorithm]),
    help="此后改用这个算法，已有的随密钥一起换过来；备份随后也用它",
)
@click.option("--reason", required=True, help="为什么要换")
@FORMAT
def rotate_keys(
    demo: bool, data: Path | None, code: str | None, master: bool, algorithm: str | None, reason: str, form: str
) -> None:
    if master and code:
        raise click.UsageError("--master 换的是整个系统的主密钥，不能只换一家公司的")
    if algorithm and (master or code):
        raise click.UsageError("--algorithm 是整个系统的选择，要换全部公司的数据密钥：请去掉 --master 和 --entity")
    folder = running_folder(data, demo=demo)
    if algorithm:
        folder.choose_algorithm(algorithm_named(algorithm))
    if master:
        _rotate_master(folder, reason, form)
    else:
        _rotate_data_keys(code, reason, form)


def _rotate_master(folder: DataFolder, reason: str, form: str) -> None:
    from guiju.project.master_change import MasterChange

    change = MasterChange(folder, account=getpass.getuser(), reason=reason)
    number = change.run(say=lambda sentence: click.echo(sentence, err=True))
    if form == "json":
        print_json({"data_keys": number, "full_backup": change.backed_up})
        return
    click.echo(f"主密钥已更换，{number} 把数据密钥改由新的主密钥包着")
    if not change.backed_up:
        click.echo("没有备份：以前自己复制的数据文件夹要和当时的 secrets.json 放在一起才能用")


def _rotate_data_keys(code: str | None, reason: str, form: str) -> None:
    from guiju.safekeeping.selectors.keys import companies_with_keys, company_with_key
    from guiju.safekeeping.services import change_data_key
    from guiju.safekeeping.tasks import follow_key_change

    companies = [company_with_key(code)] if code else companies_with_keys()
    made = []
    for company in companies:
        change = change_data_key(entity_id=company.pk, account=getpass.getuser(), reason=reason, at=datetime.now(UTC))
        follow_key_change.defer(change_id=str(change.pk), entity_id=str(company.pk))
        made.append({"company": company.name, "earlier": change.earlier, "present": change.present})
    if form == "json":
        print_json(made)
        return
    for one in made:
        click.echo(f"{one['company']}：密钥 {one['earlier']} 换成 {one['present']}")
    click.echo("旧数据正在后台重新加密，完成后销毁旧密钥；用 guiju keys list 看进度")


@keys.command("list", help="各公司的数据密钥：编号、算法、自何时起，换到哪里了")
@DEMO
@DATA
@FORMAT
def list_keys(demo: bool, data: Path | None, form: str) -> None:
    running_folder(data, demo=demo)
    from guiju.safekeeping.selectors.keys import keys_of_companies

    found = keys_of_companies()
    if form == "json":
        print_json([one.as_json() for one in found])
        return
    for one in found:
        click.echo(_line_of(one))


def _line_of(one: KeyOfCompany) -> str:
    since = f"{one.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    told = f"{one.company}　密钥 {one.number}　{one.algorithm}　自 {since} 起"
    if one.resealing is None:
        return told
    return f"{told}　正在从密钥 {one.earlier} 换过来，已换 {one.resealing} 条，还有 {one.waiting} 条"
