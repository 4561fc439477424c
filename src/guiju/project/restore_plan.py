"""What a restore would do, and everything that stands in its way (恢复之前), before anybody types a sheet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from guiju.backups.layout import Full
from guiju.backups.restoring import Plan, Unlocked, choose, require_restorable, shown, unlock_with
from guiju.backups.standing import SILENT_AFTER, bucket_settings, target_at
from guiju.backups.taking import fulls_in, newest_moment
from guiju.backups.target import Target
from guiju.kernel.crypto.recovery import recipient_of
from guiju.kernel.crypto.shares import SET_NUMBERS, Share, read, rebuild, set_name_of
from guiju.kernel.errors import Refused, reason_of
from guiju.project.folder import RESTORING

SHORTEST_REASON, LONGEST_REASON = 4, 200

LIST = "restoring.json"
"""In the work folder: what there will be."""


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for. `old_is_gone`: they know that the installation that wrote the backup has ended."""

    where: str
    path: Path
    until: datetime | None = None
    without_replay: str = ""
    old_is_gone: bool = False


@dataclass(frozen=True)
class Prospect:
    """What would be restored. `newest` is the plan from which later decisions are read, or why there is none."""

    wanted: Wanted
    target: Target
    plan: Plan
    newest: Plan | None = None
    trouble: str = ""
    following: Full | None = None
    """The next full backup of the same line: it knows of keys that were made after ours."""

    @property
    def is_earlier(self) -> bool:
        return self.wanted.until is not None

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.wanted.where,
            "to": str(self.wanted.path),
            "until": self.wanted.until,
            "moment": self.plan.moment,
            "full": self.plan.full.finished_at,
            "bytes": self.plan.full.cluster_bytes,
            "segments": len(self.plan.stretch.segments),
            "sheets": sheet_set_of(self.plan.full),
            "replays_until": self.newest.moment if self.newest else None,
            "trouble": self.trouble,
        }


def sheet_set_of(full: Full) -> str:
    """The three letters on the sheets that open a backup."""
    return set_name_of(int(full.recipient, 16) % SET_NUMBERS)


@dataclass(frozen=True)
class Sheets:
    """Sheets that were typed, of one set or of several."""

    shares: Sequence[Share]

    def opening(self, full: Full) -> Unlocked:
        """What opens a backup; raises `Refused` for sheets of another one."""
        sets = {share.set_number for share in self.shares}
        for one in sets if len(sets) > 1 else ():
            of_set = [share for share in self.shares if share.set_number == one]
            if len(of_set) > 1 and recipient_of(rebuild(of_set)).name == full.recipient:
                return unlock_with(full, rebuild(of_set))
        return unlock_with(full, rebuild(self.shares))


def sheets_in_text(text: str) -> Sheets:
    """Sheets out of a file: each a paragraph, or one line, or three; raises `Refused` and says which one is wrong."""
    found = [part for part in text.replace(",", "\n\n").split("\n\n") if part.strip()]
    if len(found) == 1:
        lines = [line for line in found[0].splitlines() if line.strip()]
        size = 1 if len(lines) < 6 else 3
        found = ["\n".join(lines[start : start + size]) for start in range(0, len(lines), size)]
    shares = []
    for number, part in enumerate(found, 1):
        try:
            shares.append(read(part))
        except Refused as refusal:
            raise Refused(refusal.code, f"第{number}张：{refusal.sentence}") from None
    return Sheets(shares)


def look_ahead(wanted: Wanted, *, at: datetime) -> Prospect:
    """What would be restored, and everything that stands in the way, before anybody types a sheet."""
    if wanted.without_replay and wanted.until is None:
        raise Refused("nothing_to_replay", "恢复到最新不用重放：--without-replay 只和 --to 一起用")
    if wanted.without_replay and not SHORTEST_REASON <= len(wanted.without_replay) <= LONGEST_REASON:
        raise Refused("reason_empty", f"请在 --without-replay 后面写明原因，{SHORTEST_REASON}到{LONGEST_REASON}个字")
    require_empty(wanted.path)
    target = target_at(wanted.where, bucket_settings() if wanted.where.startswith("s3://") else {})
    newest = newest_moment(target)
    if newest is not None and wanted.until is not None and newest < wanted.until <= at:
        raise Refused("until_too_late", f"最新只能恢复到 {shown(newest)}：要最新的，不写 --to")
    plan = choose(target, until=wanted.until, at=at)
    if newest is not None and at - newest < SILENT_AFTER and not wanted.old_is_gone:
        raise Refused(
            "still_running",
            f"备份 {max(0, round((at - newest).total_seconds()))} 秒前还在写：原来的安装可能还在运行，请先结束它，"
            f"到 {shown(newest + SILENT_AFTER)} 以后再恢复；确知它已经没有了，加 --old-is-gone",
        )
    require_restorable(plan, _existing(wanted.path))
    prospect = Prospect(wanted, target, plan, plan, following=_following(target, plan.full))
    if wanted.until is None:
        return prospect
    try:
        return replace(prospect, newest=choose(target, at=at))
    except Refused as refusal:
        return replace(prospect, newest=None, trouble=unread(refusal, wanted))


def _following(target: Target, full: Full) -> Full | None:
    later = [one for one in fulls_in(target) if one.line == full.line and one.finished > full.finished]
    return later[0] if later else None


def unread(refusal: Refused, wanted: Wanted) -> str:
    """Why later decisions can't be done again; raises `Refused` unless that was accepted with a reason."""
    if wanted.without_replay:
        return refusal.sentence
    raise Refused(
        "replay_unreadable",
        f"读不到最新的备份（{refusal.sentence}），此后的删除、撤回和拒收不能重放，"
        "已经依法删除的会重新出现：仍要恢复，请加 --without-replay 写明原因",
    )


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def require_empty(path: Path) -> None:
    """Raise `Refused` for a destination with something in it; what a killed restore left there is none."""
    if path.exists() and not path.is_dir():
        raise Refused("not_a_folder", f"{path} 不是文件夹")
    try:
        found = {entry.name for entry in path.iterdir()} if path.exists() else set()
    except OSError as failure:
        raise Refused("folder_rights", f"{path} 用不了：{reason_of(failure)}") from None
    if not found - {"lock"}:
        return
    if "instance.json" in found:
        raise Refused("not_empty", f"{path} 里已有一套安装：请用 --data 指定一个空文件夹")
    if RESTORING not in found or found - ours(path):
        raise Refused("not_empty", f"{path} 里有别的文件：请用 --data 指定一个空文件夹")


def ours(path: Path) -> set[str]:
    """What a restore puts into a data folder, in whatever order it was ended."""
    with suppress(OSError, ValueError):
        return {"lock", RESTORING, *json.loads((path / RESTORING / LIST).read_text("utf-8"))}
    return {"lock", RESTORING}
