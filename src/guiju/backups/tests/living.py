"""A living database with backups in a folder, for the tests of this part."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from guiju.backups.layout import Line
from guiju.backups.receiving import Receiver
from guiju.backups.replication import Replication
from guiju.backups.restoring import Plan, Restored, choose, restore, unlock
from guiju.backups.taking import open_line, take_full
from guiju.backups.target import FolderTarget, Target
from guiju.database.embedded import EmbeddedServer, Place, place_for
from guiju.database.provision import Database, provision
from guiju.kernel.crypto.recovery import new_private_key, recipient_of, sheets_of
from guiju.kernel.crypto.shares import printed
from guiju.project.folder import DataFolder, open_folder

SLOT = "guiju_backup"
QUICK = ("fsync=off",)


@dataclass
class Living:
    """A server of its own with one table, its target, and the sheets that open what lies there."""

    top: Path
    folder: DataFolder
    server: EmbeddedServer
    database: Database
    target: Target
    private: bytes
    line: Line | None = None

    @property
    def replicator(self) -> str:
        return self.database.conninfo("replicator")

    @property
    def sheets(self) -> list[str]:
        return [printed(sheet) for sheet in sheets_of(self.private)]

    def run(self, statement: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.database.conninfo("superuser"), autocommit=True) as admin:
            done = admin.execute(statement, values or None)
            return done.fetchall() if done.description else []

    def write(self, text: str) -> datetime:
        """Commit a row; the moment after it."""
        self.run("INSERT INTO notes (text) VALUES (%s)", text)
        moment = self.run("SELECT clock_timestamp()")[0][0]
        time.sleep(0.02)
        return moment

    def afresh(self) -> Living:
        """The same server with an empty table, another target and key, and without a slot."""
        if self.server.process is None:
            self.server.start()
        self.run("DROP TABLE IF EXISTS notes, others")
        self.run("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
        self.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        target = FolderTarget(self.top / f"目标 {os.urandom(3).hex()}")
        target.prepare()
        return replace(self, target=target, private=new_private_key(), line=None)

    def begin(self) -> Line:
        with Replication(self.replicator) as server:
            server.make_slot(SLOT)
        self.line = open_line(self.target, conninfo=self.replicator, at=datetime.now(UTC))
        return self.line

    def take_full(self, **others: object):
        return take_full(
            self.target,
            self.line,
            conninfo=self.replicator,
            binaries=self.server.place.binaries,
            recipient=recipient_of(self.private),
            kept={"secrets.json": json.dumps(self.folder.secrets).encode()},
            **others,
        )

    def receiver(self, **others: object) -> Receiver:
        return Receiver(
            **{
                "conninfo": self.replicator,
                "slot": SLOT,
                "target": self.target,
                "line": self.line,
                "recipients": [recipient_of(self.private)],
                "rhythm": 0.3,
                **others,
            }
        )

    @contextmanager
    def receiving(self, **others: object) -> Iterator[Receiver]:
        receiver, stop, failures = self.receiver(**others), threading.Event(), []

        def run() -> None:
            try:
                receiver.run(stop)
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield receiver
        finally:
            stop.set()
            thread.join(30)
        assert not thread.is_alive()
        if failures:
            raise failures[0]

    def wait_until_stored(self, receiver: Receiver, moment: datetime) -> None:
        until(lambda: receiver.progress.moment is not None and receiver.progress.moment >= moment)

    def lose(self) -> None:
        """The cluster is gone, as after a fire."""
        self.server.stop(immediately=True)
        shutil.rmtree(self.server.place.cluster)

    @contextmanager
    def elsewhere(self) -> Iterator[Place]:
        """An empty place beside the living server."""
        here = self.server.place
        home = Path(tempfile.mkdtemp(prefix="e", dir=here.cluster.parent))
        run = Path(tempfile.mkdtemp(prefix="e", dir=here.run))
        if here.account:
            shutil.chown(home, here.account)
            shutil.chown(run, here.account)
        try:
            yield replace(here, cluster=home / "postgres", run=run, log=here.log.with_name(f"{home.name}.log"))
        finally:
            shutil.rmtree(home)
            shutil.rmtree(run)

    def restore(
        self, place: Place, plan: Plan | None = None, *, target: Target | None = None, **others: object
    ) -> Restored:
        target = target or self.target
        plan = plan or choose(target)
        unlocked = unlock(plan.full, self.sheets[1:])
        return restore(
            target,
            plan,
            unlocked,
            place=place,
            superuser_password=json.loads(unlocked.kept["secrets.json"])["superuser"],
            database="guiju",
            settings=QUICK,
            **others,
        )

    def texts(self) -> list[str]:
        return [text for (text,) in self.run("SELECT text FROM notes ORDER BY id")]

    def restored_texts(self, plan: Plan | None = None, *, target: Target | None = None) -> list[str]:
        """What the table holds after a restore elsewhere."""
        with self.elsewhere() as place:
            self.restore(place, plan, target=target)
            server = EmbeddedServer(place, self.folder.secrets["superuser"], settings=QUICK)
            server.start()
            try:
                with psycopg.connect(server.url("guiju")) as asking:
                    return [text for (text,) in asking.execute("SELECT text FROM notes ORDER BY id").fetchall()]
            finally:
                server.stop(immediately=True)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def living(target: Target | None = None, *, settings: tuple[str, ...] = QUICK) -> Iterator[Living]:
    top = Path(tempfile.mkdtemp(prefix="备份 '测试' "))
    folder = open_folder(top / "data", make=True)
    server = EmbeddedServer(place_for(folder.path, folder.instance), folder.secrets["superuser"], settings=settings)
    target = target or FolderTarget(top / "目标")
    target.prepare()
    try:
        server.initialise()
        server.start()
        database = Database("guiju", server.url("guiju"), folder.secrets)
        provision(database, ours=True)
        made = Living(top, folder, server, database, target, new_private_key())
        made.run("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, text text)")
        yield made
    finally:
        server.stop(immediately=True)
        shutil.rmtree(server.place.cluster.parent if server.place.account else top, ignore_errors=True)
        shutil.rmtree(server.place.run, ignore_errors=True)
        shutil.rmtree(top, ignore_errors=True)


class Refusing:
    """A target that says no as long as it is told to."""

    def __init__(self, inner: Target) -> None:
        self.inner = inner
        self.fault: OSError | None = None

    def __getattr__(self, name: str) -> object:
        if self.fault is not None:
            raise FolderTarget(Path("/目标"))._fault(self.fault)
        return getattr(self.inner, name)
