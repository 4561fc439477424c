"""`guiju check`: review texts on the command line, without database or sign-in."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from guiju.kernel.calendar.clock import today
from guiju.kernel.errors import Refused
from guiju.kernel.rules.text import Verdict
from guiju.review.engine import DECISIONS, SECTORS, SEVERITIES, review_ad
from guiju.review.texts import Text, Unusable, read_texts
from guiju.rulebook import VERSION

_STYLES = {"block": "red", "review": "yellow", "advise": "blue"}


@click.group(help="审查文本：哪里违反哪条法律，怎样改")
def check() -> None:
    pass


@check.command(
    help="审查广告文案。FILES 为 txt、jsonl、csv、xlsx，“-”为标准输入。退出码：0 没有禁止项，1 有，2 输入不可用"
)
@click.argument("files", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")
@click.option("--sector", type=click.Choice(sorted(SECTORS)), help="行业；文件里每行自带的优先")
@click.option("--channel", help="投放渠道")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天的法律（默认今天）")
@click.option("--column", help="表格里文案所在的列")
def ads(files: tuple[str, ...], form: str, sector: str | None, channel: str | None, day, column: str | None) -> None:  # type: ignore[no-untyped-def]
    on = day.date() if day else today()
    counts = dict.fromkeys(DECISIONS, 0)
    is_unusable = False
    for name in files:
        try:
            for item in _read(name, column):
                if isinstance(item, Unusable):
                    click.echo(f"{name}：{item.sentence}", err=True)
                    is_unusable = True
                    continue
                verdict = review_ad(item.text, on=on, sector=item.sector or sector, channel=item.channel or channel)
                counts[verdict.decision] += 1
                _print(item, verdict, form)
        except Refused as refusal:
            click.echo(refusal.sentence, err=True)
            is_unusable = True
    if form == "text":
        total = sum(counts.values())
        figures = "，".join(f"{label}{counts[decision]}" for decision, label in DECISIONS.items())
        click.echo(f"共{total}条：{figures}（规则 {VERSION}，截至{on}）", err=True)
    sys.exit(2 if is_unusable else 1 if counts["block"] else 0)


def _read(name: str, column: str | None) -> Iterator[Text | Unusable]:
    if name == "-":
        return read_texts("标准输入.txt", sys.stdin.buffer.read(), column=column)
    try:
        content = Path(name).read_bytes()
    except IsADirectoryError:
        raise Refused("file_is_folder", f"{name} 是文件夹，请给出文件") from None
    except OSError as failure:
        raise Refused("file_unreadable", f"{name} 读不了：{failure.strerror}") from None
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
