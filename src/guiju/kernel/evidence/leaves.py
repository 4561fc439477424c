"""What stands in the log: entries in their places, and from time to time the heads of all streams.

entry        {"action", "actor", "at", "entity", "grounds", "id", "nonce", "records", "subject", "v"}
             records = {"root": batch root, "streams": [[type, count], …]}, types in ascending order
entry leaf   {"entry": entry, "places": [first number in each of those streams]}
record leaf  {"digest", "id", "schema"}: the leaves of the batch root, by stream and then by number
heads leaf   {"at", "heads": {"count", "root"}, "sm3": {"root", "size"}, "v"}
head leaf    {"count", "head", "stream"}: the leaves of the root of heads, by stream

A stream (company × kind of record) numbers its records 1, 2, 3 … without gaps. Its head chains the
hashes of the entry leaves that touched it, so the root over all heads says: this, and nothing else,
has happened to this kind of record. All are canonical JSON (RFC 8785); trees are those of RFC 9162.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from guiju.kernel.evidence.canonical import canonical
from guiju.kernel.evidence.tree import Board, leaf_hash, path_in, root_of

NO_HEAD = bytes(32)
"""The head of a stream to which nothing has happened yet."""

LARGEST_BATCH = 1000


def record_leaf(schema: str, record_id: str, digest: bytes) -> bytes:
    return b'{"digest":"%s","id":"%s","schema":"%s"}' % (digest.hex().encode(), record_id.encode(), schema.encode())


def batch_root(leaves: Iterable[bytes]) -> bytes:
    """32 bytes over the record leaves of one entry."""
    return root_of([leaf_hash(leaf) for leaf in leaves])


def batch_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    return path_in([leaf_hash(leaf) for leaf in leaves], index)


def entry_leaf(entry: bytes, places: Sequence[int]) -> bytes:
    """The log's leaf for an entry (its canonical bytes) at these places of its streams."""
    return b'{"entry":%s,"places":[%s]}' % (entry, ",".join(map(str, places)).encode())


def next_head(head: bytes, leaf: bytes) -> bytes:
    """The head of a stream after a leaf (its hash) that touched it."""
    return hashlib.sha256(b"guiju/stream/1\x00" + head + leaf).digest()


@dataclass(frozen=True)
class Head:
    """Where a stream stands: how many records it has numbered, and its chain's last link."""

    count: int
    head: bytes


def stream_name(entity: str, subject_type: str) -> str:
    return f"{entity}/{subject_type}"


def head_leaf(stream: str, head: Head) -> bytes:
    return canonical({"count": head.count, "head": head.head.hex(), "stream": stream})


def head_leaves(heads: Mapping[str, Head]) -> list[bytes]:
    return [head_leaf(stream, heads[stream]) for stream in sorted(heads)]


class Heads:
    """Where all streams stand, and the root over them at any moment."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = dict(heads)
        self._board = Board()
        self._names: list[str] = []
        self._hashes: dict[str, bytes] = {}
        self._moved: set[str] = set(heads)

    def __len__(self) -> int:
        return len(self._heads)

    def __getitem__(self, stream: str) -> Head:
        return self._heads.get(stream, Head(0, NO_HEAD))

    def items(self) -> Iterable[tuple[str, Head]]:
        return self._heads.items()

    def move(self, stream: str, count: int, leaf: bytes) -> Head:
        """A leaf (its hash) with so many records of the stream; returns where the stream stands then."""
        before = self[stream]
        after = Head(before.count + count, next_head(before.head, leaf))
        self._heads[stream] = after
        self._moved.add(stream)
        return after

    def root(self) -> bytes:
        """Costs a path for each stream that moved since it was last asked for; after a new one, a hash for each."""
        new = sorted(self._moved - self._hashes.keys())
        for name in self._moved:
            self._hashes[name] = leaf_hash(head_leaf(name, self._heads[name]))
        if new:
            self._names.extend(new)
            self._names.sort()
            self._board.fill([self._hashes[name] for name in self._names])
        else:
            for name in self._moved:
                self._board.put(bisect_left(self._names, name), self._hashes[name])
        self._moved.clear()
        return self._board.root()

    def leaf(self, *, at: str, sm3_root: bytes, size: int) -> bytes:
        """The log's leaf that says all this, and the SM3 root over the `size` leaves before it."""
        return canonical(
            {
                "at": at,
                "heads": {"count": len(self), "root": self.root().hex()},
                "sm3": {"root": sm3_root.hex(), "size": size},
                "v": 1,
            }
        )


_KIND = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@dataclass(frozen=True)
class Said:
    """What an entry says, read strictly."""

    entry: Mapping[str, Any]
    streams: tuple[tuple[str, int], ...]
    root: str

    @property
    def count(self) -> int:
        return sum(count for _, count in self.streams)


def read_entry(text: str) -> Said:
    """An entry that `record()` could have written; raises `ValueError` for anything else."""
    # Before it is parsed: what is nested a hundred thousand deep ends a process.
    if len(text) > _LONGEST or (_opens_too_much(text) and _opens_too_much(_TEXT.sub("", text))):
        raise ValueError("not an entry")
    try:
        entry = json.loads(text)
        if _spelled(entry) != text:
            raise ValueError("not canonical JSON")
        records = entry["records"]
        streams = tuple((kind, count) for kind, count in records["streams"])
        kinds = [kind for kind, _ in streams]
        fits = (
            all(_KIND.fullmatch(kind) and type(count) is int and count > 0 for kind, count in streams)
            and kinds == sorted(set(kinds))
            and 0 < sum(count for _, count in streams) <= LARGEST_BATCH
            and len(bytes.fromhex(records["root"])) == 32
        )
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as fault:
        raise ValueError("not an entry") from fault
    if not fits:
        raise ValueError("not an entry")
    return Said(entry, streams, records["root"])


def _opens_too_much(text: str) -> bool:
    return text.count("{") > 3 or text.count("[") > LARGEST_BATCH + 2


def _spelled(entry: Mapping[str, Any]) -> str:
    """An entry in canonical JSON; millions are read in a verification, so it is written out and not walked over."""
    records, subject, text = entry["records"], entry["subject"], encode_basestring
    streams = ",".join([f"[{text(kind)},{count}]" for kind, count in records["streams"]])
    return (
        f'{{"action":{text(entry["action"])},"actor":{text(entry["actor"]) if entry["actor"] is not None else "null"},'
        f'"at":{text(entry["at"])},"entity":{text(entry["entity"])},'
        f'"grounds":[{",".join(map(text, entry["grounds"]))}],"id":{text(entry["id"])},"nonce":{text(entry["nonce"])},'
        f'"records":{{"root":{text(records["root"])},"streams":[{streams}]}},'
        f'"subject":{{"id":{text(subject["id"])},"type":{text(subject["type"])}}},"v":1}}'
    )


_LONGEST = 65_000
"""Entries of the log are written with a length of two bytes (C2SP tlog-tiles)."""
