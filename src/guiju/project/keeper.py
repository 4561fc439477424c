"""The program that keeps backups (备份): one process beside web and worker, without Django."""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from guiju.backups.keeping import Keeper, Settings, State
from guiju.backups.standing import Decided, kept_of, read_decided, read_state, write_state
from guiju.database.embedded import die_with_parent, place_for
from guiju.database.provision import Database
from guiju.kernel.crypto.recovery import recipient_of
from guiju.kernel.crypto.streams import Algorithm
from guiju.kernel.errors import Refused
from guiju.project.drills import Nightly, Schedule, begin
from guiju.project.folder import DataFolder, open_folder

SLOT = "guiju_backup"
_LOOK_SECONDS = 1.0

_log = logging.getLogger("guiju.backups")


def main() -> None:
    die_with_parent()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folder = open_folder(Path(os.environ["GUIJU_DATA"]))
    database = Database(os.environ["GUIJU_DATABASE_NAME"], os.environ["DATABASE_URL"], folder.secrets)
    # A demo has its backups on its own disk: there is nothing to rehearse.
    nightly = None if folder.is_demo else Nightly(folder, Schedule.read(os.environ), begin)
    told = ""
    while not stop.is_set():
        try:
            decided = read_decided(folder.path)
            if decided is None or not decided.where:
                _let_go(database)
            else:
                keep(folder, database, decided, stop, nightly)
            told = ""
        except (Refused, OSError, psycopg.Error) as failure:
            said = failure.sentence if isinstance(failure, Refused) else str(failure).strip()
            if said != told:
                told = said
                _log.error("%s", said)
        stop.wait(_LOOK_SECONDS)


def keep(
    folder: DataFolder, database: Database, decided: Decided, stop: threading.Event, nightly: Nightly | None = None
) -> None:
    """Keep backups until told to stop, or until something else is decided; begin the drills that are due."""
    known = read_state(folder.path)
    algorithm = folder.algorithm
    keeper = Keeper(settings_of(folder, database, decided), line=known.line if known else None, tell=_Teller(folder))
    ending = threading.Event()
    work = threading.Thread(target=keeper.run, args=[ending], name="keeping")
    work.start()
    try:
        while work.is_alive() and not stop.wait(_LOOK_SECONDS):
            if nightly is not None:
                nightly.look(datetime.now(UTC))
            with suppress(Refused):
                if read_decided(folder.path) != decided or folder.algorithm != algorithm:
                    break
    finally:
        ending.set()
        work.join()


def settings_of(folder: DataFolder, database: Database, decided: Decided) -> Settings:
    return Settings(
        target=decided.target(),
        conninfo=database.conninfo("replicator"),
        binaries=place_for(folder.path, folder.instance).binaries,
        recipient=decided.recipient,
        others=(recipient_of(decided.drills),),
        kept=lambda: kept_of(folder.path),
        slot=SLOT,
        algorithm=Algorithm[folder.algorithm.name],
    )


class _Teller:
    """Writes down how it stands; a trouble goes into the log once."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._told: str | None = None

    def __call__(self, state: State) -> None:
        trouble = state.progress.trouble or state.trouble
        if trouble and trouble != self._told:
            _log.error("%s", trouble)
        self._told = trouble
        try:
            write_state(self._folder.path, state, at=datetime.now(UTC))
        except OSError as failure:
            _log.error("备份的进度没有写进数据文件夹：%s", failure.strerror)


def _let_go(database: Database) -> None:
    """Where nothing is backed up any more, the server shall not hold its log back for us."""
    with psycopg.connect(database.conninfo("replicator"), autocommit=True, connect_timeout=10) as asking:
        asking.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active",
            [SLOT],
        )


if __name__ == "__main__":
    main()
