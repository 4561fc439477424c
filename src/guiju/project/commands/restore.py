"""`guiju backup restore`: one command on an empty machine."""

from __future__ import annotations

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from guiju.backups.restoring import shown
from guiju.cli.output import FORMAT, print_json
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.crypto.shares import Share, read
from guiju.kernel.errors import Refused, reason_of
from guiju.project.commands.folder_option import DATA
from guiju.project.folder import default_folder
from guiju.project.restore import Done, carry_through
from guiju.project.restore_plan import Prospect, Sheets, Wanted, look_ahead, sheet_set_of, sheets_in_text

_LINES = (
    ("privacy.withdrawals", "撤回同意", "项"),
    ("archives.disposals", "销毁", "项"),
    ("privacy.refusals", "拒收", "个"),
    ("privacy.frozen", "仅存储", "人"),
    ("notifications.sent", "已发出的通知", "条"),
    ("notifications.digested", "已在每日摘要里的通知", "条"),
)


@click.command("restore", help="在空机器上从备份恢复：要两张备份恢复单；恢复后用 guiju up 启动")
@click.argument("where", metavar="位置")
@DATA
@click.option("--to", "until", help="恢复到这个时刻（中国时间），如 2026-11-29 16:00；不写就是最新")
@click.option("--sheets", "file", type=click.Path(path_type=Path), help="从文件读恢复单（- 为标准输入），不逐张询问")
@click.option("--check", "is_check", is_flag=True, help="只说明会恢复什么、到什么时刻、有什么妨碍，不动手")
@click.option("--without-replay", default="", help="最新的备份读不到时仍恢复到过去的时刻：写明原因，会留下记录")
@click.option("--old-is-gone", is_flag=True, help="确知原来的安装已经不在运行")
@FORMAT
def restore_backup(
    where: str,
    data: Path | None,
    until: str | None,
    file: Path | None,
    is_check: bool,
    without_replay: str,
    old_is_gone: bool,
    form: str,
) -> None:
    path = (data or default_folder(demo=False)).absolute()
    moment = moment_in(until) if until is not None else None
    wanted = Wanted(where, path, moment, " ".join(without_replay.split()), old_is_gone)
    prospect = look_ahead(wanted, at=datetime.now(UTC))
    if is_check:
        given = _given(file)
        if given is not None:
            given.opening(prospect.plan.full)
        if form == "json":
            print_json({**prospect.as_json(), "sheets_fit": given is not None})
        else:
            _tell_prospect(prospect, has_sheets=given is not None)
        return
    sheets = _given(file) or _asked(prospect)
    meter = _Meter()
    done = carry_through(prospect, sheets, account=getpass.getuser(), say=meter.say, count=meter.count)
    meter.end()
    if form == "json":
        print_json(done.as_json())
    else:
        _tell_done(done)


def moment_in(text: str) -> datetime:
    """A moment as people write it, in China's time unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-11-29"):
            raise ValueError("a day is no moment")
        return (found if found.tzinfo else found.replace(tzinfo=CHINA)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("moment_shape", "--to 应像 2026-11-29 16:00 或 2026-11-29 16:00:00（中国时间）") from None


def _given(file: Path | None) -> Sheets | None:
    """Sheets that nobody has to type; never options: what stands in a command line, every program can read."""
    if file is None:
        given = os.environ.get("GUIJU_SHEETS")
        return sheets_in_text(given) if given else None
    try:
        return sheets_in_text(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as failure:
        reason = reason_of(failure) if isinstance(failure, OSError) else "不是文本"
        raise Refused("sheets_unread", f"恢复单的文件 {file} 读不了：{reason}") from None


def _asked(prospect: Prospect) -> Sheets:
    """Two sheets for each set that is needed; one with a mistake is asked for again."""
    fulls = [prospect.plan.full, *([prospect.newest.full] if prospect.newest else [])]
    shares: list[Share] = []
    for name in dict.fromkeys(sheet_set_of(full) for full in fulls):
        click.echo(f"请输入套号 {name} 的备份恢复单，三张里的任意两张，每张一行输完", err=True)
        for number in (1, 2):
            shares.append(_typed(number))
    return Sheets(shares)


def _typed(number: int) -> Share:
    while True:
        text = click.prompt(f"第{number}张", err=True)
        try:
            return read(text)
        except Refused as refusal:
            if not sys.stdin.isatty():
                raise Refused(refusal.code, f"第{number}张：{refusal.sentence}") from None
            click.echo(refusal.sentence, err=True)


def _tell_prospect(prospect: Prospect, *, has_sheets: bool) -> None:
    plan = prospect.plan
    click.echo(f"会把 {prospect.wanted.where} 的备份恢复到 {prospect.wanted.path}")
    click.echo(
        f"  数据到　　{shown(plan.moment)}（全量 {shown(plan.full.finished_at)}，其后日志 {len(plan.stretch.segments)} 段）"
    )
    click.echo(f"  大小　　　约 {max(1, plan.full.cluster_bytes >> 20)} MB")
    fit = "，给出的打得开" if has_sheets else ""
    click.echo(f"  恢复单　　套号 {sheet_set_of(plan.full)}，任意两张{fit}")
    if prospect.trouble:
        click.echo(f"  不能重放　{prospect.trouble}")
    elif prospect.is_earlier and prospect.newest:
        click.echo(f"  会重放　　此后至 {shown(prospect.newest.moment)} 的删除、撤回、拒收，已发出的通知不再发")


def _tell_done(done: Done) -> None:
    prospect, settled = done.prospect, done.settled
    click.echo(f"已恢复到 {shown(prospect.plan.moment)}，用时 {done.seconds:.0f} 秒：{prospect.wanted.path}")
    if done.trouble:
        click.echo(f"此后的删除、撤回和拒收没有重放：{done.trouble}")
    elif prospect.is_earlier:
        counts = settled.get("replayed", {})
        said = "、".join(f"{label} {counts[code]} {unit}" for code, label, unit in _LINES if counts.get(code))
        click.echo(f"重放了此后的：{said or '没有要重放的'}")
    if settled.get("uncertain"):
        click.echo(f"{settled['uncertain']} 条待发的通知标为“不确定”：请在“通知 → 发出的通知”里认定")
    click.echo("会话都已结束，访问令牌和激活链接作废：请重新登录")
    if done.goes_on_at:
        click.echo(f"备份接着写到 {done.goes_on_at}（另开一条线，先做全量）；换地方用 guiju backup target")
    click.echo(f"现在可以启动：guiju up --data '{prospect.wanted.path}'")


class _Meter:
    """Sentences on standard error, and on a terminal how far the present step is."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._sentence = ""
        self._told = -1

    def say(self, sentence: str) -> None:
        self.end()
        self._sentence, self._told = sentence, -1
        click.echo(sentence, err=True, nl=not self._is_terminal)

    def count(self, done: int, of: int) -> None:
        percent = min(100, 100 * done // of) if of else 100
        if self._is_terminal and percent != self._told:
            self._told = percent
            click.echo(f"\r{self._sentence}　{percent}%", err=True, nl=False)

    def end(self) -> None:
        if self._is_terminal and self._sentence:
            click.echo(err=True)
        self._sentence = ""
