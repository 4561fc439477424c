"""`guiju db`: for whoever holds the data folder's files already (the operating-system account)."""

from __future__ import annotations

import os
from pathlib import Path

import click
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guiju.database.embedded import SUPERUSER
from guiju.database.provision import Database, database_of
from guiju.kernel.errors import Refused
from guiju.project.commands.folder_option import DATA, DEMO, chosen_folder


@click.group(help="数据库连接")
def db() -> None:
    pass


@db.command(help="打印数据库的连接地址（含口令，只给数据文件夹的所有者）")
@DEMO
@DATA
@click.option(
    "--role", type=click.Choice(["superuser", "owner", "app"]), default="app", show_default=True, help="以哪个角色连接"
)
def url(demo: bool, data: Path | None, role: str) -> None:
    folder = chosen_folder(data, demo=demo)
    given = os.environ.get("DATABASE_URL")
    run = folder.run or {}
    if not given and not run.get("server"):
        raise Refused("not_running", "数据库没有运行：请先用 guiju up 启动（或设置 DATABASE_URL）")
    if given:
        administrator, name = given, database_of(given)
    else:
        administrator, name = run["server"], str(run["database"])
        if role == "superuser":
            if not str(conninfo_to_dict(administrator).get("host", "")).startswith("/"):
                raise Refused("not_embedded", "数据库不是内嵌的，管理员的口令只在 DATABASE_URL 里：请设置它")
            administrator = make_conninfo(administrator, user=SUPERUSER, password=folder.secrets["superuser"])
    click.echo(Database(name, administrator, folder.secrets).url(role))
