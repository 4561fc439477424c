"""What a verification tells: findings by table, row and field; and what it could not check (核对结果)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from guiju.kernel.evidence.note import Checkpoint

MOST_FINDINGS = 1000
"""Who truncates a table of a million rows is found out by the first thousand."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was recorded.

    `index` is the leaf of the log that says otherwise. It happened after the checkpoint of `since`
    leaves and before the one of `until` (None: unknown, or now).
    """

    kind: str
    table: str
    pk: str | None
    message: str
    field: str | None = None
    index: int | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Unchecked:
    """What could not be checked, and why."""

    what: str
    why: str


@dataclass
class Report:
    """The whole answer. `ok` is False for any finding, and where nothing could be checked for want of keys."""

    size: int = 0
    checkpoint: Checkpoint | None = None
    leaves: int = 0
    records: int = 0
    erased: int = 0
    """Values that are gone by law (依法删除), each by an erasure that the log knows."""
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    has_keys: bool = True
    more: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings and self.has_keys

    def add(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    def take(self, other: Report) -> None:
        """Add what another part of the same run found."""
        for finding in other.findings:
            self.add(finding)
        self.more += other.more
        self.unchecked += other.unchecked
        self.records += other.records
        self.erased += other.erased
        self.has_keys = self.has_keys and other.has_keys

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "size": self.size,
            "checkpoint": {"size": self.checkpoint.size, "root": self.checkpoint.root.hex()}
            if self.checkpoint
            else None,
            "leaves": self.leaves,
            "records": self.records,
            "erased": self.erased,
            "unchecked": [asdict(one) for one in self.unchecked],
            "findings": [asdict(one) for one in self.findings],
            "more_findings": self.more,
        }
