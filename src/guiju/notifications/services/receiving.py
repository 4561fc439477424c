"""What a gateway tells later about its messages (状态报告): twice, late, and out of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.channels import BadSettings, State
from guiju.notifications.channels.base import covered
from guiju.notifications.channels.sms import Receipt, read_receipts, shape_of
from guiju.notifications.models import Attempt, Channel, Sort
from guiju.notifications.services.ending import settle

_NOT_YET = frozenset({State.BEGUN, State.ACCEPTED, State.UNKNOWN, State.UNCERTAIN})


def receipt_path(channel: Channel) -> str:
    """Where the gateway of a channel sends its receipts; whoever knows the address may."""
    return f"/notices/receipts/{channel.entity_id}/{channel.pk}/{_word(channel.pk)}/"


def _word(channel_id: UUID) -> str:
    return salted_hmac("guiju.notifications.receipts", str(channel_id), algorithm="sha256").hexdigest()[:40]


@dataclass(frozen=True)
class Taken:
    """How many reports were of messages of ours; and whether others may be of some that are just going out."""

    count: int
    is_early: bool


@transaction.atomic
def take_receipts(*, entity_id: UUID, channel_id: UUID, word: str, body: bytes, at: datetime) -> Taken:
    """Write what a gateway reports (登记状态报告), twice and in any order.

    A message that has arrived stays arrived, whatever is reported later or was said before.
    """
    if not settings.SECRET_KEY or not constant_time_compare(word, _word(channel_id)):
        raise Missing("no_such_channel", "没有这个地址")
    with scope(entities={entity_id}):
        channel = Channel.objects.filter(pk=channel_id, sort=Sort.SMS).first()
        if channel is None:
            raise Missing("no_such_channel", "没有这个地址")
        try:
            receipts = read_receipts(shape_of(channel.settings), body)
        except (ValueError, BadSettings) as fault:
            raise Refused("receipts_shape", "看不懂这份状态报告") from fault
        return _take(receipts, channel, at)


def _take(receipts: Sequence[Receipt], channel: Channel, at: datetime) -> Taken:
    keys = {key for one in receipts if (key := _uuid(one.key))}
    references = {one.reference for one in receipts if one.reference}
    of_channel = Attempt.objects.filter(entity_id=channel.entity_id, channel_id=channel.pk)
    known = list(
        of_channel.select_for_update(of=("self",)).filter(Q(key__in=keys) | Q(reference__in=references)).order_by("pk")
    )
    # Repeats bear one key: what is reported is of the newest that is still open, else of the newest.
    known.sort(key=lambda one: one.state in _NOT_YET)
    by_key = {one.key: one for one in known}
    by_reference = {one.reference: one for one in known if one.reference}
    changed: dict[UUID, Attempt] = {}
    count = 0
    for receipt in receipts:
        key = _uuid(receipt.key)
        attempt = (by_key.get(key) if key else None) or by_reference.get(receipt.reference)
        if attempt is None:
            continue
        count += 1
        is_news = attempt.state != State.DELIVERED if receipt.is_delivered else attempt.state in _NOT_YET
        if is_news:
            attempt.state = State.DELIVERED if receipt.is_delivered else State.UNDELIVERED
            attempt.ended_at = at
            attempt.said = covered(receipt.said)
            attempt.reference = attempt.reference or receipt.reference
            changed[attempt.pk] = attempt
    settle(list(changed.values()), Act("notifications.take_receipts", None, at))
    return Taken(count, count < len(receipts) and of_channel.filter(state=State.BEGUN).exists())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
