"""`guiju status`"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import psycopg

from guiju import __version__
from guiju.cli.output import FORMAT, print_json
from guiju.database.provision import Database, database_of
from guiju.project.commands.folder_option import DATA, DEMO, chosen_folder
from guiju.project.folder import DataFolder
from guiju.project.supervisor import answers, is_alive

_HEARTBEAT_SECONDS = 20


@click.command(help="网页、后台任务和数据库是否应答：都应答时退出码为 0，否则为 1")
@DEMO
@DATA
@FORMAT
def status(demo: bool, data: Path | None, form: str) -> None:
    answer = status_of(chosen_folder(data, demo=demo))
    if form == "json":
        print_json(answer)
    else:
        for name, label in (
            ("web", "网页"),
            ("public", "公众网页"),
            ("worker", "后台任务"),
            ("sequencer", "存证排位"),
            ("keeper", "备份"),
            ("database", "数据库"),
        ):
            if name not in answer:
                continue
            click.echo(f"{label}：{'正常' if answer[name] else '没有应答'}")
        if answer["url"]:
            click.echo(f"地址：{answer['url']}　公众 {answer['public_url']}")
        else:
            click.echo("没有运行：请用 guiju up 启动")
    sys.exit(0 if answer["ok"] else 1)


def status_of(folder: DataFolder) -> dict[str, Any]:
    """What answers now; `ok` only when everything does."""
    run = folder.run or {}
    staff, public = run.get("local") or ("", "")
    database, worker, server_version = _database(folder, run)
    answer = {
        "web": bool(staff) and answers(staff),
        "public": bool(public) and answers(public),
        "worker": worker,
        "sequencer": is_alive(run, "sequencer"),
        "database": database,
    }
    if "keeper" in run.get("pids", {}):
        answer["keeper"] = is_alive(run, "keeper")
    return {
        "ok": all(answer.values()),
        "url": run.get("url"),
        "public_url": run.get("public_url"),
        "version": run.get("version", __version__),
        "kind": folder.kind,
        "data": str(folder.path),
        "database_version": server_version,
        "pids": {"up": run["pid"], **run.get("pids", {})} if run else {},
        **answer,
    }


def _database(folder: DataFolder, run: dict[str, Any]) -> tuple[bool, bool, str | None]:
    """Whether the database answers the app, whether a worker's heart beats, and the server's version."""
    server = os.environ.get("DATABASE_URL") or run.get("server")
    if not server:
        return False, False, None
    name = run.get("database") or database_of(server)
    conninfo = Database(name, server, folder.secrets).conninfo("app")
    try:
        with psycopg.connect(conninfo, connect_timeout=5) as connection:
            beating = connection.execute(
                "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))",
                [_HEARTBEAT_SECONDS],
            ).fetchone()
            version = connection.info.server_version
    except psycopg.Error:
        return False, False, None
    return True, bool(beating and beating[0]), f"{version // 10000}.{version % 10000}"
