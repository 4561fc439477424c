"""What has to happen in a restored database before anybody signs in (恢复之后)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from guiju.accounts.services.restored import end_all_access
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.replayed import REPLAYED, Line
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA
from guiju.notifications.services.replaying import hold_back_pending
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import required_root
from guiju.privacy.services.minors import end_every_minor_access
from guiju.safekeeping.models import Restoration
from guiju.safekeeping.services.looking import ask_to_look

_FIRST = "notifications.sent"
"""Before what waits is held back: of what went out since, it is known what became of it."""

MINOR_ACCESS = "privacy.minor_access"
"""Not done again but ended, all of them: who wants to see minors asks anew."""

OVERLAP = timedelta(days=1)
"""Work that began before the moment may have been committed after it: so much more is carried over, and done once."""


@dataclass(frozen=True)
class Facts:
    """What the restore was: see `Restoration`."""

    account: str
    place: str
    began_at: datetime
    until: datetime | None
    moment: datetime
    full_at: datetime
    newest_at: datetime | None = None
    without_replay: str = ""
    left_size: int | None = None
    left_root: str = ""


@transaction.atomic
def settle_restored(*, facts: Facts, carried: Iterable[Line], at: datetime) -> Restoration:
    """Do again what was decided since, hold notices back, end all access, and record the restore (恢复备份).

    `carried` are lines of code, entity and what that kind carried out of the newest state.
    """
    root = required_root()
    by_kind: dict[str, dict[UUID, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for one in carried:
        by_kind[one["code"]][UUID(one["entity"])].append(one["line"])
    with scope(trees={root}):
        known = set(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    act = Act("safekeeping.replay", None, at, (), _why(facts))
    replayed = {_FIRST: _replayed(_FIRST, by_kind, known, act)}
    uncertain = hold_back_pending(at=at)
    replayed |= {code: _replayed(code, by_kind, known, act) for code in REPLAYED if code != _FIRST}
    if facts.until is not None:
        replayed[MINOR_ACCESS] = sum(_within(one, lambda one: end_every_minor_access(one, act)) for one in known)
    ended = end_all_access(at=at)
    with scope(entities={root}):
        made = Restoration(
            id=new_id(),
            entity_id=root,
            account=facts.account[:100],
            place=facts.place[-300:],
            began_at=facts.began_at,
            restored_at=at,
            until=facts.until,
            moment=facts.moment,
            full_at=facts.full_at,
            newest_at=facts.newest_at,
            replayed={code: count for code, count in replayed.items() if count},
            without_replay=facts.without_replay,
            uncertain=uncertain,
            sessions=ended.sessions,
            tokens=ended.tokens,
            links=ended.links,
            left_size=facts.left_size,
            left_root=facts.left_root,
        )
        made.save(force_insert=True)
        record(Act("safekeeping.settle_restored", None, at), entity_id=root, subject=made)
    if facts.until is not None and facts.newest_at is None:
        for entity_id in known:
            _within(entity_id, lambda one: ask_to_look(one, made, at))
    return made


_Done = TypeVar("_Done")


def _within(entity_id: UUID, work: Callable[[UUID], _Done]) -> _Done:
    with scope(entities={entity_id}):
        return work(entity_id)


def _replayed(code: str, by_kind: dict[str, dict[UUID, list[Line]]], known: set[UUID], act: Act) -> int:
    """How much of one kind was done again; a company that is not here yet has nothing to do it to."""
    count = 0
    for entity_id, lines in by_kind[code].items():
        if entity_id in known:
            with scope(entities={entity_id}):
                count += REPLAYED[code].replay(entity_id, lines, act)
    return count


def _why(facts: Facts) -> str:
    until, newest = (
        f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" for moment in (facts.moment, facts.newest_at or facts.moment)
    )
    return f"从备份恢复到 {until}，重放此后至 {newest} 的"
