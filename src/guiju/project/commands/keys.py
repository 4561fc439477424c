"""`guiju keys`: only the operating system's account is asked for; what was done stands in the log."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from guiju.project.commands.folder_option import DATA, DEMO
from guiju.project.commands.running import running_folder


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
    from guiju.project.recovery_sheets import print_recovery_sheets, recovery_lines

    printed = print_recovery_sheets(
        folder, account=getpass.getuser(), reason=reason, at=datetime.now(UTC), where=output
    )
    for line in recovery_lines(printed):
        click.echo(line)
    click.echo("系统随即做一次全量备份；在那以前的备份仍用旧的恢复单打开，请保留到它们过期（三十天）")
