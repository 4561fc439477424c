"""`guiju check ads|clauses|fields`: files in, verdicts out, broken rows told and passed over."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from guiju.kernel.calendar.clock import today
from guiju.kernel.contract_types import LABELS as CONTRACT_LABELS
from guiju.kernel.contract_types import contract_type_of
from guiju.kernel.errors import Refused, reason_of
from guiju.kernel.rules.columns import ColumnVerdict
from guiju.kernel.rules.model import Occasion
from guiju.kernel.rules.text import Verdict
from guiju.kernel.sectors import LABELS, sector_of
from guiju.review.cli.output import writer_to
from guiju.review.cli.writers import Writer
from guiju.review.columns import Item, database_columns, read_columns
from guiju.review.engine import classify_column, review_ad, review_clause
from guiju.review.texts import Reading, Text, Unusable, read_texts
from guiju.rulebook import LATEST, VERSION
from guiju.rulebook.labels import CHANNELS, DECISIONS

_EXIT = "退出码：0 没有禁止项，1 有，2 有用不了的输入"


@click.group(help="审查广告文案、合同条款、数据字段：哪里违反哪条法律，怎样改")
def check() -> None:
    pass


def _sector(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    found = sector_of(value) if value else None
    if value and found is None:
        raise click.BadParameter(f"没有“{value}”这个行业，可填：{'、'.join(LABELS.values())}")
    return found


def _contract_type(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    found = contract_type_of(value) if value else None
    if value and found is None:
        raise click.BadParameter(f"没有“{value}”这种合同，可填：{'、'.join(CONTRACT_LABELS.values())}")
    return found


def _day(context: click.Context, option: click.Parameter, value: datetime | None) -> date:
    return value.date() if value else today()


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    """The options that all three kinds of review have."""
    for option in (
        click.option("--column", help="表格里文字（字段名）所在的列，JSON 里的键"),
        click.option(
            "--date", "on", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="按哪一天的法律（默认今天）"
        ),
        click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件"),
        click.option("--format", "form", type=click.Choice(["text", "json", "xlsx"]), default="text", help="输出格式"),
    ):
        command = option(command)
    return command


@check.command(help=f"审查广告文案。FILES 为 txt（一行一条）、csv、xlsx、docx、jsonl，“-”为标准输入。{_EXIT}")
@click.argument("files", nargs=-1, required=True)
@click.option("--sector", callback=_sector, metavar="行业", help=f"{'、'.join(LABELS.values())}；文件里每行自带的优先")
@click.option("--channel", type=click.Choice(list(CHANNELS)), help="投放渠道：" + "、".join(CHANNELS.values()))
@_shared
def ads(
    files: tuple[str, ...],
    sector: str | None,
    channel: str | None,
    form: str,
    output: Path | None,
    on: date,
    column: str | None,
) -> None:
    reading = Reading(column, Occasion(sector, channel))
    _review_texts(files, reading, review_ad, wanted=("sector", "channel"), on=on, form=form, output=output)


@check.command(
    help="审查合同条款。txt、docx 不给 --type 时一行（一段）是一条；给了就当作一份完整的合同，还查必备条款，"
    f"除非写 --part。表格一行一条，“-”为标准输入。{_EXIT}"
)
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--type", "kind", callback=_contract_type, metavar="类型", help=f"合同类型：{'、'.join(CONTRACT_LABELS.values())}"
)
@click.option("--part", is_flag=True, help="只是条款片段，不查必备条款")
@_shared
def clauses(
    files: tuple[str, ...],
    kind: str | None,
    part: bool,
    form: str,
    output: Path | None,
    on: date,
    column: str | None,
) -> None:
    reading = Reading(column, Occasion(contract_type=kind, is_whole=not part), as_one=bool(kind) and not part)
    _review_texts(
        files, reading, review_clause, wanted=() if part else ("contract_type",), on=on, form=form, output=output
    )


@check.command(
    help="给字段分类：哪些是个人信息，哪些敏感。FILES 为表格（表头是字段，单元格是值；或者是数据字典）、"
    f"jsonl（column、comment、table、values）、txt（一行一个字段名），“-”为标准输入。{_EXIT}"
)
@click.argument("files", nargs=-1)
@click.option("--database", metavar="URL", help="一个 PostgreSQL 数据库：读字段、注释和少量值，不写任何东西")
@_shared
def fields(
    files: tuple[str, ...], database: str | None, form: str, output: Path | None, on: date, column: str | None
) -> None:
    if bool(files) == bool(database):
        raise click.UsageError("给出文件，或者用 --database 给出数据库，二者取一")
    tally = _ColumnTally(on)
    with writer_to(output, form=form, made_from=files) as writer:
        if database:
            _each_column(database_columns(database), "数据库", writer, tally)
        for name in files:
            with _told(tally), _opened(name) as (stream, shown):
                _each_column(read_columns(shown, stream, column=column), name, writer, tally)
    if form == "text":
        tally.print()
    sys.exit(2 if tally.unusable else 0)


def _each_column(items: Iterable[Item | Unusable], name: str, writer: Writer, tally: _ColumnTally) -> None:
    with _told(tally):
        for item in items:
            if isinstance(item, Unusable):
                click.echo(f"{name}：{item.sentence}", err=True)
                tally.unusable += 1
                continue
            verdict = classify_column(item.column, on=tally.on)
            tally.count(verdict)
            writer.column(item, verdict)


def _review_texts(
    files: tuple[str, ...],
    reading: Reading,
    judge: Callable[..., Verdict],
    *,
    wanted: Sequence[str],
    on: date,
    form: str,
    output: Path | None,
) -> None:
    tally = _Tally(on)
    with writer_to(output, form=form, made_from=files) as writer:
        for name in files:
            with _told(tally), _opened(name) as (stream, shown):
                for item in _watched(read_texts(shown, stream, reading), stream):
                    if isinstance(item, Unusable):
                        click.echo(f"{name}：{item.sentence}", err=True)
                        tally.unusable += 1
                        continue
                    verdict = judge(item.text, on=on, occasion=item.occasion)
                    tally.count(verdict, item.occasion, wanted)
                    writer.text(item, verdict)
    if form == "text":
        tally.print()
    sys.exit(2 if tally.unusable else 1 if tally.decisions["block"] else 0)


_LACKING = {
    "sector": "行业，行业规则没有适用：可用 --sector 指明",
    "channel": "渠道，没有查广告标识、退订等：可用 --channel 指明",
    "contract_type": "合同类型，没有查必备条款：可用 --type 指明",
}


@dataclass
class _Tally:
    """What the last line says: how many of each, and what was not asked."""

    on: date
    decisions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DECISIONS, 0))
    asked: int = 0
    lacking: dict[str, int] = field(default_factory=dict)
    unusable: int = 0

    def count(self, verdict: Verdict, occasion: Occasion, wanted: Sequence[str]) -> None:
        self.decisions[verdict.decision] += 1
        self.asked = max(self.asked, verdict.asked)
        for name in wanted if verdict.facts_missing else ():
            if getattr(occasion, name) is None:
                self.lacking[name] = self.lacking.get(name, 0) + 1

    def print(self) -> None:
        total = sum(self.decisions.values())
        if not total:
            return
        figures = "，".join(f"{label}{self.decisions[decision]}" for decision, label in DECISIONS.items())
        click.echo(f"共{total}条：{figures}（规则 {VERSION}，截至{LATEST}，按{self.on}的法律）", err=True)
        if not self.asked:
            click.echo(f"{self.on} 这一天没有一条规则施行，所以什么也没有审查", err=True)
        for name, count in self.lacking.items() if self.asked else ():
            click.echo(f"其中{count}条不知道{_LACKING[name]}", err=True)


@dataclass
class _ColumnTally:
    on: date
    total: int = 0
    personal: int = 0
    sensitive: int = 0
    lacking: int = 0
    unusable: int = 0

    def count(self, verdict: ColumnVerdict) -> None:
        self.total += 1
        self.personal += verdict.personal
        self.sensitive += verdict.sensitive
        self.lacking += bool(verdict.facts_missing)

    def print(self) -> None:
        if self.total:
            click.echo(
                f"共{self.total}个字段：个人信息{self.personal}，其中敏感{self.sensitive}"
                f"（规则 {VERSION}，截至{LATEST}，按{self.on}的法律）",
                err=True,
            )
        if self.lacking:
            click.echo(f"其中{self.lacking}个字段没有值可看，不知道里面有没有不满十四周岁的人", err=True)


@contextmanager
def _told(tally: Any) -> Iterator[None]:
    """A file that can't be used is told in its sentence, and the next one goes on."""
    try:
        yield
    except Refused as refusal:
        click.echo(refusal.sentence, err=True)
        tally.unusable += 1


@contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, str]]:
    """A stream that can be rewound, and the name it goes by."""
    if name == "-":
        with tempfile.SpooledTemporaryFile(max_size=64 << 20) as spooled:
            shutil.copyfileobj(sys.stdin.buffer, spooled)
            spooled.seek(0)
            yield spooled, f"标准输入.{_kind_of_stdin(spooled)}"  # type: ignore[misc]
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 -- closed below
    except IsADirectoryError:
        raise Refused("file_is_folder", f"{name} 是文件夹，请给出文件") from None
    except OSError as failure:
        raise Refused("file_unreadable", f"{name} 读不了：{reason_of(failure)}") from None
    with stream:
        yield stream, name


def _kind_of_stdin(stream: Any) -> str:
    """Standard input has no name: JSON lines are known by their first brace."""
    first = stream.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")
    stream.seek(0)
    return "jsonl" if first.startswith(b'{"') else "txt"


def _watched(items: Iterator[Text | Unusable], stream: BinaryIO) -> Iterator[Text | Unusable]:
    """With a progress bar where a long run has a terminal to show it on and prints elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    with click.progressbar(length=size, label="审查", file=sys.stderr, show_pos=False) as bar:
        done = 0
        for number, item in enumerate(items):
            yield item
            if number % 500 == 0 and not stream.closed and (at := stream.tell()) > done:
                bar.update(at - done)
                done = at
        bar.update(size - done)
