"""What ended or was put right after the moment to which a restore goes is so again (重放): messages that were answered,
minors nobody may look at any more, notices that were corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q

from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, record
from guiju.organisations.models import User
from guiju.organisations.services.people import person_as_decided
from guiju.privacy.models import Message, MinorAccess, PrivacyNotice
from guiju.privacy.selectors.notices import forget_corrected
from guiju.privacy.services.messages import end_message
from guiju.privacy.services.minors import KIND as MINORS
from guiju.work.models import Approval
from guiju.work.services.approvals import end_decided

_KEPT = ("version", "text", "items", "recipients", "contact", "digest")
_MOMENTS = ("registered_at", "published_at", "ended_at")


def carry_answers(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """The messages that were dealt with since, and how; what was written is forgotten."""
    for one in Message.objects.filter(entity_id=entity_id, done_at__gte=since).order_by("done_at", "pk"):
        yield {
            "id": str(one.pk),
            "at": _text_of(one.done_at),
            "by": str(one.done_by_id) if one.done_by_id else None,
            "outcome": one.outcome,
        }


def replay_answers(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Forget what was written again, and close the task; what came in after that moment isn't here."""
    wanted = {UUID(line["id"]): line for line in lines}
    staff = User.objects.in_bulk([UUID(line["by"]) for line in lines if line["by"]])
    rows = Message.objects.select_for_update(of=("self",)).filter(entity_id=entity_id, pk__in=wanted, done_at=None)
    found = list(rows.order_by("pk"))
    for one in found:
        line = wanted[one.pk]
        by = staff.get(UUID(line["by"])) if line["by"] else None
        end_message(one, line["outcome"], act, by=by, at=datetime.fromisoformat(line["at"]))
    return len(found)


def carry_shut_minors(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """What of seeing minors was taken back since, or not allowed."""
    ended = Q(refused_at__gte=since) | Q(ended_at__gte=since)
    for one in MinorAccess.objects.filter(ended, entity_id=entity_id).order_by("asked_at", "pk"):
        yield {"id": str(one.pk), "refused_at": _text_of(one.refused_at), "ended_at": _text_of(one.ended_at)}


def replay_shut_minors(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Take it back again; a request that waits here for its answer has had it."""
    wanted = {UUID(line["id"]): line for line in lines}
    rows = MinorAccess.objects.select_for_update(of=("self",)).filter(
        entity_id=entity_id, pk__in=wanted, refused_at=None, ended_at=None
    )
    found = list(rows.order_by("pk"))
    for one in found:
        line = wanted[one.pk]
        one.refused_at, one.ended_at = _moment_of(line["refused_at"]), _moment_of(line["ended_at"])
        one.save(update_fields=["refused_at", "ended_at"])
        record(act, entity_id=entity_id, subject=one)
        end_decided(kind=MINORS, subject_id=one.pk, act=act, state=Approval.State.REFUSED)
    return len(found)


def carry_corrections(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """The versions that took the place of others since: what people were really shown, no values."""
    known = PrivacyNotice.objects.filter(entity_id=entity_id)
    wrong = list(known.filter(corrected_by__registered_at__gte=since).values_list("corrected_by_id", "pk"))
    rows = known.filter(pk__in={right for right, _ in wrong}).select_related("published_by")
    for one in rows.order_by("version"):
        by = one.published_by
        yield {
            "id": str(one.pk),
            "corrects": sorted(str(pk) for right, pk in wrong if right == one.pk),
            "by": {"user_id": str(by.pk), "username": by.username, "name": by.name},
            **{name: getattr(one, name) for name in _KEPT},
            **{name: _text_of(getattr(one, name)) for name in _MOMENTS},
        }


def replay_corrections(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Put the right version in the place of those that are here and were found wrong."""
    count = 0
    for line in lines:
        wrong = PrivacyNotice.objects.select_for_update(of=("self",)).filter(
            entity_id=entity_id, pk__in=line["corrects"], registered_at__isnull=False
        )
        found = [one for one in wrong.order_by("pk") if str(one.corrected_by_id) != line["id"]]
        if not found:
            continue
        right = PrivacyNotice.objects.filter(pk=line["id"]).first() or _put_down(entity_id, line, act)
        for one in found:
            one.corrected_by = right
            one.save(update_fields=["corrected_by"])
            record(act, entity_id=entity_id, subject=one)
        count += 1
    forget_corrected()
    return count


def _put_down(entity_id: UUID, line: Line, act: Act) -> PrivacyNotice:
    """The right version, under its number where nothing else has it here."""
    known, by = PrivacyNotice.objects.filter(entity_id=entity_id), line["by"]
    made = PrivacyNotice(
        id=UUID(line["id"]),
        entity_id=entity_id,
        published_by=person_as_decided(
            user_id=UUID(by["user_id"]), username=by["username"], name=by["name"], at=act.at
        ),
        **{name: line[name] for name in _KEPT},
        **{name: _moment_of(line[name]) for name in _MOMENTS},
    )
    if known.filter(version=made.version).exists():
        made.version = (known.aggregate(last=Max("version"))["last"] or 0) + 1
    made.save(force_insert=True)
    record(act, entity_id=entity_id, subject=made)
    return made


def _text_of(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


register_replayed(Replayed("privacy.answers", "办结的本人留言", carry_answers, replay_answers))
register_replayed(
    Replayed("privacy.shut_minors", "收回和没有批准的未成年人查看", carry_shut_minors, replay_shut_minors)
)
register_replayed(Replayed("privacy.corrections", "更正的补登告知", carry_corrections, replay_corrections))
