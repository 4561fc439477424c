"""After a restore nothing is sent twice (恢复以后的通知): what went out since is known again, what waited is uncertain."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from guiju.database.bulk import insert_rows
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.crypto.sealed import Unsealable
from guiju.notifications.channels import State
from guiju.notifications.models import Attempt, Channel, Code, Notice, Sort
from guiju.notifications.sealing import Content, open_content, seal_content
from guiju.notifications.selectors.ways import channels_of
from guiju.notifications.services.ending import every_company, settle
from guiju.organisations.models import Member

HELD_BACK = "恢复之前可能已经发出，请核实后认定"
_NOT_KNOWN = (State.BEGUN, State.UNKNOWN)
_PENDING = (Notice.State.WAITING, Notice.State.SENDING)
_NOTICE = ("kind", "key", "url", "route", "via", "state", "trouble")
_ATTEMPT = ("number", "sort", "state", "reference", "said")
_MOMENTS = ("made_at", "due_at", "valid_until", "counts_from")


def carry_sent(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Notices that were handed to a channel since, with their attempts; what they say stays sealed."""
    tried = Attempt.objects.filter(entity_id=entity_id, began_at__gte=since).values("notice_id")
    for one in Notice.objects.filter(pk__in=tried).prefetch_related("attempts").order_by("made_at", "pk"):
        yield {
            "id": str(one.pk),
            **{name: getattr(one, name) for name in _NOTICE},
            **{name: _text(getattr(one, name)) for name in _MOMENTS},
            "member": str(one.member_id) if one.member_id else None,
            "content": base64.b64encode(one.content).decode(),
            "digest": one.digest,
            "attempts": [
                {
                    "id": str(attempt.pk),
                    **{name: getattr(attempt, name) for name in _ATTEMPT},
                    "channel": str(attempt.channel_id),
                    "key": str(attempt.key),
                    **{name: _text(getattr(attempt, name)) for name in ("channel_since", "began_at", "ended_at")},
                }
                for attempt in one.attempts.all()
            ],
        }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def replay_sent(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Write down again that they went out, so that the same occasion is not told twice."""
    known = {one.key: one for one in Notice.objects.filter(entity_id=entity_id, key__in=[one["key"] for one in lines])}
    members = set(Member.objects.in_bulk([UUID(one["member"]) for one in lines if one["member"]]))
    count = 0
    for line in lines:
        notice = known.get(line["key"])
        if notice is None and line["member"] and UUID(line["member"]) not in members:
            continue  # Who is no member here is told nothing either.
        count += _put_back(entity_id, notice, line, act)
    return count


def _put_back(entity_id: UUID, notice: Notice | None, line: Line, act: Act) -> bool:
    made = notice or _notice_of(entity_id, line)
    numbers = set(Attempt.objects.filter(notice_id=made.pk).values_list("number", flat=True))
    tries = [_attempt_of(made, one) for one in line["attempts"] if one["number"] not in numbers]
    if not tries:
        return False
    if notice is None:
        made.save(force_insert=True)
    else:
        made.state, made.trouble, made.due_at = line["state"], line["trouble"], _moment(line["due_at"])
        made.save(update_fields=["state", "trouble", "due_at"])
    insert_rows(tries)
    with one_entry(act, about=made):
        record(act, entity_id=entity_id, subject=made)
        for one in tries:
            record(act, entity_id=entity_id, subject=one)
    return True


def _notice_of(entity_id: UUID, line: Line) -> Notice:
    notice_id, content, digest = UUID(line["id"]), base64.b64decode(line["content"]), line["digest"]
    try:
        open_content(content, entity=entity_id, notice=notice_id)
    except Unsealable:
        # Under a data key that was made later than this state.
        content, digest = seal_content(Content(HELD_BACK, ""), entity=entity_id, notice=notice_id)
    return Notice(
        id=notice_id,
        entity_id=entity_id,
        member_id=UUID(line["member"]) if line["member"] else None,
        content=content,
        digest=digest,
        **{name: line[name] for name in _NOTICE},
        **{name: _moment(line[name]) for name in _MOMENTS},
    )


def _attempt_of(notice: Notice, line: Mapping[str, Any]) -> Attempt:
    return Attempt(
        id=UUID(line["id"]),
        entity_id=notice.entity_id,
        notice=notice,
        channel_id=UUID(line["channel"]),
        key=UUID(line["key"]),
        **{name: line[name] for name in _ATTEMPT},
        **{name: _moment(line[name]) for name in ("channel_since", "began_at", "ended_at")},
    )


def carry_digested(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Which notices stood in a daily digest since: they need no second mention."""
    told = Notice.objects.filter(entity_id=entity_id, state=Notice.State.INBOX, due_at__gte=since)
    for key in told.order_by("made_at", "pk").values_list("key", flat=True).iterator():
        yield {"key": key}


def replay_digested(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Take them out of the next digest; they stay in the inbox."""
    waiting = Notice.objects.filter(entity_id=entity_id, state=Notice.State.DIGEST)
    return waiting.filter(key__in=[one["key"] for one in lines]).update(state=Notice.State.INBOX)


register_replayed(Replayed("notifications.sent", "已发出的通知", carry_sent, replay_sent))
register_replayed(Replayed("notifications.digested", "已在每日摘要里的通知", carry_digested, replay_digested))


@transaction.atomic
def hold_back_pending(*, at: datetime) -> int:
    """Mark what waited to be sent as uncertain (恢复后的待发通知): a person says whether it arrived. Returns how many.

    What became void meanwhile is left to the sender, who ends it.
    """
    act = Act("notifications.hold_back_pending", None, at, (), HELD_BACK)
    count = 0
    for chunk in every_company():
        with scope(entities=chunk):
            pending = Notice.objects.filter(state__in=_PENDING, made_at__lt=at).exclude(valid_until__lte=at)
            companies = set(pending.values_list("entity_id", flat=True))
            Code.objects.filter(used_at=None).update(used_at=at)
        for entity_id in companies:
            with scope(entities={entity_id}):
                count += _hold_back(entity_id, act)
    return count


def _hold_back(entity_id: UUID, act: Act) -> int:
    notices = list(
        Notice.objects.select_for_update(of=("self",))
        .filter(entity_id=entity_id, state__in=_PENDING, made_at__lt=act.at)
        .exclude(valid_until__lte=act.at)
        .defer("content")
        .order_by("pk")
    )
    open_ones: dict[UUID, Attempt] = {
        one.notice_id: one
        for one in Attempt.objects.select_for_update(of=("self",)).filter(notice__in=notices, state__in=_NOT_KNOWN)
    }
    last = dict(Attempt.objects.filter(notice__in=notices).values_list("notice_id").annotate(Max("number")))
    new = []
    channels = channels_of(entity_id)
    for notice in notices:
        if (attempt := open_ones.get(notice.pk)) is None:
            attempt = _unsure(notice, last.get(notice.pk, 0) + 1, channels, act.at)
            new.append(attempt)
            open_ones[notice.pk] = attempt
        attempt.state, attempt.said, attempt.ended_at = State.UNCERTAIN, HELD_BACK, act.at
    insert_rows(new)
    with scope_with(entity_id):
        settle(list(open_ones.values()), act)
    stuck = Notice.objects.filter(pk__in=[one.pk for one in notices], state__in=_PENDING)
    stuck.update(state=Notice.State.UNCERTAIN, trouble=HELD_BACK, due_at=None)
    return len(notices)


def _unsure(notice: Notice, number: int, channels: Mapping[Sort, Channel], at: datetime) -> Attempt:
    """An attempt that may have been made: over the channel in whose line the notice stood."""
    sort = Sort(notice.via or next(iter(notice.route), Sort.SMTP))
    channel = channels.get(sort)
    return Attempt(
        id=new_id(),
        entity_id=notice.entity_id,
        notice=notice,
        number=number,
        sort=sort,
        channel_id=channel.pk if channel else notice.entity_id,
        channel_since=channel.changed_at if channel else notice.made_at,
        key=new_id(),
        state=State.UNCERTAIN,
        began_at=at,
    )
