"""`guiju backup`: only the operating system's account is asked for."""

from __future__ import annotations

import getpass
import os
import signal
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from guiju.backups.drill import drill
from guiju.backups.layout import fulls_of
from guiju.backups.standing import Decided, read_decided, read_state
from guiju.backups.taking import newest_moment
from guiju.cli.output import FORMAT, print_json
from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.provision import Database
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.crypto.shares import read, rebuild
from guiju.kernel.errors import Refused
from guiju.keys.masters import masters_in
from guiju.project.commands import restore
from guiju.project.commands.folder_option import DATA, DEMO, chosen_folder
from guiju.project.commands.running import running_folder
from guiju.project.drills import Schedule, alone, lack_of_room
from guiju.project.folder import DataFolder
from guiju.project.full_backup import take_full_now
from guiju.project.recovery_sheets import decide_target

if TYPE_CHECKING:
    from guiju.evidence.verification.findings import Report
    from guiju.safekeeping.services.drills import Outcome


@click.group(help="备份：指定位置，立即备份，列出，演练，恢复；只凭操作系统的账号")
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
    folder = chosen_folder(data, demo=demo)
    decided = _decided(folder)
    full = take_full_now(folder, _database(folder), decided)
    made: dict[str, Any] = {
        "target": decided.where,
        "finished": full.finished_at,
        "bytes": full.size,
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
                "bytes": full.size,
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


@backup.command("drill", help="恢复演练：把最新的备份恢复到旁边，和现在的数据库逐行比较，结果记入日志；一致时退出码 0")
@DEMO
@DATA
@click.option("--sheets", "with_sheets", is_flag=True, help="凭两张备份恢复单打开（不加就用本机的演练密钥）")
@click.option(
    "--if-due", is_flag=True, help="只在计划的日子到了才做，记为自动进行；系统夜间自己运行它（见 docs/备份.md）"
)
@FORMAT
def drill_backup(demo: bool, data: Path | None, with_sheets: bool, if_due: bool, form: str) -> None:
    if with_sheets and if_due:
        raise click.UsageError("--if-due 由系统自己运行，没有人输恢复单：请去掉 --sheets")
    folder = running_folder(data, demo=demo)
    decided = _decided(folder)
    _database(folder)
    if if_due and not _is_due(folder):
        click.echo("还没有到演练的日子", err=True)
        return
    private = rebuild([read(sheet) for sheet in _asked_sheets()]) if with_sheets else decided.drills
    from guiju.safekeeping.services import keep_drill

    with alone(folder.path):
        lack = _lack_of_room(folder) if if_due else ""
        outcome = _undone(lack) if lack else drilled(folder, decided, private, with_sheets=with_sheets)
        account = "" if if_due else getpass.getuser()
        keep_drill(outcome=outcome, account=account, at=datetime.now(UTC), is_automatic=if_due)
    if form == "json":
        print_json({**asdict(outcome), "passed": outcome.passed})
    elif outcome.passed:
        log = f"，日志 {outcome.log_size} 条核对没有发现改动" if outcome.log_size is not None else ""
        click.echo(f"演练通过：{outcome.tables} 张表、{outcome.rows} 行全部一致{log}，用时 {outcome.seconds:.0f} 秒")
    elif outcome.trouble or outcome.differing:
        click.echo(f"演练没有通过：{outcome.trouble or '这些表不同：' + '、'.join(outcome.differing)}")
    else:
        click.echo(f"演练没有通过：恢复出来的日志核对发现 {outcome.findings} 处不符，请运行 guiju evidence verify")
    sys.exit(0 if outcome.passed else 1)


def _is_due(folder: DataFolder) -> bool:
    """Whether the schedule asks for a drill now, and there is a backup to restore."""
    from guiju.safekeeping.services.drills import last_drill

    # Asked to end, it ends in order: the server beside goes, and its folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    known = read_state(folder.path)
    has_backup = known is not None and known.newest_full is not None
    return has_backup and Schedule.read(os.environ).is_due(datetime.now(UTC), last_drill())


def _lack_of_room(folder: DataFolder) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return lack_of_room(place_for(folder.path, folder.instance).cluster.parent, size)


def _undone(trouble: str) -> Outcome:
    from guiju.safekeeping.services.drills import Outcome

    return Outcome(datetime.now(UTC), 0.0, False, trouble=trouble)


def drilled(folder: DataFolder, decided: Decided, private: bytes, *, with_sheets: bool) -> Outcome:
    """Restore beside the living server and compare; what stands in the way is an outcome too."""
    from guiju.safekeeping.services.drills import Outcome

    def stored() -> int:
        known = read_state(folder.path)
        return known.stored if known else 0

    place, password = place_for(folder.path, folder.instance), folder.secrets["superuser"]
    look = _Look(folder)
    began_at, began = datetime.now(UTC), time.monotonic()
    try:
        done = drill(
            decided.target(),
            administrator=EmbeddedServer(place, password).url(str((folder.run or {})["database"])),
            database=str((folder.run or {})["database"]),
            private=private,
            superuser_password=password,
            beside=place,
            stored=stored,
            say=lambda sentence: click.echo(sentence, err=True),
            look=look,
        )
    except Refused as refusal:
        return Outcome(began_at, time.monotonic() - began, with_sheets, trouble=refusal.sentence)
    full_at = done.restored.plan.full.finished_at
    seconds = time.monotonic() - began
    return Outcome(
        began_at,
        seconds,
        with_sheets,
        full_at,
        done.tables,
        done.rows,
        done.differing,
        log_size=look.report.size if look.report else None,
        findings=len(look.report.findings) + look.report.more if look.report else None,
    )


class _Look:
    """Verifies the log on the restored server, as `guiju evidence verify` does on the living one."""

    def __init__(self, folder: DataFolder) -> None:
        from guiju.evidence.installation import kept_checkpoints, log_key

        self.report: Report | None = None
        self._secrets, self._key_file = folder.secrets, folder.secrets_file
        self._database = str((folder.run or {})["database"])
        self._key = log_key()
        # Those of now: what is signed while the drill runs is not in what it restores.
        self._outside, _ = kept_checkpoints(self._key)

    def __call__(self, server: EmbeddedServer) -> None:
        from guiju.evidence.verification.run import verify

        click.echo("正在核对恢复出来的日志", err=True)
        database = Database(self._database, server.url(self._database), self._secrets)
        self.report = verify(
            database.conninfo("verifier"),
            key=self._key,
            known=masters_in(self._key_file),
            outside=self._outside,
        )


backup.add_command(restore.restore_backup)


def _asked_sheets() -> list[str]:
    # Not options: what stands in a command line, every program of the machine can read.
    given = os.environ.get("GUIJU_SHEETS")
    return given.split(",") if given else [click.prompt(f"第{number}张备份恢复单（一行输完）") for number in (1, 2)]


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
    return f"{(moment or datetime.now(UTC)).astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
