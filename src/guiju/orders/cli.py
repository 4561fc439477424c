"""Files with products and orders on the command line; acts as the member of a token."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.customers.cli import exporting, importing
from guiju.kernel.errors import Refused, reason_of
from guiju.orders.exports import ORDER_COLUMNS, ORDER_WIDTHS, order_rows
from guiju.orders.models import TableImport
from guiju.orders.selectors.orders import PURPOSE, STATES, OrderFilter, reading_orders
from guiju.orders.services import table_import as services
from guiju.organisations.cli import as_member, taking_out, tell_taken
from guiju.organisations.exports import Taking, write_export
from guiju.organisations.models import Member
from guiju.organisations.tables import Sheet

__all__ = ["exporting", "importing"]

MOST_TOLD = 1000


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both kinds of file ask for."""
    existing = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        FORMAT,
        click.option("--dry-run", is_flag=True, help="只判断，不导入"),
        click.option(
            "--consent-source", "source", default="", help="文件的来源，例如：收银系统11月导出；记在这次导入上"
        ),
        click.option("--mapping", "mapping_file", type=existing, help='JSON：{"columns": {"列": "字段"}}'),
        click.option("--sheet", default="", help="工作表，不填为第一张有内容的"),
        click.option("--entity", "code", required=True, help="公司的统一社会信用代码，应是令牌所属的公司"),
        click.argument("file", type=existing),
    ):
        command = option(command)
    return command


@importing.command("products", help="从 xlsx、xls、csv 导入产品与服务；退出码 0 全部导入，1 有退回，2 文件不能用")
@_options
def import_products(**asked: Any) -> None:
    _import("products", **asked)


@importing.command("orders", help="从 xlsx、xls、csv 导入订单；退出码 0 全部导入，1 有退回，2 文件不能用")
@_options
def import_orders(**asked: Any) -> None:
    _import("orders", **asked)


def _import(kind: str, *, form: str, **asked: Any) -> None:
    told = _take_in(kind=kind, **asked)
    if form == "json":
        print_json(told)
    else:
        click.echo(told["outcome"])
        for one in told["problems"][:20]:
            click.echo(f"  第{one['line']}行：{'；'.join(cell['sentence'] for cell in one['cells'])}", err=True)
    sys.exit(1 if told["refused"] else 0)


@as_member
def _take_in(
    member: Member,
    kind: str,
    code: str,
    file: Path,
    sheet: str,
    mapping_file: Path | None,
    source: str,
    dry_run: bool,
) -> dict[str, Any]:
    """Take the file in, or only judge it; what came of it, as programs read it."""
    services.require_import(kind, member)
    if member.entity.unified_code != code.strip().upper():
        own = member.entity
        raise Refused(
            "entity_other",
            f"令牌属于{own.name}（{own.unified_code}），不能导入 {code} 的{TableImport.Kind(kind).label}",
        )
    try:
        content = file.read_bytes()
    except OSError as failure:
        raise Refused("file_unreadable", f"文件“{file.name}”读不了：{reason_of(failure)}") from None
    mapping, now = _mapping_in(mapping_file), timezone.now()
    found = services.preview_table_import(
        kind=kind, name=file.name, content=content, sheet=sheet, mapping=mapping, source=source, actor=member, at=now
    )
    new = found.rows_total - found.rows_bad - found.rows_known
    if dry_run:
        found.outcome = f"{found.rows_total}行，可以导入{new}{services.UNITS[kind]}"
        found.outcome += f"，{found.rows_known}行已有" if found.rows_known else ""
        found.outcome += f"，{found.rows_bad}行要退回" if found.rows_bad else ""
    elif found.rows_bad == found.rows_total:
        found.outcome = f"一行也没有导入：{found.rows_bad}行都有问题"
    problems = services.problems_in(found)
    if dry_run or found.rows_bad == found.rows_total:
        told = f"只判断：{found.outcome}" if dry_run else found.outcome
        services.drop_table_import(import_id=found.pk, actor=member, at=now, outcome=told)
    else:
        services.accept_table_import(import_id=found.pk, actor=member)
        found = services.run_table_import(import_id=found.pk, actor=member, at=now)
        if found.state == TableImport.State.FAILED:
            raise Refused("import_failed", found.outcome)
        problems = services.problems_in(found)
    return {
        "import_id": None if dry_run else str(found.pk),
        "rows": found.rows_total,
        "taken": found.rows_taken,
        "known": found.rows_known,
        "refused": found.rows_bad,
        "outcome": found.outcome,
        "notes": found.notes,
        "mapping": found.mapping,
        "source": found.source,
        "problems": [
            {
                "line": one["number"],
                "cells": [{"title": title, "sentence": sentence} for title, sentence in one["problems"]],
            }
            for one in problems[:MOST_TOLD]
        ],
    }


def _mapping_in(file: Path | None) -> dict[str, str] | None:
    if file is None:
        return None
    try:
        read = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as fault:
        raise Refused("mapping_unreadable", f"对应关系“{file.name}”不是 JSON：{fault}") from None
    columns = read.get("columns") if isinstance(read, dict) and set(read) == {"columns"} else None
    if not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
        raise Refused("mapping_shape", f'对应关系“{file.name}”应是 {{"columns": {{"列": "字段"}}}}')
    return columns


_DAY = click.DateTime(["%Y-%m-%d"])


@exporting.command("orders", help="把看得到的订单写成 xlsx 或 csv；用途、理由和您的姓名写在文件里")
@taking_out(PURPOSE)
@click.option("--search", default="", help="订单号的一部分，产品，客户的名称或手机")
@click.option(
    "--state",
    type=click.Choice(list(STATES)),
    default=None,
    help="；".join(f"{code} {one[0]}" for code, one in STATES.items()),
)
@click.option("--since", type=_DAY, default=None, help="订单日期自，例如 2026-01-31")
@click.option("--until", type=_DAY, default=None, help="订单日期至")
@as_member
def export_orders(
    member: Member,
    taking: Taking,
    search: str,
    state: str | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    days = {name: f"{day:%Y-%m-%d}" for name, day in (("since", since), ("until", until)) if day}
    asked = OrderFilter(search.replace("\x00", ""), state or "", **days)
    with reading_orders(member, on=timezone.localdate(), right="order.export") as seen:
        rows = asked.of(seen.orders(), seen)
        sheet = Sheet(rows.count(), ORDER_COLUMNS, ORDER_WIDTHS, order_rows(seen, rows))
        made = write_export(taking, "订单", sheet, right="order.export", actor=member, at=timezone.now())
    tell_taken(taking, made, "笔")
