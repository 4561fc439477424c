"""Bundles of records for outsiders (存证包): records, their proofs, the checkpoint, receipts, and the programs
that check all this offline."""

from __future__ import annotations

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from guiju.evidence import outside
from guiju.evidence.nodes import KeptNodes, tree_of
from guiju.evidence.sealing import ERASED, open_version
from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.evidence import DIGEST_BYTES, SALT_BYTES, plain_value, record_digest
from guiju.kernel.evidence.leaves import Head, batch_path, entry_leaf, head_leaf, record_leaf, stream_name
from guiju.kernel.evidence.note import parse_checkpoint
from guiju.kernel.evidence.tree import WIDTH, leaf_hash, path_in, root_of

FORMAT = "guiju-bundle/1"

Shows = Callable[[str, str], bool]
"""Whether a field (kind of record, code) may be seen in the clear; of others only the digest goes along."""


class _Version(NamedTuple):
    id: UUID
    entity_id: UUID
    entry_id: UUID
    position: int
    subject_id: UUID
    schema: str
    digests: bytes
    sealed: bytes
    place: int
    content: str
    leaf: str
    records: int


_VERSIONS = (
    "SELECT r.id, r.entity_id, r.entry_id, r.position, r.subject_id, r.schema, r.digests, r.sealed,"
    " l.index, l.content, e.leaf, e.count"
    " FROM evidence_revision r JOIN evidence_entry e ON e.id = r.entry_id JOIN evidence_leaf l ON l.entry_id = e.id"
    " WHERE l.index < %s AND "
)


@dataclass
class Bundle:
    """Collects versions and writes them with their proofs, as of the newest checkpoint.

    The connection has to see one state of the database (`verification.state`) where streams are
    asked for. Raises `Refused` when nothing was signed yet.
    """

    connection: psycopg.Connection[Any]
    ring: Keyring
    shows: Shows = lambda kind, code: True
    versions: dict[UUID, _Version] = field(default_factory=dict)
    streams: list[tuple[UUID, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        row = self.connection.execute(
            "SELECT size, note FROM evidence_checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        key = self.connection.execute("SELECT key FROM evidence_logkey ORDER BY since LIMIT 1").fetchone()
        if row is None or key is None:
            raise Refused("no_checkpoint", "还没有签发过检查点：请稍候几秒再试")
        self.size, self.note, self.key = int(row[0]), str(row[1]), str(key[0])
        self.tree = tree_of(self.connection, self.size)

    def add_record(self, subject_type: str, subject_id: UUID, *, only: UUID | None = None) -> None:
        """All versions of a record that have their place (or the one of this entry); raises `Missing` for none."""
        found = self._read("r.subject_type = %s AND r.subject_id = %s", subject_type, subject_id)
        kept = [version for version in found if only in (None, version.entry_id)]
        if not kept:
            raise Missing("no_proof", "这条记录还没有排位，或没有存证：请稍候几秒再试")
        self.versions.update((version.id, version) for version in kept)

    def add_stream(self, entity_id: UUID, subject_type: str) -> None:
        """All records of one kind of a company, provably none left out."""
        found = self._read("r.subject_type = %s AND r.entity_id = %s", subject_type, entity_id)
        row = self.connection.execute(
            "SELECT signed_count FROM evidence_stream WHERE entity_id = %s AND subject_type = %s",
            [entity_id, subject_type],
        ).fetchone()
        if len(found) != (row[0] if row else 0):
            raise Refused(
                "stream_incomplete", f"{subject_type} 的版本数与检查点里的总数不符：请先运行 guiju evidence verify"
            )
        self.versions.update((version.id, version) for version in found)
        if found:
            self.streams.append((entity_id, subject_type))

    def _read(self, where: str, *values: Any) -> list[_Version]:
        rows = self.connection.execute(
            f"{_VERSIONS}{where} ORDER BY l.index, r.position", [self.size, *values], binary=True
        )
        return [_Version(*row) for row in rows]

    def content(self, *, at: datetime, with_tiles: bool = False) -> dict[str, Any]:
        """The bundle as JSON."""
        ordered = sorted(self.versions.values(), key=lambda version: (version.place, version.position))
        entries = {version.place: version for version in ordered}
        bundle: dict[str, Any] = {
            "format": FORMAT,
            "made_at": plain_value(at),
            "key": self.key,
            "checkpoint": self.note,
            "entries": [self._entry(version) for version in entries.values()],
            "records": [self._record(version, leaves) for version, leaves in self._with_batches(ordered)],
            "anchors": [self._anchor(*receipt) for receipt in self._receipts(max(entries, default=0))],
        }
        if self.streams:
            bundle |= self._heads()
        if with_tiles:
            bundle["tiles"] = self._tiles()
        return bundle

    def _entry(self, version: _Version) -> dict[str, Any]:
        leaf = entry_leaf(version.leaf.encode(), json.loads(version.content))
        return {"index": version.place, "leaf": leaf.decode(), "path": _hex(self.tree.inclusion(version.place))}

    def _with_batches(self, versions: Sequence[_Version]) -> Iterable[tuple[_Version, list[bytes]]]:
        """Each version with the record leaves of its whole entry."""
        known: tuple[UUID | None, list[bytes]] = (None, [])
        for version in versions:
            if version.records == 1:
                yield version, [_record_leaf(version.schema, version.subject_id, version.digests)]
                continue
            if known[0] != version.entry_id:
                rows = self.connection.execute(
                    "SELECT schema, subject_id, digests FROM evidence_revision WHERE entity_id = %s AND entry_id = %s"
                    " ORDER BY position",
                    [version.entity_id, version.entry_id],
                    binary=True,
                )
                known = (version.entry_id, [_record_leaf(*row) for row in rows])
            yield version, known[1]

    def _record(self, version: _Version, leaves: Sequence[bytes]) -> dict[str, Any]:
        count = len(version.digests) // DIGEST_BYTES
        content = open_version(self.ring, version.entity_id, version.id, version.sealed, fields=count)
        kind = version.schema.rpartition("/")[0]
        fields = []
        for at, (code, value) in enumerate(content.values.items()):
            shown: dict[str, Any] = {
                "code": code,
                "digest": version.digests[at * DIGEST_BYTES : (at + 1) * DIGEST_BYTES].hex(),
            }
            salt = content.salts[at * SALT_BYTES : (at + 1) * SALT_BYTES]
            if salt != ERASED and self.shows(kind, code):
                shown |= {"salt": salt.hex(), "value": value}
            fields.append(shown)
        return {
            "entry": version.place,
            "position": version.position,
            "leaf": leaves[version.position].decode(),
            "path": _hex(batch_path(leaves, version.position)),
            "fields": fields,
        }

    def _heads(self) -> dict[str, Any]:
        rows = self.connection.execute(
            "SELECT entity_id, subject_type, signed_count, signed_head FROM evidence_stream WHERE signed_count > 0",
            binary=True,
        ).fetchall()
        heads = {stream_name(str(entity), kind): Head(count, head) for entity, kind, count, head in rows}
        names = sorted(heads)
        hashes = [leaf_hash(head_leaf(name, heads[name])) for name in names]
        row = self.connection.execute("SELECT content FROM evidence_leaf WHERE index = %s", [self.size - 1]).fetchone()
        content = str(row[0]) if row else ""
        if f'"root":"{root_of(hashes).hex()}"' not in content:
            raise Refused("heads_differ", "各类记录的总数与签名的检查点不符：请先运行 guiju evidence verify")
        streams = []
        for entity_id, kind in dict.fromkeys(self.streams):
            name = stream_name(str(entity_id), kind)
            position = names.index(name)
            streams.append(
                {
                    "stream": name,
                    "count": heads[name].count,
                    "head": heads[name].head.hex(),
                    "position": position,
                    "path": _hex(path_in(hashes, position)),
                }
            )
        leaf = {"index": self.size - 1, "leaf": content, "path": _hex(self.tree.inclusion(self.size - 1))}
        return {"heads": leaf, "streams": streams}

    def _receipts(self, last: int) -> Iterable[tuple[Any, ...]]:
        """Of each who keeps checkpoints: the first that covers the last entry, and the newest."""
        return self.connection.execute(
            "SELECT sort, label, checkpoint, answer, detail FROM evidence_receipt r WHERE done_at IS NOT NULL"
            " AND size <= %(size)s AND (size = (SELECT min(size) FROM evidence_receipt WHERE target = r.target"
            " AND done_at IS NOT NULL AND size > %(last)s) OR size = (SELECT max(size) FROM evidence_receipt"
            " WHERE target = r.target AND done_at IS NOT NULL AND size <= %(size)s)) ORDER BY size, label",
            {"size": self.size, "last": last},
        ).fetchall()

    def _anchor(self, sort: str, label: str, note: str, answer: bytes | None, detail: dict[str, Any]) -> dict[str, Any]:
        said = parse_checkpoint(note)
        shown: dict[str, Any] = {
            "kind": sort,
            "label": label,
            "checkpoint": note,
            "path": _hex(self.tree.consistency(said.size)),
        }
        if sort == "rfc3161":
            shown |= {"receipt": b64encode(answer or b"").decode(), **detail}
        elif sort == "evm":
            shown |= {"size": said.size, "root": said.root.hex(), **detail}
        return shown

    def _tiles(self) -> dict[str, str]:
        nodes = KeptNodes(self.connection)
        return {
            str(number): b"".join(nodes.read(0, number * WIDTH, min(WIDTH, self.size - number * WIDTH))).hex()
            for number in range(-(-self.size // WIDTH))
        }


def _record_leaf(schema: str, subject_id: UUID, digests: bytes) -> bytes:
    return record_leaf(schema, str(subject_id), record_digest(schema, digests))


def _hex(path: Iterable[bytes]) -> list[str]:
    return [one.hex() for one in path]


def bundle_file(content: dict[str, Any]) -> bytes:
    """A zip with the bundle and the programs that check it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(content, ensure_ascii=False, indent=1))
        archive.writestr("verify.py", outside.program())
        archive.writestr("verify.html", outside.page())
        archive.writestr("说明.txt", outside.readme())
    return packed.getvalue()
