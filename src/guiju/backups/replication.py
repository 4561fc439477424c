"""PostgreSQL's replication protocol, as far as a receiver of the log needs it.

PostgreSQL 18, chapters 54.4 (Streaming Replication Protocol) and 54.7. psycopg speaks the layer
below it and leaves the messages to us.
"""

from __future__ import annotations

import select
import struct
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo

from guiju.backups.layout import lsn_text

_CONNECT_SECONDS = 10
_PATIENCE = "5min"
"""How long the server waits for a sign of us while we wait for a slow target."""

_POSTGRES_EPOCH = 946_684_800


@dataclass(frozen=True)
class Identity:
    """Which server it is and on which of its histories."""

    system: str
    timeline: int


class Replication(AbstractContextManager["Replication"]):
    """One connection over which the log comes."""

    def __init__(self, conninfo: str) -> None:
        settings = make_conninfo(
            conninfo,
            replication="true",
            connect_timeout=_CONNECT_SECONDS,
            application_name="guiju_backup",
            options=f"-c wal_sender_timeout={_PATIENCE}",
        )
        self._connection = pq.PGconn.connect(settings.encode())
        if self._connection.status != pq.ConnStatus.OK:
            reason = self._connection.get_error_message()
            self.close()
            raise OperationalError(reason)

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.finish()

    def identify(self) -> Identity:
        row = self._command("IDENTIFY_SYSTEM")
        return Identity(row[0], int(row[1]))

    def segment_bytes(self) -> int:
        shown = self._command("SHOW wal_segment_size")[0]
        return int(shown.removesuffix("MB")) * 2**20 if shown.endswith("MB") else int(shown.removesuffix("GB")) * 2**30

    def make_slot(self, name: str, *, is_temporary: bool = False) -> None:
        """From now on the server keeps the log until it was received (or for as long as we are connected)."""
        self._command(f'CREATE_REPLICATION_SLOT "{name}" {"TEMPORARY " if is_temporary else ""}PHYSICAL RESERVE_WAL')

    def drop_slot(self, name: str) -> None:
        self._command(f'DROP_REPLICATION_SLOT "{name}"')

    def stream(self, slot: str, *, start: int, timeline: int) -> None:
        """Begin; after this only `receive` and `confirm` may be called."""
        result = self._connection.exec_(
            f'START_REPLICATION SLOT "{slot}" PHYSICAL {lsn_text(start)} TIMELINE {timeline}'.encode()
        )
        if result.status != pq.ExecStatus.COPY_BOTH:
            raise OperationalError(self._connection.get_error_message())

    def receive(self, seconds: float) -> tuple[int, bytes] | None:
        """Bytes of the log and the place where they begin, or None when for so long nothing came."""
        deadline = time.monotonic() + seconds
        while True:
            length, message = self._connection.get_copy_data(1)
            if length < 0:
                raise OperationalError(self._connection.get_error_message() or "the server ended the log")
            if length == 0:
                wait = deadline - time.monotonic()
                if wait <= 0 or not select.select([self._connection.socket], [], [], wait)[0]:
                    return None
                self._connection.consume_input()
                continue
            kind = bytes(message[:1])
            if kind == b"w":
                return struct.unpack(">Q", message[1:9])[0], bytes(message[25:])
            if kind == b"k" and message[17]:
                self._answer()

    _stored = 0

    def confirm(self, stored: int) -> None:
        """Tell the server that the log up to here is safe; it may forget it then."""
        self._stored = stored
        self._answer()

    def _answer(self) -> None:
        now = int((time.time() - _POSTGRES_EPOCH) * 1_000_000)
        self._connection.put_copy_data(struct.pack(">cQQQQ?", b"r", self._stored, self._stored, 0, now, False))
        self._connection.flush()

    def _command(self, command: str) -> list[str]:
        result = self._connection.exec_(command.encode())
        if result.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
            raise OperationalError(self._connection.get_error_message())
        if not result.ntuples:
            return []
        return [(result.get_value(0, column) or b"").decode() for column in range(result.nfields)]
