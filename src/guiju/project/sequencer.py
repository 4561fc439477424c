"""The program that gives log entries their place: one process beside web and worker."""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import django
import psycopg

# Before the log's tables, which are Django's.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
django.setup()

from guiju.database.embedded import die_with_parent  # noqa: E402
from guiju.database.provision import Database  # noqa: E402
from guiju.evidence.installation import held_checkpoint, keep_newest  # noqa: E402
from guiju.evidence.sequencer import Sequencer  # noqa: E402
from guiju.evidence.signing import make_signer, read_signer  # noqa: E402
from guiju.kernel.errors import Refused  # noqa: E402
from guiju.kernel.evidence.note import SignerKey  # noqa: E402
from guiju.project.folder import DataFolder, open_folder  # noqa: E402

_LOOK_SECONDS = 0.2
_LONGEST_PAUSE = 10.0
_TOLD_AFTER = 50
"""Looks that found the lock taken, before that is worth a line."""

_log = logging.getLogger("guiju.evidence")


def main() -> None:
    die_with_parent()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    folder = open_folder(Path(os.environ["GUIJU_DATA"]))
    database = Database(os.environ["GUIJU_DATABASE_NAME"], os.environ["DATABASE_URL"], folder.secrets)
    pause = 0.5
    while True:
        try:
            with psycopg.connect(database.conninfo("sequencer"), autocommit=True, connect_timeout=5) as connection:
                pause = 0.5
                run(connection, folder)
        except psycopg.OperationalError as failure:
            _log.error("数据库没有应答：%s", str(failure).strip().splitlines()[0])
        except psycopg.Error as failure:
            # A full disk, mostly: the round was rolled back and is tried again.
            _log.error("这一轮没有写成：%s", str(failure).strip().splitlines()[0])
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def signer_of(connection: psycopg.Connection, folder: DataFolder) -> SignerKey | None:
    """The key of the data folder; a log that has never been signed gets a new one."""
    try:
        found = read_signer(folder.path)
    except Refused as refused:
        _log.error("%s", refused.sentence)
        return None
    if found is None:
        signs = connection.execute("SELECT EXISTS (SELECT FROM evidence_logkey)").fetchone()
        if signs == (False,):
            found = make_signer(folder.path, origin=f"guiju/{folder.instance}")
    return found


def _keep(folder: DataFolder, note: str) -> None:
    """A full disk costs the copy beside the database, and nothing else."""
    try:
        keep_newest(folder.path, note)
    except OSError as failure:
        _log.error("检查点没有写进数据文件夹：%s", failure.strerror)


def run(connection: psycopg.Connection, folder: DataFolder) -> None:
    """Work until the connection breaks; what fails is rolled back and raised."""
    signer = signer_of(connection, folder)
    sequencer = Sequencer(connection, signer, lambda: held_checkpoint(folder.path, signer))
    told, waited = "", 0
    while True:
        if sequencer.has_work:
            done = sequencer.round(at=datetime.now(UTC))
            if done.note:
                _keep(folder, done.note)
            if sequencer.trouble != told:
                told = sequencer.trouble
                _log.error("%s", told)
            if not done.leads:
                waited += 1
                if waited % _TOLD_AFTER == 0:
                    _log.error("另一个程序一直占着排位的锁")
            if done.placed:
                waited = 0
                continue
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
