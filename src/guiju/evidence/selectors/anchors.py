"""Where the log stands with those outside who keep its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db.models import QuerySet

from guiju.evidence.anchors.config import key_of, read_targets
from guiju.evidence.models import Checkpoint, Receipt
from guiju.kernel.errors import Refused


@dataclass(frozen=True)
class TargetStanding:
    """One authority or chain: the last receipt, what isn't there yet, and why."""

    label: str
    sort: str
    url: str
    last: Receipt | None
    waiting: Receipt | None
    newest: int

    @property
    def open_from(self) -> int:
        """The first leaf that the target doesn't cover."""
        return self.last.size if self.last else 0

    @property
    def open_count(self) -> int:
        return max(self.newest - self.open_from, 0)


@dataclass(frozen=True)
class Anchoring:
    """All of it; `problem` says what is wrong with the settings."""

    targets: tuple[TargetStanding, ...]
    witnesses: tuple[Receipt, ...]
    problem: str
    newest: Checkpoint | None
    open_since: datetime | None

    @property
    def is_local_only(self) -> bool:
        """Whether nobody outside holds any checkpoint (仅本机存证)."""
        return not self.witnesses and all(target.last is None for target in self.targets)


def anchoring(folder: Path) -> Anchoring:
    """As things stand now."""
    newest = Checkpoint.objects.order_by("-size").first()
    problem, targets = "", []
    try:
        wanted = read_targets(folder).all()
    except Refused as refused:
        problem, wanted = refused.sentence, []
    for target in wanted:
        known = Receipt.objects.filter(target=key_of(target))
        targets.append(
            TargetStanding(
                target.label,
                Receipt.Sort(target.sort).label,
                target.url,
                known.exclude(done_at=None).order_by("-size").first(),
                known.filter(done_at=None).first(),
                newest.size if newest else 0,
            )
        )
    witnesses = Receipt.objects.filter(sort=Receipt.Sort.WITNESS).order_by("-made_at")[:50]
    covered = max([0, *(target.open_from for target in targets), *(one.size for one in witnesses)])
    first_open = Checkpoint.objects.filter(size__gt=covered).order_by("size").first()
    return Anchoring(tuple(targets), tuple(witnesses), problem, newest, first_open.at if first_open else None)


def receipts() -> QuerySet[Receipt]:
    """All receipts that there are, the newest first."""
    return Receipt.objects.exclude(done_at=None).order_by("-done_at")


def has_outside_witness() -> bool:
    return Receipt.objects.exclude(done_at=None).exists()
