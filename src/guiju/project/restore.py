"""From a backup to a data folder that starts (恢复): what `guiju backup restore` does.

All is made beside what a start looks for, and put there in the end: the cluster, then the small files, and
`instance.json` last of all. A folder without it starts nothing, so that an end in between leaves nothing half.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from guiju.backups.layout import Full
from guiju.backups.restoring import (
    MAKING,
    Plan,
    Unlocked,
    choose,
    forget_unfinished,
    require_restorable,
    restore,
    shown,
    unlock_with,
)
from guiju.backups.standing import SILENT_AFTER, bucket_settings, read_decided, target_at
from guiju.backups.taking import fulls_in, newest_moment
from guiju.backups.target import Target
from guiju.database.embedded import EmbeddedServer, Place, place_for, private
from guiju.database.provision import Database, provision
from guiju.kernel.crypto.recovery import recipient_of
from guiju.kernel.crypto.shares import SET_NUMBERS, Share, read, rebuild, set_name_of
from guiju.kernel.errors import Refused, reason_of
from guiju.project.folder import RESTORING, DataFolder
from guiju.project.replay import EXPECTED, told_of
from guiju.project.supervisor import python

DATABASE_NAME = "guiju"
SHORTEST_REASON, LONGEST_REASON = 4, 200
OVERLAP = timedelta(days=1)
"""Work that began before the moment may have been committed after it: so much more is carried over, and done once."""

_RESTORED, _NEWEST = "postgres.restored", "postgres.newest"
_TOKEN = "guiju-restored"  # noqa: S105 -- a file that says for which folder a cluster was restored


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


@dataclass(frozen=True)
class Done:
    """What came of it."""

    prospect: Prospect
    seconds: float
    goes_on_at: str
    settled: dict[str, Any] = field(default_factory=dict)
    trouble: str = ""

    def as_json(self) -> dict[str, Any]:
        known = {**self.prospect.as_json(), "seconds": round(self.seconds), "backups_go_to": self.goes_on_at}
        return {**known, **self.settled, "trouble": self.trouble}


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
        return replace(prospect, newest=None, trouble=_unread(refusal, wanted))


def _following(target: Target, full: Full) -> Full | None:
    later = [one for one in fulls_in(target) if one.line == full.line and one.finished > full.finished]
    return later[0] if later else None


def _unread(refusal: Refused, wanted: Wanted) -> str:
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
    if RESTORING not in found or found - _ours(path):
        raise Refused("not_empty", f"{path} 里有别的文件：请用 --data 指定一个空文件夹")


def _ours(path: Path) -> set[str]:
    """What a restore puts into a data folder, in whatever order it was ended."""
    with suppress(OSError, ValueError):
        return {"lock", RESTORING, *json.loads((path / RESTORING / _LIST).read_text("utf-8"))}
    return {"lock", RESTORING}


_LIST = "restoring.json"
"""Under the work folder: what there will be."""

Say = Callable[[str], None]
Count = Callable[[int, int], None]


def carry_through(prospect: Prospect, sheets: Sheets, *, account: str, say: Say, count: Count) -> Done:
    """Restore into the empty folder; raises `Refused` and leaves nothing that starts."""
    began_at = datetime.now(UTC)
    path = prospect.wanted.path
    unlocked = _with_later_keys(sheets, prospect)
    if prospect.is_earlier and prospect.newest is not None:
        sheets.opening(prospect.newest.full)
    try:
        with _held(path):
            work = _work_folder(path, unlocked)
            try:
                return _carried_through(prospect, unlocked, sheets, work, began_at, account, say, count)
            except BaseException:
                _clear(path, work)
                raise
    except OSError as failure:
        raise Refused("restore_failed", f"恢复没有完成：{path} {reason_of(failure)}") from failure


def _with_later_keys(sheets: Sheets, prospect: Prospect) -> Unlocked:
    """What was sealed with the backup, and files that were made before the next one; never a checkpoint of later."""
    unlocked = sheets.opening(prospect.plan.full)
    if prospect.following is None:
        return unlocked
    with suppress(Refused):
        later = sheets.opening(prospect.following).kept
        made = {name: content for name, content in later.items() if not name.endswith(".checkpoint")}
        return replace(unlocked, kept={**made, **unlocked.kept})
    return unlocked


def _carried_through(
    prospect: Prospect,
    unlocked: Unlocked,
    sheets: Sheets,
    work: DataFolder,
    began_at: datetime,
    account: str,
    say: Say,
    count: Count,
) -> Done:
    path, plan = prospect.wanted.path, prospect.plan
    place = _place(path, work)
    facts: dict[str, Any] = {
        "account": account,
        "place": prospect.wanted.where,
        "began_at": began_at,
        "until": prospect.wanted.until,
        "moment": plan.moment,
        "full_at": plan.full.finished_at,
    }
    lines: list[str] = []
    trouble = prospect.trouble
    if prospect.is_earlier and prospect.newest is not None:
        say("先恢复最新的，读出此后的删除、撤回和拒收")
        try:
            left, lines = _later(prospect, sheets.opening(prospect.newest.full), work, place, say, count)
            facts |= {"newest_at": prospect.newest.moment, **left}
        except Refused as refusal:
            trouble = _unread(refusal, prospect.wanted)
    if prospect.is_earlier and "newest_at" not in facts:
        facts["without_replay"] = prospect.wanted.without_replay
    made = replace(place, cluster=place.cluster.with_name(_RESTORED))
    _restored(prospect.target, plan, unlocked, made, work, say, count)
    say("正在重放此后的删除和撤回，收起待发的通知，结束会话" if lines else "正在收起待发的通知，结束会话")
    with _served(made, work) as environment:
        (settled, *_) = _child(["settle"], environment, "\n".join([told_of(facts), *lines]))
    _adopt(path, work, made, place)
    decided = read_decided(path)
    seconds = (datetime.now(UTC) - began_at).total_seconds()
    return Done(prospect, seconds, decided.where if decided else "", json.loads(settled), trouble)


def _later(
    prospect: Prospect, unlocked: Unlocked, work: DataFolder, place: Place, say: Say, count: Count
) -> tuple[dict[str, Any], list[str]]:
    """What was decided after the moment, out of the newest state, restored for that and removed again."""
    assert prospect.newest is not None and prospect.wanted.until is not None
    folder = _write_kept(work.path / "newest", unlocked)
    newest = replace(place, cluster=place.cluster.with_name(_NEWEST))
    try:
        _restored(prospect.target, prospect.newest, unlocked, newest, folder, say, count)
        with _served(newest, folder) as environment:
            first, *lines = _child(["carry", (prospect.wanted.until - OVERLAP).isoformat()], environment)
    finally:
        shutil.rmtree(newest.cluster, ignore_errors=True)
        shutil.rmtree(folder.path, ignore_errors=True)
    size, root = json.loads(first)["left"] or (None, "")
    return {"left_size": size, "left_root": root}, lines


def _restored(
    target: Target, plan: Plan, unlocked: Unlocked, place: Place, folder: DataFolder, say: Say, count: Count
) -> None:
    restore(
        target,
        plan,
        unlocked,
        place=place,
        superuser_password=folder.secrets["superuser"],
        database=DATABASE_NAME,
        say=say,
        count=count,
    )


@contextmanager
def _served(place: Place, folder: DataFolder) -> Iterator[dict[str, str]]:
    """A server on a restored cluster that only we know of, and the environment of a program that works on it."""
    server = EmbeddedServer(place, folder.secrets["superuser"])
    server.start()
    try:
        database = Database(DATABASE_NAME, server.url(DATABASE_NAME), folder.secrets)
        provision(database, ours=True)
        yield {
            **{name: value for name, value in os.environ.items() if name != "GUIJU_POOL"},
            "GUIJU_DATA": str(folder.path),
            "DATABASE_URL": database.without_sign_in(),
            "GUIJU_DATABASE_NAME": DATABASE_NAME,
            "GUIJU_MIGRATES": "1",
            "DJANGO_SETTINGS_MODULE": "guiju.project.settings",
        }
    finally:
        server.stop()


def _child(arguments: Sequence[str], environment: dict[str, str], told: str = "") -> list[str]:
    done = subprocess.run(
        python("-m", "guiju.project.replay", *arguments),
        env=environment,
        cwd=environment["GUIJU_DATA"],
        input=told,
        capture_output=True,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["没有输出"])[-1]
        raise Refused(
            "restore_failed",
            last if done.returncode == EXPECTED else f"恢复没有完成：恢复出来的数据库没有备好（{last}）",
        )
    return done.stdout.splitlines()


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The destination, made where it is missing, for this process only, and empty."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    with DataFolder(path, "", "production").locked():
        require_empty(path)
        yield


def _work_folder(path: Path, unlocked: Unlocked) -> DataFolder:
    """A data folder in the making within the destination; what an earlier restore left there goes first."""
    work = path / RESTORING
    try:
        instance = str(json.loads(unlocked.kept["instance.json"])["id"])
    except (KeyError, ValueError, TypeError):
        raise Refused("backup_damaged", "备份里没有这套安装的说明（instance.json），不能恢复") from None
    if work.exists():
        _clear(path, DataFolder(work, instance, "production"))
    work.mkdir(mode=0o700)
    names = {name.split("/")[0] for name in unlocked.kept} | {"files", "log", "static", "postgres"}
    (work / _LIST).write_text(json.dumps(sorted(names | {_RESTORED, _NEWEST, MAKING})), "utf-8")
    return _write_kept(work, unlocked)


def _write_kept(folder: Path, unlocked: Unlocked) -> DataFolder:
    for name in ("files", "log", "static"):
        (folder / name).mkdir(parents=True, mode=0o700)
    for name, content in unlocked.kept.items():
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise Refused("backup_damaged", f"备份里的文件名 {name} 不能用")
        file.parent.mkdir(exist_ok=True, mode=0o700)
        with open(file, "wb", opener=private) as writing:
            writing.write(content)
    stored = json.loads(unlocked.kept["instance.json"])
    return DataFolder(folder, str(stored["id"]), stored["kind"])


def _place(path: Path, work: DataFolder) -> Place:
    """Where the cluster will be; raises `Refused` where another one is."""
    place = place_for(path, work.instance)
    if place.cluster.exists():
        raise Refused(
            "cluster_exists",
            f"这台机器上已有这套安装的数据库（{place.cluster}）：请在空机器上恢复，或先把它移走",
        )
    return replace(place, log=work.path / "log" / "restore.log")


def _adopt(path: Path, work: DataFolder, made: Place, place: Place) -> None:
    """Put everything where a start looks for it, what makes it one last of all."""
    (made.cluster / _TOKEN).write_text(str(path), "utf-8")
    made.cluster.rename(place.cluster)
    entries = sorted(work.path.iterdir(), key=lambda entry: entry.name == "instance.json")
    for entry in entries:
        if entry.name != _LIST:
            entry.rename(path / entry.name)
    shutil.rmtree(work.path)
    (place.cluster / _TOKEN).unlink(missing_ok=True)


def _clear(path: Path, work: DataFolder) -> None:
    """Remove what a restore that did not end has made: in the folder, and where root's clusters lie."""
    if (path / "instance.json").exists():
        return
    place = place_for(path, work.instance)
    for name in (MAKING, _RESTORED, _NEWEST):
        forget_unfinished(replace(place, cluster=place.cluster.with_name(name)))
    with suppress(OSError):
        if (place.cluster / _TOKEN).read_text("utf-8") == str(path):
            forget_unfinished(place)
    # The work folder goes last: it says that the rest is ours.
    for name in sorted(_ours(path) - {"lock", RESTORING}):
        entry = path / name
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    shutil.rmtree(work.path, ignore_errors=True)
