"""A file is judged before it is decided (试导入): how many come in, which cells would go back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.customers.models import CustomerImport
from guiju.customers.services.customer_import import content_of, decide, judge_of, locked_import, opened
from guiju.customers.services.rows import FileConsent, Row
from guiju.organisations.models import Member

TRIED = 5000
"""So many rows somebody waits for on a page; the command line judges a file of any length."""

EXAMPLES = 3


@dataclass
class Reason:
    """Why cells of one column would go back: the words of the first, its article, in which lines, and how many."""

    title: str
    sentence: str
    law: str
    lines: list[int]
    count: int = 0


@dataclass(frozen=True)
class Trial:
    """What would come of a file; `is_cut` where it goes on behind what was judged."""

    rows: int
    taken: int
    cells: int
    reasons: Sequence[Reason]
    is_cut: bool


@transaction.atomic
def try_customer_import(
    *,
    import_id: UUID,
    mapping: Mapping[str, str],
    source: str,
    consents: Sequence[FileConsent],
    actor: Member,
    at: datetime,
) -> Trial:
    """Judge a file as it would be taken in (试导入); stores nothing. Raises `Refused` as accepting it does."""
    found = locked_import(import_id, actor, CustomerImport.State.MAPPING)
    decide(found, mapping, source, consents, at)
    with opened(found, content_of(found)) as table:
        lines = list(islice(table.rows(), TRIED + 1))
    rows = judge_of(found, actor, at).judge(lines[:TRIED])
    reasons = _reasons(rows)
    taken = sum(row.customer is not None for row in rows)
    return Trial(len(rows), taken, sum(one.count for one in reasons), reasons, is_cut=len(lines) > TRIED)


def _reasons(rows: Sequence[Row]) -> list[Reason]:
    """By column and kind of problem, the most frequent first."""
    found: dict[Any, Reason] = {}
    for row in rows:
        for title, problem in row.problems:
            law = str(problem.citation or "")
            one = found.setdefault((title, problem.code, law), Reason(title, problem.sentence, law, []))
            one.count += 1
            if len(one.lines) < EXAMPLES:
                one.lines.append(row.number)
    return sorted(found.values(), key=lambda one: -one.count)
