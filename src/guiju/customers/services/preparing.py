"""The rows of a long file are prepared by processes beside (导入的准备): judged, sealed and digested while the batch
before is written.

That is most of what an import costs, and rows don't depend on each other but for the question whether the company
has somebody already, which is asked by who writes.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import partial
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.utils import timezone

from guiju.database.embedded import die_with_parent
from guiju.sheets.tables import Line, OpenedSheet

if TYPE_CHECKING:
    from guiju.customers.models import CustomerImport
    from guiju.customers.services.customer_import import Prepared

_log = logging.getLogger(__name__)

ALONE = 4000
"""So many rows are in before another process would have begun."""

_BESIDE = 2
_NICE = 5
"""People who wait for a page come before a file."""

_AHEAD = _BESIDE + 1


def prepared_batches(
    table: OpenedSheet, found: CustomerImport, member_id: UUID, user_id: UUID
) -> Iterator[tuple[list[Line], Prepared | None]]:
    """The rows that aren't in yet, so many at a time, and from a number of rows on what was prepared of them."""
    from guiju.customers.services.customer_import import batches_of

    batches, alone = batches_of(table, after=found.line_done), 0
    for lines in batches:
        yield lines, None
        alone += len(lines)
        if alone >= ALONE:
            break
    first = next(batches, None)
    if first is None:
        return
    beside = ProcessPoolExecutor(
        _BESIDE, mp_context=get_context("spawn"), initializer=_begin, initargs=(connection.settings_dict["NAME"],)
    )
    try:
        waiting: deque[tuple[list[Line], Callable[[], Prepared]]] = deque()
        for lines in chain([first], batches):
            waiting.append(
                (lines, _asked(beside, partial(_prepare, found.pk, member_id, user_id, lines, timezone.now())))
            )
            if len(waiting) > _AHEAD:
                yield _next(waiting)
        while waiting:
            yield _next(waiting)
    finally:
        beside.shutdown(wait=True, cancel_futures=True)


def _asked(beside: ProcessPoolExecutor, work: Callable[[], Prepared]) -> Callable[[], Prepared]:
    """What gives the prepared rows, or raises; a pool whose process was killed takes no more work."""
    try:
        return beside.submit(work).result
    except BrokenProcessPool as broken:
        return partial(_raise, broken)


def _raise(trouble: Exception) -> Prepared:
    raise trouble


def _next(waiting: deque[tuple[list[Line], Callable[[], Prepared]]]) -> tuple[list[Line], Prepared | None]:
    lines, made = waiting.popleft()
    try:
        return lines, made()
    except Exception:
        # Who writes finds the same trouble, and says so; of a process that was killed, or can't connect, they do the work.
        _log.warning("rows %s to %s were not prepared", lines[0].number, lines[-1].number, exc_info=True)
        return lines, None


def _begin(database: str) -> None:
    die_with_parent()
    os.nice(_NICE)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    import django

    django.setup()
    connection.settings_dict["NAME"] = database


def _prepare(import_id: UUID, member_id: UUID, user_id: UUID, lines: list[Line], at: datetime) -> Prepared:
    from guiju.customers.models import CustomerImport
    from guiju.customers.services.customer_import import judge_of, prepared_by
    from guiju.organisations.selectors import acting_by_id

    with acting_by_id(member_id, user_id) as member:
        found = CustomerImport.objects.defer("content", "problems").get(pk=import_id)
        return prepared_by(judge_of(found, member, at), lines)
