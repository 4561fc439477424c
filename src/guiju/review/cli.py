"""`guiju check`: review texts on the command line, without database or sign-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import click

from guiju.kernel.calendar.clock import today
from guiju.kernel.errors import Refused, reason_of
from guiju.kernel.rules.text import Verdict
from guiju.kernel.sectors import LABELS, sector_of
from guiju.review.engine import DECISIONS, SEVERITIES, review_ad
from guiju.review.texts import Text, Unusable, read_texts
from guiju.rulebook import VERSION

_STYLES = {"block": "red", "review": "yellow", "advise": "blue"}


@click.group(help="审查文本：哪里违反哪条法律，怎样改")
def check() -> None:
    pass


def _sector(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    found = sector_of(value) if value else None
    if value and found is None:
        raise click.BadParameter(f"没有“{value}”这个行业，可填：{'、'.join(LABELS.values())}")
    return found


@check.command(
    help="审查广告文案。FILES 为 txt、jsonl、csv、xlsx，“-”为标准输入。退出码：0 没有禁止项，1 有，2 输入不可用"
)
@click.argument("files", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")
@click.option("--sector", callback=_sector, metavar="行业", help=f"{'、'.join(LABELS.values())}；文件里每行自带的优先")
@click.option("--channel", help="投放渠道")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天的法律（默认今天）")
@click.option("--column", help="表格里文案所在的列")
def ads(
    files: tuple[str, ...],
    form: str,
    sector: str | None,
    channel: str | None,
    day: datetime | None,
    column: str | None,
) -> None:
    tally = _Tally(on=day.date() if day else today())
    for name in files:
        try:
            for item in _read(name, column):
                if isinstance(item, Unusable):
                    click.echo(f"{name}：{item.sentence}", err=True)
                    tally.unusable += 1
                    continue
                given = (item.sector or sector, item.channel or channel)
                verdict = review_ad(item.text, on=tally.on, sector=given[0], channel=given[1])
                tally.count(verdict)
                _print(item, verdict, form)
        except Refused as refusal:
            click.echo(refusal.sentence, err=True)
            tally.unusable += 1
    if form == "text":
        tally.print()
    sys.exit(2 if tally.unusable else 1 if tally.decisions["block"] else 0)


@dataclass
class _Tally:
    """What the last line says: how many of each, and what was not asked."""

    on: date
    decisions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DECISIONS, 0))
    asked: int = 0
    without_sector: int = 0
    unusable: int = 0

    def count(self, verdict: Verdict) -> None:
        self.decisions[verdict.decision] += 1
        self.asked = max(self.asked, verdict.asked)
        self.without_sector += bool(verdict.facts_missing)

    def print(self) -> None:
        total = sum(self.decisions.values())
        if not total:
            return
        figures = "，".join(f"{label}{self.decisions[decision]}" for decision, label in DECISIONS.items())
        click.echo(f"共{total}条：{figures}（规则 {VERSION}，截至{self.on}）", err=True)
        if not self.asked:
            click.echo(f"{self.on} 这一天没有一条规则施行，所以什么也没有审查", err=True)
        elif self.without_sector:
            click.echo(f"其中{self.without_sector}条不知道行业，行业规则没有适用：请用 --sector 指明", err=True)


def _read(name: str, column: str | None) -> Iterator[Text | Unusable]:
    if name == "-":
        return read_texts("标准输入.txt", sys.stdin.buffer.read(), column=column)
    try:
        content = Path(name).read_bytes()
    except IsADirectoryError:
        raise Refused("file_is_folder", f"{name} 是文件夹，请给出文件") from None
    except OSError as failure:
        raise Refused("file_unreadable", f"{name} 读不了：{reason_of(failure)}") from None
    return read_texts(name, content, column=column)


def _print(item: Text, verdict: Verdict, form: str) -> None:
    if form == "json":
        click.echo(json.dumps(verdict.as_answer(item.id, item.text), ensure_ascii=False))
        return
    if not verdict.findings:
        return
    click.echo(f"{click.style(str(item.id), dim=True)} {_marked(item.text, verdict)}")
    for finding in verdict.findings:
        label = click.style(SEVERITIES[finding.severity], fg=_STYLES[finding.severity])
        place = f"“{finding.excerpt}”" if finding.excerpt else "（缺少内容）"
        click.echo(f"   {label} {place}：{finding.message}")
        if finding.law:
            click.echo(f"      《{finding.law}》{finding.article}「{finding.quote}」")
        click.echo(f"      {finding.suggestion}")
    click.echo()


def _marked(text: str, verdict: Verdict) -> str:
    """The text with the offending words in colour; overlapping ones are joined."""
    shown, at = "", 0
    for finding in verdict.findings:
        if finding.end > max(at, finding.start):
            start = max(at, finding.start)
            shown += text[at:start] + click.style(
                text[start : finding.end], fg=_STYLES[finding.severity], underline=True
            )
            at = finding.end
    return shown + text[at:]
