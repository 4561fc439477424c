"""`guiju evidence …`: on the server itself, with the account of the operating system."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import psycopg
from django.utils import timezone

from guiju.cli.output import FORMAT, print_json
from guiju.evidence.bundles import Bundle, bundle_file
from guiju.evidence.installation import folder, kept_checkpoints, log_key, verifier_conninfo
from guiju.evidence.registry import COMMITTED, EXCLUDED
from guiju.evidence.selectors.anchors import anchoring
from guiju.evidence.services.anchoring import anchor_checkpoints
from guiju.evidence.verification.findings import Report
from guiju.evidence.verification.run import verify as verify_all
from guiju.evidence.verification.state import state
from guiju.kernel.errors import Missing, Refused, reason_of
from guiju.kernel.evidence.note import BadNote, parse_checkpoint
from guiju.keys.masters import masters
from guiju.keys.ring import keyring

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help="存证")
def evidence() -> None:
    pass


@contextmanager
def _reading() -> Iterator[psycopg.Connection[Any]]:
    with state(verifier_conninfo()) as (connection, _):
        yield connection


@evidence.command("verify", help="核对日志和各表：发现绕过程序的改动，逐行逐字段指出；没有发现时退出码为 0，否则为 1")
@click.option("--since", "since", help="只核对这个检查点之后的日志：条数，或检查点的文件")
@click.option("--witness", "witnesses", type=_FILE, multiple=True, help="留在外面的检查点文件，可以给几次")
@FORMAT
def verify(since: str | None, witnesses: tuple[Path, ...], form: str) -> None:
    key = log_key()
    outside, foreign = kept_checkpoints(key, *witnesses)
    if foreign:
        raise Refused(
            "witness_foreign", f"{foreign[0]} 不是这套日志签名的检查点：请核对文件，或签名密钥换过", field="witness"
        )
    size = _size_of(since)
    try:
        report = verify_all(verifier_conninfo(), key=key, known=masters(), outside=outside, since=size)
    except ValueError:
        raise Missing("no_such_leaf", f"日志没有 {size} 条：--since 请给出已有的检查点", field="since") from None
    if form == "json":
        print_json(report.as_json())
    else:
        for line in report_lines(report):
            click.echo(line)
    sys.exit(0 if report.ok else 1)


def _size_of(since: str | None) -> int:
    if since is None:
        return 0
    if since.isascii() and since.isdigit():
        return int(since)
    try:
        return parse_checkpoint(Path(since).read_text("utf-8")).size
    except (OSError, UnicodeDecodeError, BadNote):
        raise Refused("since_shape", "--since 应为条数，或检查点的文件", field="since") from None


def report_lines(report: Report) -> Iterator[str]:
    """The report for people, the verdict first."""
    if report.findings:
        more = report.more
        yield f"发现 {len(report.findings) + more} 处与存证不符" + (
            f"（列出前 {len(report.findings)} 处）" if more else ""
        )
    else:
        yield "没有发现改动" if report.has_keys else "日志没有发现改动；各表没有核对"
    yield f"日志 {report.size} 条（核对 {report.leaves} 条），记录 {report.records} 份"
    if report.erased:
        yield f"已依法删除 {report.erased} 项内容，都有销毁登记"
    for found in report.findings:
        place = f"{found.table} {found.pk or ''}".strip()
        span = f"（在检查点 {found.since} 条之后）" if found.since else ""
        yield f"✗ {found.message}{span}　[{found.kind}　{place}{'.' + found.field if found.field else ''}]"
    for unchecked in report.unchecked:
        yield f"· {unchecked.why}"


@evidence.command("subjects", help="存证范围：哪些表的哪些列进日志，哪些不进、为什么")
@FORMAT
def subjects(form: str) -> None:
    committed = [
        {
            "table": one.model._meta.db_table,
            "key": "id",
            "schema": one.schema,
            "columns": {
                field.column: _standing(one.derived, one.excluded, field.attname)
                for field in one.model._meta.concrete_fields
            },
        }
        for one in sorted(COMMITTED.values(), key=lambda one: one.model._meta.db_table)
    ]
    excluded = [{"table": table, "why": why} for table, why in sorted(EXCLUDED.items())]
    if form == "json":
        print_json({"committed": committed, "excluded": excluded})
        return
    for table in committed:
        columns: dict[str, dict[str, str]] = table["columns"]  # type: ignore[assignment]
        click.echo(
            f"{table['table']}：" + "、".join(name for name, said in columns.items() if said["is"] == "committed")
        )
        for name, said in columns.items():
            if said["is"] != "committed":
                click.echo(f"  不进日志：{name}（{said['why']}）")
    for one in excluded:
        click.echo(f"不进日志：{one['table']}（{one['why']}）")


def _standing(derived: Any, excluded: Any, code: str) -> dict[str, str]:
    if code in derived:
        return {"is": "derived", "why": derived[code]}
    if code in excluded:
        return {"is": "excluded", "why": excluded[code]}
    return {"is": "committed"}


@evidence.command("checkpoint", help="最新的签名检查点；--out 存成文件，交给外面的人保管")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写入这个文件")
@FORMAT
def checkpoint(out: Path | None, form: str) -> None:
    with _reading() as connection:
        row = connection.execute(
            "SELECT size, root, at, note FROM evidence_checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        key = connection.execute("SELECT key FROM evidence_logkey ORDER BY since LIMIT 1").fetchone()
    if row is None or key is None:
        raise Missing("no_checkpoint", "还没有签发过检查点：请稍候几秒再试")
    if out is not None:
        _write(out, row[3].encode())
    if form == "json":
        print_json({"size": row[0], "root": row[1].hex(), "at": row[2], "note": row[3], "key": key[0]})
    elif out is None:
        click.echo(row[3], nl=False)
        click.echo(f"公钥：{key[0]}", err=True)


@evidence.command("prove", help="一条记录的全部版本及其证明（JSON）：verify.py 可以核对")
@click.option("--type", "subject_type", required=True, help="记录的种类，如 organisations.entity")
@click.option("--id", "subject_id", type=click.UUID, required=True, help="记录的 id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写入这个文件")
def prove(subject_type: str, subject_id: UUID, out: Path | None) -> None:
    with _reading() as connection:
        bundle = Bundle(connection, keyring())
        bundle.add_record(subject_type, subject_id)
        content = json.dumps(bundle.content(at=timezone.now()), ensure_ascii=False, indent=1)
    if out is None:
        click.echo(content)
    else:
        _write(out, content.encode())


@evidence.command("export", help="存证包（zip）：一家公司的记录、证明和核对程序，一条不少")
@click.option("--company", type=click.UUID, required=True, help="公司的 id")
@click.option("--type", "kinds", multiple=True, help="只要这些种类，可以给几次；不给就是全部")
@click.option("--tiles", is_flag=True, help="连同整个日志的摘要（每条 32 字节）")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写入这个文件")
def export(company: UUID, kinds: tuple[str, ...], tiles: bool, out: Path) -> None:
    known = {one.subject_type for one in COMMITTED.values()}
    if unknown := set(kinds) - known:
        raise Missing("kind_unknown", f"没有“{min(unknown)}”这种记录：guiju evidence subjects 列出全部", field="type")
    with _reading() as connection:
        bundle = Bundle(connection, keyring())
        for kind in sorted(kinds or known):
            bundle.add_stream(company, kind)
        if not bundle.versions:
            raise Missing("nothing_to_export", "这家公司没有这些种类的记录，或还没有排位", field="company")
        content = bundle.content(at=timezone.now(), with_tiles=tiles)
    _write(out, bundle_file(content))
    click.echo(f"已写入 {out}：{len(content['records'])} 个版本，{len(content['entries'])} 个条目", err=True)


@evidence.command("anchor", help="把最新的检查点送到 anchors.toml 里的时间戳机构和区块链；有没送到的退出码为 1")
@FORMAT
def anchor(form: str) -> None:
    tried = anchor_checkpoints(folder(), at=timezone.now(), at_once=True)
    standing = anchoring(folder())
    if not standing.targets:
        raise Missing("no_targets", "没有设置：请在数据文件夹里写 anchors.toml（见 docs/存证.md），或登记一个见证")
    if form == "json":
        print_json(
            [
                {
                    "label": one.label,
                    "covered": one.open_from,
                    "size": one.newest,
                    "trouble": one.waiting.trouble if one.waiting else "",
                }
                for one in standing.targets
            ]
        )
    else:
        for one in standing.targets:
            waits = f"：{one.waiting.trouble}" if one.waiting else ""
            click.echo(f"{one.label}：到第 {one.open_from} 条，还差 {one.open_count} 条{waits}")
    sys.exit(0 if all(receipt.done_at for receipt in tried) else 1)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as failure:
        raise Refused("file_unwritable", f"{path} 写不了：{reason_of(failure)}", field="out") from failure
