"""The master key is changed while everything runs (更换主密钥).

Every process looks at the key file every few seconds. So the file first holds both keys, the present one in
front; when everybody knows both, the data keys are wrapped under the next, which then comes to the front.
Broken off at any point, the command goes on where it stood. A full backup is taken while both are in the
file: whoever restores from it opens what was wrapped under either.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from guiju.backups.standing import read_decided
from guiju.database.provision import Database
from guiju.kernel.errors import Refused
from guiju.keys.masters import BEFORE, LOOKS, MASTER, NEXT, masters_in
from guiju.project.folder import DataFolder
from guiju.project.full_backup import take_full_now

_EVERYBODY_LOOKED = LOOKS + 2.0


class MasterChange:
    """One change of the master key; `backed_up` says whether a full backup holds both."""

    def __init__(
        self, folder: DataFolder, *, account: str, reason: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._folder = folder
        self._account, self._reason = account, reason
        self._wait = wait
        self.backed_up = False

    def run(self, *, say: Callable[[str], None]) -> int:
        """Returns how many data keys are wrapped under the new one. Raises `Refused` before anything changed."""
        with (self._folder.path / "master-change.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused("master_changing", "主密钥正在更换：请等那一次完成") from None
            return self._run(say)

    def _run(self, say: Callable[[str], None]) -> int:
        from guiju.safekeeping.services import change_master, keep_master_change, reason_for

        reason, began_at = reason_for(self._reason), datetime.now(UTC)
        if BEFORE not in self._folder.secrets:
            self._bring_in_next(say)
            change_master(known=self._masters(), under=self._masters()[1])
            self._write(lambda kept: {MASTER: kept[NEXT], BEFORE: kept[MASTER]}, without=NEXT)
        say("等各个程序都用上新的主密钥……")
        self._wait(_EVERYBODY_LOOKED)
        # A company's first key may have been wrapped in between by a program that had the old one in front.
        number = change_master(known=self._masters(), under=self._masters()[0])
        # Before the old one goes: each opens under the new one alone, or this says so and all stays.
        change_master(known=self._masters()[:1], under=self._masters()[0])
        keep_master_change(account=self._account, reason=reason, began_at=began_at, keys=number, at=datetime.now(UTC))
        self._write(lambda kept: {}, without=BEFORE)
        return number

    def _bring_in_next(self, say: Callable[[str], None]) -> None:
        if NEXT not in self._folder.secrets:
            self._write(lambda kept: {NEXT: secrets.token_urlsafe(36)})
        say("等各个程序都认得两把主密钥……")
        self._wait(_EVERYBODY_LOOKED)
        decided, run = read_decided(self._folder.path), self._folder.run or {}
        if decided is not None and decided.where and run.get("server"):
            say("做一次全量备份，里面有两把主密钥……")
            take_full_now(self._folder, Database(run["database"], run["server"], self._folder.secrets), decided)
            self.backed_up = True

    def _masters(self) -> tuple[str, ...]:
        return masters_in(self._folder.secrets_file)

    def _write(self, changed: Callable[[dict[str, str]], dict[str, str]], without: str = "") -> None:
        kept = self._folder.secrets
        self._folder.write_secrets({name: key for name, key in {**kept, **changed(kept)}.items() if name != without})
