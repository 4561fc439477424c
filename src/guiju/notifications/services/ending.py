"""What became of attempts, and where that leaves their notices (登记发送结果)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.database.bulk import update_rows
from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.crypto.sealed import Unsealable
from guiju.notifications.channels import SENDERS, BadSettings, Outcome, State
from guiju.notifications.models import Attempt, Notice, Sort
from guiju.notifications.sealing import open_secret
from guiju.notifications.selectors.ways import channels_of
from guiju.notifications.services.planning import Batch
from guiju.notifications.words import NOT_BY_SMS
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=2)
_ENTITIES_A_LOOK = 1000

_OPEN = frozenset({State.BEGUN, State.UNCERTAIN, State.UNKNOWN})
"""What the word of a channel may still change."""


def every_company() -> Iterator[Sequence[UUID]]:
    """All companies of the group, some at a time; for work of the clock, which is no member's."""
    root = group_root()
    if root is None:
        return
    with scope(trees={root}):
        found = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for start in range(0, len(found), _ENTITIES_A_LOOK):
        yield found[start : start + _ENTITIES_A_LOOK]


@transaction.atomic
def end_attempts(batch: Batch, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write what the channel said of each attempt, and what follows for its notice."""
    by_id = dict(zip(batch.attempts, outcomes, strict=True))
    act = Act("notifications.end_attempts", None, at)
    with scope(entities={batch.entity_id}):
        attempts = list(
            Attempt.objects.select_for_update(of=("self",)).filter(pk__in=by_id, state__in=_OPEN).order_by("pk")
        )
        for one in attempts:
            outcome = by_id[one.pk]
            one.state, one.ended_at = outcome.state, at
            one.reference, one.said = outcome.reference or one.reference, outcome.said
        settle(attempts, act)


def settle(attempts: Sequence[Attempt], act: Act) -> None:
    """Write attempts with their entry, and where that leaves their notices."""
    if not attempts:
        return
    update_rows(attempts, ["state", "ended_at", "reference", "said", "settled_by"])
    with one_entry(act, about=attempts[0]):
        for one in attempts:
            record(act, entity_id=one.entity_id, subject=one)
    notices = {
        one.pk: one
        for one in Notice.objects.select_for_update(of=("self",))
        .filter(pk__in={one.notice_id for one in attempts})
        .order_by("pk")
        .defer("content")
    }
    tries: dict[UUID, list[Attempt]] = defaultdict(list)
    for one in Attempt.objects.filter(notice_id__in=notices).order_by("number"):
        tries[one.notice_id].append(one)
    for notice in notices.values():
        notice.state, notice.due_at, notice.trouble = _stands(notice, tries[notice.pk], act.at)
    update_rows(list(notices.values()), ["state", "due_at", "trouble"])


def _stands(notice: Notice, attempts: Sequence[Attempt], at: datetime) -> tuple[Notice.State, datetime | None, str]:
    """Where a notice stands after its attempts: state, when to go on, and in a sentence why."""
    if any(one.state == State.DELIVERED for one in attempts):
        return Notice.State.DELIVERED, None, _not_by_sms(attempts)
    counted = [one for one in attempts if notice.counts_from is None or one.began_at >= notice.counts_from]
    if not counted:
        return Notice.State(notice.state), notice.due_at, notice.trouble
    for state, stands in (
        (State.UNCERTAIN, Notice.State.UNCERTAIN),
        (State.BEGUN, Notice.State.SENDING),
        (State.ACCEPTED, Notice.State.SENT),
    ):
        if found := [one for one in counted if one.state == state]:
            return stands, None, found[-1].said if state is State.UNCERTAIN else _not_by_sms(counted)
    last = counted[-1]
    said = f"{Sort(last.sort).label}：{last.said}"[:200]
    if last.state in (State.REFUSED, State.UNDELIVERED):
        return Notice.State.WAITING, at, said
    failed = sum(one.sort == last.sort and one.state in (State.FAILED, State.UNKNOWN) for one in counted)
    # The first repeat of what was cut off is asked for at once: somebody is waiting for the answer.
    pause = timedelta(0) if last.state == State.UNKNOWN and failed == 1 else _pause(failed)
    return Notice.State.WAITING, at + pause, said


def _not_by_sms(attempts: Sequence[Attempt]) -> str:
    """Why another channel had to take what was meant to be a short message."""
    tried = [one for one in attempts if one.sort == Sort.SMS]
    if not tried or any(one.state in (State.ACCEPTED, State.DELIVERED, State.BEGUN) for one in tried):
        return ""
    return NOT_BY_SMS + tried[-1].said.removeprefix(NOT_BY_SMS)


def _pause(failed: int) -> timedelta:
    return min(_FIRST_PAUSE * (4.0 ** min(failed - 1, 5)), _LONGEST_PAUSE)


def settle_cut_off(*, at: datetime, besides: Collection[UUID] = ()) -> int:
    """Attempts that nobody is making any more: their end is unknown (to be repeated) or uncertain.

    For the leader only. Returns how many there were.
    """
    act = Act("notifications.settle_cut_off", None, at)
    count = 0
    for chunk in every_company():
        with scope(entities=chunk):
            found = Attempt.objects.filter(state=State.BEGUN).exclude(pk__in=besides)
            companies = set(found.values_list("entity_id", flat=True))
        for entity_id in companies:
            count += _settle_company(entity_id, act, besides)
    return count


@transaction.atomic
def _settle_company(entity_id: UUID, act: Act, besides: Collection[UUID]) -> int:
    with scope(entities={entity_id}):
        attempts = list(
            Attempt.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, state=State.BEGUN)
            .exclude(pk__in=besides)
            .order_by("pk")
        )
        honours = _honouring(entity_id)
        for one in attempts:
            # Set up anew since, it may be another provider, who knows no key of the one before.
            knows = honours.get((one.channel_id, one.channel_since), False)
            one.state = State.UNKNOWN if knows else State.UNCERTAIN
            one.ended_at, one.said = act.at, "发送中断：不知道渠道收到没有"
        settle(attempts, act)
    return len(attempts)


def _honouring(entity_id: UUID) -> Mapping[tuple[UUID, datetime], bool]:
    """Of each channel that is in use, set up as it is now, whether it knows repeats by their key."""
    found = {}
    for sort, channel in channels_of(entity_id).items():
        try:
            secret = open_secret(bytes(channel.secret), entity=channel.entity_id, channel=channel.pk)
            honours = SENDERS[sort](channel.settings, secret).honours_keys
        except (BadSettings, Unsealable):
            honours = False
        found[channel.pk, channel.changed_at] = honours
    return found
