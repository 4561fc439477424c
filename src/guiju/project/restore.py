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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from guiju.backups.restoring import MAKING, Plan, Unlocked, forget_unfinished, restore
from guiju.backups.standing import read_decided
from guiju.backups.target import Target
from guiju.database.embedded import EmbeddedServer, Place, place_for, private
from guiju.database.provision import Database, provision
from guiju.kernel.errors import Refused, reason_of
from guiju.project.folder import RESTORING, DataFolder
from guiju.project.replay import EXPECTED, told_of
from guiju.project.restore_plan import LIST, Prospect, Sheets, ours, require_empty, unread
from guiju.project.supervisor import python

DATABASE_NAME = "guiju"
_RESTORED, _NEWEST = "postgres.restored", "postgres.newest"
_TOKEN = "guiju-restored"  # noqa: S105 -- a file that says for which folder a cluster was restored


Say = Callable[[str], None]
Count = Callable[[int, int], None]


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
            trouble = unread(refusal, prospect.wanted)
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
            first, *lines = _child(["carry", prospect.wanted.until.isoformat()], environment)
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
    (work / LIST).write_text(json.dumps(sorted(names | {_RESTORED, _NEWEST, MAKING})), "utf-8")
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
        if entry.name != LIST:
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
    for name in sorted(ours(path) - {"lock", RESTORING}):
        entry = path / name
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    shutil.rmtree(work.path, ignore_errors=True)
