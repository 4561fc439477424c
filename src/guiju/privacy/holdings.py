"""What this part keeps of people whose data is deleted (留存处)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Count

from guiju.archives.registry import AFTERWARDS, LABELS, Holder, Target, register_holder
from guiju.privacy.models import Consent
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.services.withdrawals import end_deleted


def _count(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    whole = [one.subject_id for one in targets if not one.fields]
    rows = Consent.objects.filter(entity_id=entity_id, subject_id__in=whole).order_by()
    return dict(rows.values_list("subject_id").annotate(Count("pk")))


def _labels(entity_id: UUID) -> Mapping[str, str]:
    fields = catalogue_of(entity_id).items()
    return {f"{record}.{code}": one.label for record, known in fields for code, one in known.items()}


LABELS.append(_labels)
AFTERWARDS.append(end_deleted)
register_holder(
    Holder(
        "privacy.consents",
        "同意和撤回的记录",
        _count,
        keeps="同意和撤回的记录留作没有过错的证明（个人信息保护法第六十九条）",
    )
)
