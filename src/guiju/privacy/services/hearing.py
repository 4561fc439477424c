"""What this part does once something ended: questions that wait, and permissions to look, end too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guiju.evidence.services import Act, record
from guiju.privacy.models import ConsentRequest, Ending, MinorAccess
from guiju.privacy.selectors.noes import No, recipient_of


def close_requests(ended: Ending, act: Act) -> None:
    """Nobody waits any longer for a yes to what somebody has just said no to.

    The link stays good for looking and withdrawing. A question that asks for something else as well stays open.
    """
    open_ones = ConsentRequest.objects.select_for_update(of=("self",)).filter(
        subject_id__in=ended.people, answered_at=None, expires_at__gt=ended.at, made_at__lte=ended.at
    )
    for one in open_ones.order_by("pk"):
        if all(is_about(item, ended) for item in one.items):
            one.expires_at = act.at
            one.save(update_fields=["expires_at"])
            record(Act("privacy.close_request", None, act.at), entity_id=one.entity_id, subject=one)


def is_about(item: Mapping[str, Any], ended: Ending) -> bool:
    """Whether a question as it is kept asks for what has ended."""
    if ended.sort in (Ending.Sort.FROZEN, Ending.Sort.ERASED):
        return not ended.fields
    no = No(ended.purpose, ended.at, tuple(ended.fields), ended.recipient_id)
    return no.answers(item["purpose"], item["fields"], recipient_of(item))


def end_minor_accesses(ended: Ending, act: Act) -> None:
    """Of whom nothing is left there is nothing to look at."""
    if ended.sort != Ending.Sort.ERASED or ended.fields:
        return
    rows = MinorAccess.objects.select_for_update(of=("self",)).filter(
        subject_id__in=ended.people, allowed_at__isnull=False, ended_at=None
    )
    for one in rows.order_by("pk"):
        one.ended_at = act.at
        one.save(update_fields=["ended_at"])
        record(Act("privacy.end_minor_access", None, act.at), entity_id=one.entity_id, subject=one)
