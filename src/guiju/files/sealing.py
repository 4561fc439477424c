"""Where the content of files lies: sealed, piece by piece, beside its row (附件内容的存取).

Two calls are all that the rest of this part knows of it; another store has to do the same two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from tempfile import SpooledTemporaryFile
from typing import IO

from guiju.database.models import new_id
from guiju.files.models import Attachment, Chunk
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.streams import CHUNK, TAG, Algorithm, new_file_key, opened_chunks, sealed_chunks
from guiju.keys.algorithms import chosen
from guiju.keys.values import place_of, seal_into, sealed_values


def keep(attachment: Attachment, source: IO[bytes]) -> None:
    """Store the content, and put its key, size and digests into the row, which the caller saves first and last."""
    algorithm, key = Algorithm[chosen().name], new_file_key()
    read = _Read(source)
    stored = hashlib.sha256()
    for number, sealed in enumerate(
        sealed_chunks(read, file_key=key, place=_place(attachment), algorithm=algorithm)  # type: ignore[arg-type]
    ):
        stored.update(hashlib.sha256(sealed).digest())
        chunk = Chunk(id=new_id(), entity_id=attachment.entity_id, attachment=attachment, number=number, sealed=sealed)
        chunk.save(force_insert=True)
    seal_into(attachment, "sealed", {"key": key.hex(), "algorithm": algorithm.name})
    attachment.size, attachment.digest = read.size, read.digest.hexdigest()
    attachment.stored_digest = stored.hexdigest()


class Content(Iterator[bytes]):
    """What is in a file, piece by piece, each only after it was found genuine; to be read or closed."""

    def __init__(self, spool: IO[bytes], attachment: Attachment, told: Mapping[str, str], count: int) -> None:
        self._spool = spool
        self._pieces = opened_chunks(
            iter(lambda: spool.read(CHUNK + TAG), b""),
            count=count,
            file_key=bytes.fromhex(told["key"]),
            place=_place(attachment),
            algorithm=Algorithm[told["algorithm"]],
        )

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._spool.close()


def content_of(attachment: Attachment) -> Content:
    """The content of a file; raises `Unsealable` before the first piece where anything of it was altered.

    What is stored is fetched at once and stays sealed until it goes out: whoever reads on later, and slowly, needs
    neither database nor scope, and no disk holds it in the clear.
    """
    told = sealed_values(attachment, "sealed")
    if "key" not in told:
        raise Unsealable("the content is gone")
    spool, count = SpooledTemporaryFile(2 * CHUNK), max(1, -(-attachment.size // CHUNK))  # noqa: SIM115 -- by its reader
    stored = hashlib.sha256()
    rows = Chunk.objects.filter(entity_id=attachment.entity_id, attachment=attachment)
    for number in range(count):
        sealed = rows.filter(number=number).values_list("sealed", flat=True).first() or b""
        stored.update(hashlib.sha256(sealed).digest())
        spool.write(sealed)
    if stored.hexdigest() != attachment.stored_digest:
        spool.close()
        raise Unsealable("what is stored is not what was kept")
    spool.seek(0)
    return Content(spool, attachment, told, count)


def let_go(attachments: Iterable[Attachment]) -> None:
    """Take the content of files away: without its key, too, nothing of it opens."""
    Chunk.objects.filter(attachment__in=list(attachments)).update(sealed=b"")


def _place(attachment: Attachment) -> bytes:
    return place_of(attachment._meta.db_table, "content", attachment.pk)


class _Read:
    """A file that is digested while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.size, self.digest = source, 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self.size += len(part)
        self.digest.update(part)
        return part
