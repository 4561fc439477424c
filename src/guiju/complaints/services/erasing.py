"""What becomes of complaints of somebody who is deleted: they stay for their own period, then name and words go (投诉记录的保管期限)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from guiju.archives.registry import Destroyed, Kept, Target
from guiju.complaints.models import Complaint, Remedy, Step
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import CHINA, day_of

MONTHS = 36
"""House figure, as long as claims may be brought (民法典第一百八十八条); no statute names a period."""

RECORD = "complaint.record"
"""By which name (record.code) a disposal takes them apart from the person."""

_WHY = "投诉自办结起保存三年（内部规则）"
_GONE = Q(sealed=b"")


def count_complaints(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    wanted = [one.subject_id for one in targets if not one.fields or RECORD in one.fields]
    rows = _of(entity_id, wanted).order_by()
    return dict(rows.values_list("customer__subject_id").annotate(Count("pk")))


def destroy_complaints(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take out who complained and every word; that there was a complaint stays, of nobody, with its days and its result."""
    done = Destroyed()
    rows = _of(entity_id, [one.subject_id for one in targets]).select_related("customer").order_by("pk")
    for case in rows:
        assert case.customer is not None and case.customer.subject_id is not None
        person = case.customer.subject_id
        case.sealed, case.product_said = b"", ""
        case.phone_key = case.tail_key = case.same_key = case.origin = None
        case.save()
        record(act, entity_id=entity_id, subject=case)
        done.add(person, case, ["sealed", "product_said"])
        for model in (Step, Remedy):
            for one in model._default_manager.filter(complaint=case).exclude(_GONE).order_by("pk"):
                one.sealed = b""
                one.save(update_fields=["sealed"])
                record(act, entity_id=entity_id, subject=one)
                done.add(person, one, ["sealed"], copies=0)
    return done


def keep_complaints(entity_id: UUID, targets: Sequence[Target], on: date) -> Mapping[UUID, Kept]:
    """What is to go before its time stays, and so does a case that is still open."""
    wanted = [one.subject_id for one in targets if RECORD in one.fields]
    return {
        person: Kept(_WHY, None if end is None else end)
        for person, end in _ends(entity_id, wanted).items()
        if end is None or end > on
    }


def complaints_over(entity_id: UUID, on: date, most: int) -> list[Target]:
    """People all of whose complaints were closed so long ago that they go too."""
    latest = datetime.combine(on - timedelta(days=365 * MONTHS // 12), time.max, CHINA)
    rows = Complaint.objects.filter(entity_id=entity_id, closed_at__lte=latest, customer__subject__isnull=False)
    people = set(rows.exclude(_GONE).order_by().values_list("customer__subject_id", flat=True))
    over = sorted(one for one, end in _ends(entity_id, people).items() if end is not None and end <= on)
    return list(islice((Target(one, (RECORD,)) for one in over), most))


def _ends(entity_id: UUID, people: Collection[UUID]) -> dict[UUID, date | None]:
    """When the period of each of them ends; None while one of their cases is open."""
    rows = _of(entity_id, people).order_by().values("customer__subject_id")
    found = rows.annotate(last=Max("closed_at"), open=Count("pk", filter=Q(closed_at=None)))
    return {
        one["customer__subject_id"]: None if one["open"] else months_later(day_of(one["last"]), MONTHS) for one in found
    }


def _of(entity_id: UUID, people: Collection[UUID]) -> QuerySet[Complaint]:
    rows = Complaint.objects.filter(entity_id=entity_id, customer__subject_id__in=people)
    return rows.exclude(_GONE)
