"""Who has to hear of a withdrawal, a refusal, a freezing or an erasure hears of it at once (停止处理的通知).

That it has to be told stands in the transaction of what ended, so that no crash between loses it. Right after the
commit the hearers are asked, each in its own transaction; what failed, or was cut off, the clock tells again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from guiju.archives.models import Disposal, DisposalItem
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act
from guiju.notifications.services.ending import every_company
from guiju.privacy.models import Ending, Subject
from guiju.privacy.registry import HEARERS
from guiju.privacy.terms import MARKETING

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
CUT_OFF = timedelta(seconds=30)
"""So long the process that wrote it has for telling; then the clock takes it for cut off."""

AT_ONCE = 500

_log = logging.getLogger("guiju.privacy")


@dataclass(frozen=True)
class Ended:
    """What ended for whom: as in `Ending`."""

    sort: Ending.Sort
    people: Collection[UUID]
    cause_id: UUID
    at: datetime
    purpose: str = ""
    fields: Sequence[str] = ()
    recipient_id: UUID | None = None


def announce(entity_id: UUID, ended: Ended, act: Act) -> Ending | None:
    """Write that it has to be told, and tell it once all is committed; of nobody there is nothing to tell."""
    if not ended.people:
        return None
    made = Ending(
        id=new_id(),
        entity_id=entity_id,
        sort=ended.sort,
        people=sorted(str(one) for one in ended.people),
        purpose=ended.purpose,
        fields=sorted(ended.fields),
        recipient_id=ended.recipient_id,
        cause_id=ended.cause_id,
        at=ended.at,
        made_at=act.at,
        due_at=act.at + CUT_OFF,
    )
    with scope_with(entity_id):
        made.save(force_insert=True)
    transaction.on_commit(partial(_tell_now, entity_id, made.pk), robust=True)
    return made


def _tell_now(entity_id: UUID, ending_id: UUID) -> None:
    tell_hearers(entity_id=entity_id, ending_id=ending_id, at=timezone.now())


@transaction.atomic
def tell_hearers(*, entity_id: UUID, ending_id: UUID, at: datetime) -> bool:
    """Ask all hearers that haven't heard of it (通知下游); returns whether all have now.

    What a hearer writes and that it has heard are committed together.
    """
    act = Act("privacy.tell_hearers", None, at)
    with scope(entities={entity_id}):
        found = (
            Ending.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk=ending_id, due_at__isnull=False)
            .first()
        )
        if found is None:
            return True
        for code, hear in HEARERS.items():
            if code in found.heard:
                continue
            try:
                with transaction.atomic():
                    hear(found, act)
            except Exception:
                _log.exception("没有通知到，稍后再试：%s %s", code, found.pk)
            else:
                found.heard = [*found.heard, code]
        is_over = HEARERS.keys() <= set(found.heard)
        found.tries += 1
        found.due_at = None if is_over else at + min(FIRST_PAUSE * 2 ** min(found.tries - 1, 10), LONGEST_PAUSE)
        found.save(update_fields=["heard", "tries", "due_at"])
        return is_over


def tell_waiting(*, at: datetime) -> int:
    """Tell again what was cut off or failed, in all companies (再次通知); returns how many were told to all."""
    told = 0
    for chunk in every_company():
        with scope(entities=chunk):
            rows = Ending.objects.filter(due_at__lte=at).order_by("due_at")
            waiting = list(rows.values_list("entity_id", "pk")[:AT_ONCE])
        for entity_id, ending_id in waiting:
            told += tell_hearers(entity_id=entity_id, ending_id=ending_id, at=at)
    return told


def announce_refusal(entity_id: UUID, people: Collection[UUID], cause_id: UUID, at: datetime, act: Act) -> None:
    """That addresses of these people refuse what is commercial."""
    announce(entity_id, Ended(Ending.Sort.REFUSED, people, cause_id, at, MARKETING), act)


def announce_erased(disposal: Disposal, items: Sequence[DisposalItem], act: Act) -> None:
    """What went of people, with each batch of a disposal; of records of companies there is nobody to tell."""
    gone = [one for one in items if one.state == DisposalItem.State.DESTROYED]
    people = set(Subject.objects.filter(pk__in=[one.subject_id for one in gone]).values_list("pk", flat=True))
    by_fields: dict[tuple[str, ...], list[UUID]] = {}
    for one in gone:
        if one.subject_id in people:
            by_fields.setdefault(tuple(one.fields), []).append(one.subject_id)
    for fields, some in by_fields.items():
        announce(disposal.entity_id, Ended(Ending.Sort.ERASED, some, disposal.pk, act.at, fields=fields), act)


def announce_frozen(subject: Subject, fields: Sequence[str], act: Act) -> None:
    """That something of a person may only be stored from now on."""
    announce(subject.entity_id, Ended(Ending.Sort.FROZEN, [subject.pk], subject.pk, act.at, fields=fields), act)
