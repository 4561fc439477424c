"""Hands the log to a server that is being restored (restore_command), one segment at a time.

The server runs as an account that can read neither the target nor the key, and the key shall lie in
no file. So its restore_command is a few lines of shell that ask by an empty file and wait for an
answer; this process reads the target, opens the pieces and answers. The next segment is made ready
while the server replays the last.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from guiju.backups.layout import SEGMENT_BYTES, Piece, Stretch
from guiju.backups.target import Target
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.streams import decrypted
from guiju.kernel.errors import Refused, reason_of

COMMAND = "sh feed/fetch %f %p"
"""Relative to the cluster, where the server runs it: the path may hold blanks and quotes."""

# More than 125 ends the recovery; 1 says that there is no such file, and the server goes on without.
_FETCH = """\
: > "feed/$1.wanted" || exit 255
waited=0
while [ "$waited" -lt 12000 ]; do
  [ -e "feed/$1.given" ] && exec mv "feed/$1.given" "$2"
  [ -e "feed/$1.none" ] && exit 1
  [ -e "feed/bad" ] && exit 255
  sleep 0.05
  waited=$((waited + 1))
done
exit 255
"""

_PAUSE = 0.02


class Feeder:
    """Answers while it is entered; `fault` is why it could not."""

    def __init__(
        self,
        target: Target,
        stretch: Stretch,
        *,
        private: bytes,
        cluster: Path,
        own: Callable[[Path], None],
    ) -> None:
        self.fault: Refused | None = None
        self.fed = 0
        self.segments = len(stretch.segments)
        self.asked: set[str] = set()
        self._target = target
        self._stretch = stretch
        self._private = private
        self._folder = cluster / "feed"
        self._own = own
        self._names = list(stretch.segments)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="feeding", daemon=True)

    def __enter__(self) -> Feeder:
        self._folder.mkdir(mode=0o700)
        (self._folder / "fetch").write_text(_FETCH)
        for path in (self._folder, self._folder / "fetch"):
            self._own(path)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._end.set()
        self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._end.is_set():
                if not self._answer():
                    time.sleep(_PAUSE)
        except Refused as refusal:
            self._give_up(refusal)
        except OSError as failure:
            self._give_up(Refused("restore_failed", f"恢复时读写文件失败：{reason_of(failure)}"))

    def _give_up(self, refusal: Refused) -> None:
        self.fault = refusal
        (self._folder / "bad").touch()

    def _answer(self) -> bool:
        """Answer what was asked; True when there was something to do."""
        asked = sorted(self._folder.glob("*.wanted"))
        for question in asked:
            name = question.stem
            self.asked.add(name)
            if name in self._stretch.segments:
                self._give(name)
                self.fed += 1
            else:
                (self._folder / f"{name}.none").touch()
            question.unlink()
            following = self._names.index(name) + 1 if name in self._stretch.segments else len(self._names)
            if following < len(self._names):
                self._give(self._names[following])
        return bool(asked)

    def _give(self, name: str) -> None:
        given = self._folder / f"{name}.given"
        if given.exists():
            return
        making = self._folder / f"{name}.making"
        with making.open("wb") as file:
            for piece in self._stretch.segments[name]:
                file.seek(piece.start)
                file.write(self._content(piece))
            # The server wants whole segments; it stops at the first record that is not there.
            file.truncate(SEGMENT_BYTES)
        self._own(making)
        making.rename(given)

    def _content(self, piece: Piece) -> bytes:
        try:
            with self._target.get(piece.name) as file:
                packed = b"".join(decrypted(file, private=self._private, place=piece.name.encode()))
            content = zlib.decompress(packed)
        except (Unsealable, zlib.error):
            raise damaged(piece.name) from None
        if len(content) != piece.end - piece.start:
            raise damaged(piece.name)
        return content


def damaged(name: str) -> Refused:
    return Refused("backup_damaged", f"备份文件 {name} 已损坏或被改动，不能恢复")


def owner_of(identity: dict[str, int]) -> Callable[[Path], None]:
    """Gives files to the account of the server; nothing to do where that is ourselves."""
    if not identity:
        return lambda path: None
    return lambda path: os.chown(path, identity["user"], identity["group"], follow_symlinks=False)
