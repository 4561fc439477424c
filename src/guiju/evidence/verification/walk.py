"""What the recomputation of the log reads and remembers on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from guiju.kernel.evidence.leaves import Head, Heads
from guiju.kernel.evidence.tree import Frontier

ENTRY, VERSION, LEAF = "evidence_entry", "evidence_revision", "evidence_leaf"
NODE, CHECKPOINT, STREAM, KEY = "evidence_node", "evidence_checkpoint", "evidence_stream", "evidence_logkey"


class LeafRow(NamedTuple):
    """A leaf and its entry; ids and the moment as the entry itself spells them, since the database spells faster."""

    place: int
    entry_id: str | None
    content: str
    hash: bytes
    sm3: bytes
    found: str | None
    entity_id: str
    action: str
    actor_id: str | None
    at: str
    subject_type: str
    subject_id: str
    records: int
    text: str


class VersionRow(NamedTuple):
    place: int
    id: str
    position: int
    subject_type: str
    subject_id: str
    schema: str
    digests: bytes


class SignedRow(NamedTuple):
    size: int
    root: bytes
    at: datetime
    note: str


@dataclass
class Walk:
    """How far the recomputation has come."""

    frontier: Frontier
    frontier_sm3: Frontier
    heads: Heads
    knows_heads: bool
    """False where the numbers can't be known, or are known to be wrong already: one cause, one finding."""
    signed: dict[str, Head] = field(default_factory=dict)
    """The heads at the newest checkpoint."""
    rows: dict[int, SignedRow] = field(default_factory=dict)
    """The checkpoints, by size."""
    good: int = 0
    """Size of the last checkpoint that fits, and below the tree as it was there, with all that came since."""
    base: Frontier = field(default_factory=Frontier)
    after: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Hashes as stored and as computed."""
    is_whole: bool = True
    """False once a leaf is missing or the log was rewritten: from there on no root can be compared."""
    suspects: dict[int, tuple[LeafRow, bytes]] = field(default_factory=dict)
    """Leaves whose stored hash is not the computed one, by index."""
