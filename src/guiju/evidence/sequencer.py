"""The sequencer gives entries their place in the log (排位) and signs checkpoints (签发检查点).

One leads at a time, by a lock that ends with its transaction. A round takes what waits, writes
leaves, hashes and heads, and takes the entries off the queue, all in one transaction: killed at any
moment, it leaves the log as it was or as it will be. Writers wait for nobody, and an entry that is
committed late is found like any other, since the queue says what has no place yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from guiju.database.models import new_id
from guiju.evidence.nodes import append_leaves, tree_of
from guiju.kernel.evidence import plain_value, sm3
from guiju.kernel.evidence.leaves import Head, Heads, entry_leaf, read_entry, stream_name
from guiju.kernel.evidence.note import Checkpoint, SignerKey, VerifierKey
from guiju.kernel.evidence.tree import Frontier, leaf_hash

LEADER = 0x6775696A75  # "guiju"
"""The advisory lock of who leads."""

LARGEST_ROUND = 5000
CHECKPOINT_EVERY = timedelta(seconds=2)

NO_KEY = "签名密钥文件 keys/log.key 不在：条目照常排位，检查点暂停签发。请把备份的密钥文件放回去"
OTHER_KEY = "签名密钥不是这套日志的：条目照常排位，检查点暂停签发。请把原来的密钥文件放回 keys/log.key"

_PUT_BACK = "排位和签发都已停止。请先核对（guiju evidence verify）；若是有意恢复的备份，把 keys/newest.checkpoint 移到别处再启动"
SHORTER = f"数据库里的日志比留在数据文件夹的检查点短：退回了旧备份，或尾部被截去。{_PUT_BACK}"
ANOTHER = f"数据库里的日志与留在数据文件夹的检查点不是同一套：被改写或换过。{_PUT_BACK}"
_FORKED = (SHORTER, ANOTHER)

_log = logging.getLogger("guiju.evidence")


@dataclass(frozen=True)
class Round:
    """What a round did: entries placed, and the signed checkpoint if there is one; a bystander doesn't lead."""

    placed: int = 0
    checkpoint: Checkpoint | None = None
    note: str = ""
    leads: bool = True


@dataclass
class _State:
    """The log as the last round left it; read anew whenever the database disagrees."""

    tree: Frontier
    tree_sm3: Frontier
    heads: Heads
    signed: int
    signed_at: datetime | None
    key: VerifierKey | None
    changed: dict[tuple[UUID, str], Head] = field(default_factory=dict)


class Sequencer:
    """Works on a connection of the role `sequencer`; `signer` is None where the key is missing.

    `trouble` is a sentence for people when checkpoints can't be signed: entries get their places all the same.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        signer: SignerKey | None,
        held: Callable[[], Checkpoint | None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._held = held
        self._signer = signer
        self.trouble = NO_KEY if signer is None else ""
        self._known: _State | None = None
        self._unreadable: set[UUID] = set()

    @property
    def has_work(self) -> bool:
        """Whether anything waits or is placed and not signed yet: a look that takes no lock."""
        row = self._connection.execute(
            "SELECT EXISTS (SELECT FROM evidence_pending WHERE entry_id <> ALL (%s)),"
            " (SELECT max(index) + 1 FROM evidence_leaf) > (SELECT COALESCE(max(size), 0) FROM evidence_checkpoint)",
            [list(self._unreadable)],
        ).fetchone()
        assert row is not None
        return bool(row[0] or (row[1] and self._signer))

    def round(self, *, at: datetime, every: timedelta = CHECKPOINT_EVERY) -> Round:
        """Place what waits, at most `LARGEST_ROUND` entries; sign when `every` has passed since the last time."""
        try:
            with self._connection.transaction():
                leads = self._connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LEADER]).fetchone()
                if leads != (True,):
                    return Round(leads=False)
                state = self._state()
                if self.trouble in _FORKED:
                    return Round()
                placed = self._place(state)
                return Round(placed, *self._sign(state, at, every))
        except BaseException:
            # What is in memory may be ahead of what was rolled back.
            self._known = None
            raise

    def _state(self) -> _State:
        row = self._connection.execute("SELECT COALESCE(max(index) + 1, 0) FROM evidence_leaf").fetchone()
        assert row is not None
        if self._known is None or self._known.tree.size != row[0]:
            self._known = self._read(row[0])
        return self._known

    def _fork(self, size: int) -> str:
        """Why this can't be the log of which a checkpoint is held beside the database; empty when it can."""
        held = self._held()
        if held is None:
            return ""
        if held.size > size:
            return SHORTER
        return "" if tree_of(self._connection, held.size).root() == held.root else ANOTHER

    def _read(self, size: int) -> _State:
        # A log that was cut or rewritten in the database must not be signed on: the signature would hide it.
        if fork := self._fork(size):
            self.trouble = fork
        heads = {
            stream_name(str(entity), kind): Head(count, bytes(head))
            for entity, kind, count, head in self._connection.execute(
                "SELECT entity_id, subject_type, count, head FROM evidence_stream"
            )
        }
        signed = self._connection.execute(
            "SELECT size, at FROM evidence_checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        key = self._connection.execute("SELECT key FROM evidence_logkey ORDER BY since LIMIT 1").fetchone()
        return _State(
            Frontier.of(tree_of(self._connection, size)),
            Frontier.of(tree_of(self._connection, size, digest=sm3)),
            Heads(heads),
            signed[0] if signed else 0,
            signed[1] if signed else None,
            VerifierKey.parse(key[0]) if key else None,
        )

    def _place(self, state: _State) -> int:
        waiting = self._connection.execute(
            "SELECT entry_id FROM evidence_pending WHERE entry_id <> ALL (%s) ORDER BY serial LIMIT %s",
            [list(self._unreadable), LARGEST_ROUND],
            binary=True,
        ).fetchall()
        # Not by a join: behind a long queue it was planned over the whole log, round after round.
        entries = {
            row[0]: row
            for row in self._connection.execute(
                "SELECT id, entity_id, leaf FROM evidence_entry WHERE id = ANY (%s)",
                [[entry_id for (entry_id,) in waiting]],
                binary=True,
            )
        }
        leaves: list[tuple[UUID | None, str, bytes]] = []
        for entry_id, entity_id, text in (entries[one] for (one,) in waiting if one in entries):
            entity = str(entity_id)
            try:
                said = read_entry(text)
                if (said.entry["id"], said.entry["entity"]) != (str(entry_id), entity):
                    raise ValueError("an entry under another's name")
                counts = said.streams
            except ValueError:
                # Not written by record(): it stays in the queue, where the verification names it.
                _log.error("条目 %s 读不懂，没有排位", entry_id)
                self._unreadable.add(entry_id)
                continue
            names = [stream_name(entity, kind) for kind, _ in counts]
            places = [state.heads[name].count + 1 for name in names]
            leaf = entry_leaf(text.encode(), places)
            reached = leaf_hash(leaf)
            for name, (kind, count) in zip(names, counts, strict=True):
                state.changed[entity_id, kind] = state.heads.move(name, count, reached)
            leaves.append((entry_id, f"[{','.join(map(str, places))}]", leaf))
        if leaves:
            append_leaves(self._connection, leaves, state.tree, state.tree_sm3)
            self._keep_streams(state)
            self._connection.execute(
                "DELETE FROM evidence_pending WHERE entry_id = ANY (%s)", [[entry_id for entry_id, _, _ in leaves]]
            )
        return len(leaves)

    def _keep_streams(self, state: _State) -> None:
        changed = list(state.changed.items())
        state.changed.clear()
        self._connection.execute(
            "INSERT INTO evidence_stream (id, entity_id, subject_type, count, head, signed_count, signed_head)"
            " SELECT *, 0, '' FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[], %s::bytea[])"
            " ON CONFLICT (entity_id, subject_type) DO UPDATE SET count = EXCLUDED.count, head = EXCLUDED.head",
            [
                [new_id() for _ in changed],
                [entity for (entity, _), _ in changed],
                [kind for (_, kind), _ in changed],
                [head.count for _, head in changed],
                [head.head for _, head in changed],
            ],
        )

    def _sign(self, state: _State, at: datetime, every: timedelta) -> tuple[Checkpoint | None, str]:
        if self._signer is None or state.tree.size <= state.signed:
            return None, ""
        if state.key not in (None, self._signer.verifier):
            self.trouble = OTHER_KEY
            return None, ""
        if state.signed_at is not None:
            # A clock that was set back makes no checkpoint older than the one before it.
            if at < state.signed_at:
                at = state.signed_at
            elif at - state.signed_at < every:
                return None, ""
        if state.key is None:
            state.key = self._signer.verifier
            self._connection.execute(
                "INSERT INTO evidence_logkey (since, key, at) VALUES (0, %s, %s)", [str(state.key), at]
            )
        leaf = state.heads.leaf(at=plain_value(at), sm3_root=state.tree_sm3.root(), size=state.tree_sm3.size)
        append_leaves(self._connection, [(None, leaf.decode(), leaf)], state.tree, state.tree_sm3)
        signed = Checkpoint(self._signer.name, state.tree.size, state.tree.root())
        note = self._signer.sign(signed.body)
        self._connection.execute(
            "INSERT INTO evidence_checkpoint (size, root, at, note) VALUES (%s, %s, %s, %s)",
            [signed.size, signed.root, at, note],
        )
        self._connection.execute(
            "UPDATE evidence_stream SET signed_count = count, signed_head = head WHERE signed_count <> count"
        )
        state.signed, state.signed_at = signed.size, at
        return signed, note
