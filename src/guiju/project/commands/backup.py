"""`guiju backup`: only the operating system's account is asked for."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from guiju.backups.layout import fulls_of, line_of
from guiju.backups.standing import Decided, read_decided, read_state
from guiju.backups.taking import newest_moment, take_full
from guiju.cli.output import FORMAT, print_json
from guiju.database.provision import Database
from guiju.kernel.errors import Refused
from guiju.project.commands.folder_option import DATA, DEMO, chosen_folder
from guiju.project.folder import DataFolder
from guiju.project.recovery_sheets import decide_target


@click.group(help="备份：指定位置，立即备份，列出；只凭操作系统的账号")
def backup() -> None:
    pass


@backup.command("target", help="指定备份放到哪里：另一块盘上的文件夹，或 s3://存储桶/前缀")
@click.argument("where", metavar="位置")
@DEMO
@DATA
def set_target(where: str, demo: bool, data: Path | None) -> None:
    click.echo(f"备份放到 {decide_target(chosen_folder(data, demo=demo), where)}")


@backup.command("run", help="现在做一次全量备份")
@DEMO
@DATA
@FORMAT
def run_backup(demo: bool, data: Path | None, form: str) -> None:
    from guiju.project.keeper import settings_of

    folder = chosen_folder(data, demo=demo)
    decided, database = _decided(folder), _database(folder)
    settings, known = settings_of(folder, database, decided), read_state(folder.path)
    line = line_of(settings.target, known.line) if known and known.line else None
    if line is None:
        raise Refused("backup_not_begun", "连续备份还没有开始：请稍候几秒，或看 guiju status 和日志 log/keeper.log")
    full = take_full(
        settings.target,
        line,
        conninfo=settings.conninfo,
        binaries=settings.binaries,
        recipient=settings.recipient,
        others=settings.others,
        kept=settings.kept(),
        algorithm=settings.algorithm,
    )
    made = {
        "target": decided.where,
        "finished": full.finished_at,
        "bytes": sum(file.size for file in full.files),
        "recipient": full.recipient,
    }
    if form == "json":
        print_json(made)
    else:
        click.echo(f"全量备份已完成：{_shown(full.finished_at)}，{made['bytes'] >> 20} MB，{decided.where}")


@backup.command("list", help="能恢复到哪些时刻，有哪些全量备份")
@DEMO
@DATA
@FORMAT
def list_backups(demo: bool, data: Path | None, form: str) -> None:
    decided = _decided(chosen_folder(data, demo=demo))
    target = decided.target()
    fulls = fulls_of(target, [item.name for item in target.list("lines/")])
    found: dict[str, Any] = {
        "target": decided.where,
        "from": fulls[0].finished_at if fulls else None,
        "until": newest_moment(target),
        "fulls": [
            {
                "finished": full.finished_at,
                "bytes": sum(file.size for file in full.files),
                "program": full.program,
                "opens_with_present_sheets": full.recipient == decided.recipient.name,
            }
            for full in reversed(fulls)
        ],
    }
    if form == "json":
        print_json(found)
        return
    if not fulls:
        click.echo(f"{decided.where} 里还没有可以恢复的备份")
        return
    click.echo(f"{decided.where}：可以恢复到 {_shown(found['from'])} 至 {_shown(found['until'])} 之间的任意时刻")
    for full in found["fulls"]:
        sheets = "" if full["opens_with_present_sheets"] else "　要旧的恢复单"
        click.echo(f"  全量 {_shown(full['finished'])}　{full['bytes'] >> 20} MB{sheets}")


def _decided(folder: DataFolder) -> Decided:
    decided = read_decided(folder.path)
    if decided is None or not decided.where:
        raise Refused("no_backup_target", "没有备份：请用 guiju backup target 指定备份放到哪里")
    return decided


def _database(folder: DataFolder) -> Database:
    if os.environ.get("DATABASE_URL"):
        raise Refused("not_embedded", "数据库不是内嵌的：备份由管理那个数据库的人负责")
    run = folder.run
    if not run or not run.get("server"):
        raise Refused("not_running", "数据库没有运行：请先用 guiju up 启动")
    return Database(str(run["database"]), str(run["server"]), folder.secrets)


def _shown(moment: datetime | None) -> str:
    return f"{(moment or datetime.now(UTC)).astimezone():%Y-%m-%d %H:%M:%S}"
