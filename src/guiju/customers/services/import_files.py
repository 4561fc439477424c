"""What an import keeps of its file: the content, and what went back; for as long as somebody mends it (导入的原文件)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Coalesce

from guiju.customers.models import CustomerImport, ImportProblems
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.kernel.errors import Refused
from guiju.keys.values import seal_into, sealed_values
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root
from guiju.privacy.scanning import spots_in

KEPT_DAYS = 30
"""House figure: so long somebody may confirm a file, or mend what went back."""

MOST_PROBLEM_ROWS = 20_000
LONGEST_SOURCE = 200


def add_problems(found: CustomerImport, told: Mapping[str, Any]) -> None:
    """Keep what went back of one batch, by line; nothing more once there is too much to mend by hand."""
    rows = ImportProblems.objects.filter(source=found)
    if not told or rows.aggregate(count=Coalesce(Sum("lines"), 0))["count"] >= MOST_PROBLEM_ROWS:
        return
    made = ImportProblems(id=new_id(), entity_id=found.entity_id, source=found, lines=len(told))
    seal_into(made, "problems", told)
    made.save(force_insert=True)


def note_dry_run(found: CustomerImport, *, at: datetime) -> None:
    """Leave a trace of a file that somebody only had judged (试导的痕迹): who, which file, counts, and no content."""
    found.state, found.outcome, found.ended_at = CustomerImport.State.DROPPED, f"只判断：{found.outcome}"[:300], at
    found.content, found.samples, found.consents, found.sealed, found.mapping = b"", b"", [], b"", {}
    found.save(force_insert=True)


def keep_consents(found: CustomerImport, said: Sequence[Mapping[str, Any]]) -> None:
    """Seal what everybody in the file consented to: the proof may name people and papers."""
    seal_into(found, "sealed", {"consents": list(said)})
    found.consents = []


def clean_source(text: str, *, field: str = "source") -> str:
    """Where a file comes from, tidied; raises `Refused` for what tells of one person: it shows with each of its rows."""
    tidy = " ".join(text.replace("\x00", "").split())
    if found := "、".join(dict.fromkeys(spot.label for spot in spots_in(tidy))):
        raise Refused(
            "source_sensitive",
            f"来源里有{found}：请去掉，只写是哪一份登记表或名单（个人信息保护法第六条）",
            field=field,
        )
    return tidy[:LONGEST_SOURCE]


def has_problems(found: CustomerImport) -> bool:
    return bool(found.problems) or ImportProblems.objects.filter(source=found).exclude(problems=b"").exists()


def problems_of(found: CustomerImport) -> dict[str, Any]:
    """What went back, by line: the cells with their reasons, and the customer that was made all the same."""
    # Imports of before lie in one column.
    told = dict(sealed_values(found, "problems"))
    for one in ImportProblems.objects.filter(source=found).order_by("pk"):
        told |= sealed_values(one, "problems")
    return told


def let_go(imports: Collection[UUID]) -> None:
    """Forget the content of these files, and what went back of them."""
    CustomerImport.objects.filter(pk__in=imports).update(content=b"", samples=b"", problems=b"")
    ImportProblems.objects.filter(source__in=imports).exclude(problems=b"").update(problems=b"", lines=0)


def let_go_of_imports(*, at: datetime) -> int:
    """Forget files that nobody confirmed or finished, and what nobody mended (清除导入客户的原文件), in all companies."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    count = 0
    for entity_id in companies:
        with scope(entities={entity_id}):
            count += _let_go(entity_id, at)
    return count


_STUCK = {
    CustomerImport.State.MAPPING: (CustomerImport.State.DROPPED, "没有确认"),
    CustomerImport.State.RUNNING: (CustomerImport.State.FAILED, "没有导完，已停止"),
}


def _let_go(entity_id: UUID, at: datetime) -> int:
    old = CustomerImport.objects.filter(entity_id=entity_id, made_at__lt=at - timedelta(days=KEPT_DAYS))
    for state, (becomes, why) in _STUCK.items():
        old.filter(state=state).update(state=becomes, outcome=f"{KEPT_DAYS}天{why}，文件已清除", ended_at=at)
    # One that is being taken back keeps nothing in the end either.
    kept = list(old.exclude(content=b"", problems=b"").values_list("pk", flat=True))
    let_go(kept)
    return len(kept)
