"""`guiju up`: one foreground process that keeps database, web servers and worker running.

Children run in sessions of their own, so that Ctrl-C reaches only this process, which then ends
them in order. Each asks the system to be ended when this process dies; what survives a kill -9
all the same is found and ended by the next start.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import psutil

from guiju.database.embedded import EmbeddedServer, die_with_parent, private
from guiju.kernel.errors import Refused

STOP_SECONDS = 15
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60
_ANSWER_SECONDS = 120


class Stopped(BaseException):
    """Somebody asked for the end (Ctrl-C, SIGTERM, the terminal closed)."""


@dataclass
class Child:
    """A program to be kept running; `restarts` counts since it last ran steadily."""

    name: str
    label: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restarts: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        with open(self.log, "ab", opener=private) as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.log.parent,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),
            )
        self.started = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def bring_back(self, say: Callable[[str], None]) -> None:
        """Start a dead one again, after a pause that grows with each failure in a row."""
        now = time.monotonic()
        if self.due == 0.0:
            self._end_group()
            if now - self.started > _STEADY_SECONDS:
                self.restarts = 0
            self.due = now + min(0.25 * 2**self.restarts, _LONGEST_PAUSE)
            self.restarts += 1
            say(f"{self.label}意外结束，正在重新启动（日志 {self.log}）")
        elif now >= self.due:
            self.due = 0.0
            self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._end_group()
        self.process = None

    def _end_group(self) -> None:
        """End what the child has left behind (web workers of a killed web server)."""
        assert self.process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Starts things in order, watches them, ends them in the opposite order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._database: EmbeddedServer | None = None
        self._trouble = 0.0

    def run_database(self, server: EmbeddedServer) -> None:
        server.initialise()
        self._database = server
        server.start(say=self._say)

    def run(self, child: Child) -> None:
        self._children.append(child)
        child.start()

    def pids(self) -> dict[str, int]:
        known = {child.name: child.process.pid for child in self._children if child.process}
        if self._database and self._database.process:
            known["database"] = self._database.process.pid
        return known

    def births(self) -> dict[str, float]:
        """When each process began, in seconds since 1970: a pid alone may be somebody else's later."""
        return {name: _birth(pid) for name, pid in self.pids().items()}

    def watch(self, changed: Callable[[], None]) -> None:
        """Keep everything running until `Stopped`; `changed` is told after each restart."""
        while True:
            time.sleep(0.1)
            before = self.pids()
            self._keep_database()
            for child in self._children:
                if not child.is_running:
                    child.bring_back(self._say)
            if self.pids() != before:
                changed()

    def _keep_database(self) -> None:
        server = self._database
        if server is None or (server.process is not None and server.process.poll() is None):
            return
        if time.monotonic() < self._trouble:
            return
        self._say(f"数据库意外结束，正在恢复（日志 {server.log}）")
        try:
            server.start(say=self._say)
        except Refused as refusal:
            self._trouble = time.monotonic() + 10
            self._say(f"{refusal.sentence}；10秒后再试")

    def stop(self) -> None:
        for child in reversed(self._children):
            child.stop()
        if self._database is not None:
            self._database.stop()


def stop_on_signals() -> None:
    """Turn the usual requests to end into `Stopped`; a second one while ending is ignored."""

    def end(number: int, frame: FrameType | None) -> None:
        for one in _ENDINGS:
            signal.signal(one, signal.SIG_IGN)
        raise Stopped

    for one in _ENDINGS:
        signal.signal(one, end)


_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def require_port(host: str, port: int, *, option: str) -> None:
    """Raise `Refused` when somebody else listens on the port, or it can't be had at all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except PermissionError:
        raise Refused("port_rights", f"没有使用端口 {port} 的权限（1024 以下需要特权）：请用 {option} 换一个") from None
    except socket.gaierror:
        raise Refused("host_unknown", f"没有 {host} 这个地址，请核对 --host") from None
    except OSError as failure:
        if failure.errno == errno.EADDRNOTAVAIL:
            raise Refused("host_unknown", f"{host} 不是这台机器的地址，请核对 --host") from None
        raise Refused(
            "port_in_use", f"端口 {port} 已被{_holder(port)}占用：请先停下它，或用 {option} 换一个端口"
        ) from None


def _holder(port: int) -> str:
    """Which program listens there, as far as this user may know."""
    try:
        for connection in psutil.net_connections("tcp"):
            is_there = connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
            if is_there and connection.pid:
                return f"程序 {psutil.Process(connection.pid).name()}（进程 {connection.pid}）"
    except psutil.Error:
        pass
    return "别的程序"


def end_leftovers(run: Mapping[str, Any] | None) -> None:
    """End children of an earlier run that survived it; the lock of the folder is ours already.

    The database is left to the embedded server, which ends it in order.
    """
    births = (run or {}).get("births", {})
    for name, pid in (run or {}).get("pids", {}).items():
        if name == "database" or _birth(pid) != births.get(name):
            continue
        try:
            os.killpg(pid, signal.SIGKILL)
            psutil.Process(pid).wait(5)
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue


def is_alive(run: Mapping[str, Any], name: str) -> bool:
    """Whether a child of that run still is the process that it was."""
    pid = run.get("pids", {}).get(name)
    return pid is not None and _birth(pid) == run.get("births", {}).get(name)


def _birth(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def answers(url: str) -> bool:
    """Whether a web server and its database answer; our own certificate need not be known here."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = HTTPSConnection(parts.hostname, parts.port, timeout=5, context=context)
    else:
        connection = HTTPConnection(parts.hostname, parts.port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": parts.netloc})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def wait_for(url: str, child: Child) -> None:
    """Wait until a web server answers; what it wrote last is told when it dies instead."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    while not answers(url):
        if not child.is_running or time.monotonic() > deadline:
            raise Refused("web_failed", f"{child.label}没有启动，详见日志 {child.log}")
        time.sleep(0.05)


def python(*arguments: str) -> list[str]:
    """Our interpreter; `-P` keeps the current folder out of where programs are looked for."""
    return [sys.executable, "-P", *arguments]
