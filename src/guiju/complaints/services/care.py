"""What follows when a complaint came in, and every third day until it ends (确认收到、起算期限、告知进度).

The worker looks for what is to be done in the database, does each in a transaction of its own, and may die at any
moment: what was done is done once, what wasn't is found again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from guiju.complaints.models import Complaint, Step
from guiju.complaints.selectors.routes import next_holder
from guiju.complaints.services import telling
from guiju.complaints.services.clocks import start_clocks
from guiju.complaints.services.intake import note_step
from guiju.complaints.services.proposing import propose_cause
from guiju.complaints.services.telling import tell
from guiju.customers.models import Customer
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.keys.values import sealed_values
from guiju.notifications.services.ending import every_company
from guiju.orders.models import Order

AT_A_TIME = 100
EVERY = timedelta(days=3)
MORNING = time(9)
"""Nobody is told at night what can wait for the morning of the same day."""

_OPEN = (Complaint.State.RECEIVED, Complaint.State.ACCEPTED, Complaint.State.ANSWERED)


def care_for_complaints(*, at: datetime) -> int:
    """Do what is to be done by now, in all companies (投诉的照管); returns how much it was."""
    return _each(Complaint.objects.filter(cared_at=None), _begin, at) + _each(
        Complaint.objects.filter(tell_at__lte=at), _report, at
    )


def _each(rows: QuerySet[Complaint], do: Callable[[UUID, UUID, datetime], bool], at: datetime) -> int:
    count = 0
    for chunk in every_company():
        with scope(entities=chunk):
            found = list(rows.order_by("entity_id", "made_at").values_list("entity_id", "pk")[:AT_A_TIME])
        count += sum(do(entity_id, pk, at) for entity_id, pk in found)
    return count


@transaction.atomic
def _begin(entity_id: UUID, pk: UUID, at: datetime) -> bool:
    """Confirm what came in, start its clocks, and tie it to what is known (确认收到投诉)."""
    with scope(entities={entity_id}):
        found = _locked(pk)
        if found is None or found.cared_at is not None:
            return False
        act = Act("complaints.begin", None, at)
        if not found.is_backfilled:
            begin_case(found, act)
        else:
            _tie(found)
            _put_down(found)
            found.cared_at = at
            found.save()
            record(act, entity_id=entity_id, subject=found)
    return True


def begin_case(found: Complaint, act: Act) -> None:
    """Confirm it and start its clocks, within the scope of the company; of what is entered later, where it is asked."""
    _tie(found)
    _put_down(found)
    if found.holder is None and (holder := next_holder(found)) is not None:
        found.holder = holder
        note_step(found, Step.Kind.ASSIGNED, act, data={"to": str(holder.pk)}, is_public=True)
    start_clocks(found, act)
    tell(found, telling.RECEIVED, "", act)
    note_step(found, Step.Kind.CONFIRMED, act, is_public=True)
    found.told_at, found.tell_at = act.at, next_telling(act.at)
    found.cared_at = act.at
    found.save()
    record(act, entity_id=found.entity_id, subject=found)


def next_telling(at: datetime) -> datetime:
    """In the morning of the third day after: never later than three days, as days are counted."""
    return datetime.combine(day_of(at) + EVERY, MORNING, CHINA)


def _locked(pk: UUID) -> Complaint | None:
    """None where somebody else is at it just now."""
    rows = Complaint.objects.select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("holder").filter(pk=pk).first()


def _tie(found: Complaint) -> None:
    """To the customer with this phone and the order with this number, where there is one and no other."""
    if found.phone_key is not None:
        known = Customer.objects.filter(
            entity_id=found.entity_id, phone_key=found.phone_key, hidden_at=None, erased_at=None
        )
        some = list(known[:2])
        if len(some) == 1:
            found.customer = some[0]
    if found.order_no:
        orders = list(Order.objects.filter(entity_id=found.entity_id, number=found.order_no, voided_at=None)[:2])
        if len(orders) == 1:
            found.order, found.product = orders[0], orders[0].product


REPEATED_WITHIN = timedelta(days=90)


def _put_down(found: Complaint) -> None:
    """What it seems to be about, and whether the same person complained not long before (内部规则：九十天内)."""
    propose_cause(found, str(sealed_values(found, "sealed").get("text", "")))
    if found.phone_key is not None:
        earlier = Complaint.objects.filter(entity_id=found.entity_id, phone_key=found.phone_key).exclude(pk=found.pk)
        since = found.received_at - REPEATED_WITHIN
        found.is_repeat = earlier.filter(received_at__range=(since, found.received_at)).exists()


@transaction.atomic
def _report(entity_id: UUID, pk: UUID, at: datetime) -> bool:
    """Tell who complained how it stands (告知进度): what happened since the last time, or that nothing did."""
    with scope(entities={entity_id}):
        found = _locked(pk)
        if found is None or found.tell_at is None or found.tell_at > at:
            return False
        found.tell_at = next_telling(at) if found.state in _OPEN else None
        if found.state in _OPEN:
            act = Act("complaints.report", None, at)
            news = news_since(found, found.told_at or found.received_at)
            tell(found, telling.PROGRESS, day_of(at).isoformat(), act, news=news)
            note_step(found, Step.Kind.PROGRESS, act, text=news, is_public=True)
            found.told_at = at
        found.save(update_fields=["tell_at", "told_at"])
    return True


_NEWS = {
    Step.Kind.ACCEPTED: "已受理",
    Step.Kind.ASSIGNED: "已交给经办人",
    Step.Kind.TOLD: "给您留了言",
    Step.Kind.SAID: "收到您的留言",
    Step.Kind.FILED: "收到您的文件",
    Step.Kind.ANSWERED: "已答复，等您确认",
    Step.Kind.DISAGREED: "您不同意答复，继续办理",
    Step.Kind.REOPENED: "重新办理",
    Step.Kind.OFFERED: "提出了处理结果",
    Step.Kind.RETURNED: "收到您退回的商品",
    Step.Kind.DONE: "处理结果已兑现",
}


def news_since(complaint: Complaint, since: datetime) -> str:
    """What happened since, in words; that nothing did is said too."""
    steps = complaint.steps.filter(at__gt=since, kind__in=list(_NEWS), is_public=True).order_by("at", "pk")
    words = list(dict.fromkeys(_NEWS[Step.Kind(one)] for one in steps.values_list("kind", flat=True)))
    if words:
        return "，".join(words)
    return f"暂时没有新的进展，现在是“{complaint.get_state_display()}”"
