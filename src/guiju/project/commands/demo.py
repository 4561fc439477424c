"""`guiju demo`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import click

from guiju.cli.output import FORMAT, print_json
from guiju.kernel.errors import Refused
from guiju.project.commands.folder_option import DATA
from guiju.project.demo_accounts import accounts_of, code_of
from guiju.project.folder import default_folder, open_folder


@click.group(help="演示数据")
def demo() -> None:
    pass


@demo.command(help="列出演示账号（只在演示数据文件夹里有）")
@DATA
@FORMAT
def accounts(data: Path | None, form: str) -> None:
    folder = open_folder((data or default_folder(demo=True)).absolute())
    if not folder.is_demo:
        raise Refused("not_demo", f"{folder.path} 是正式数据，没有演示账号")
    now = datetime.now(UTC)
    found = [account | {"code": code_of(account, at=now)} for account in accounts_of(folder)]
    if not found:
        raise Refused("demo_not_loaded", "演示数据还没有建立：请先运行 guiju up --demo")
    if form == "json":
        print_json(found)
        return
    for line in table_of(found):
        click.echo(line)


_COLUMNS = {"user": "用户名", "password": "口令", "code": "验证码", "name": "姓名", "roles": "角色", "entity": "公司"}


def table_of(accounts: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Accounts in columns that line up, Chinese characters counted as two; codes where they are given."""
    keys = [key for key in _COLUMNS if key in accounts[0]]
    rows = [[_COLUMNS[key] for key in keys]]
    rows += [["、".join(one[key]) if key == "roles" else str(one[key]) for key in keys] for one in accounts]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
