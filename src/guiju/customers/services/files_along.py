"""Files go along when two customers become one (附件随客户合并)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from guiju.customers.registry import Moved
from guiju.customers.selectors.attachments import KIND
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment


class MovedFiles(Moved):
    """Attachments name their customer by kind and id, and whom they are about beside it."""

    def any_of(self, customers: Sequence[UUID]) -> set[UUID]:
        rows = Attachment.objects.filter(owner_kind=KIND, owner_id__in=customers, removed_at=None)
        return set(rows.order_by().values_list("owner_id", flat=True).distinct())

    def _of(self, customer: Any) -> Any:
        return Attachment.objects.filter(owner_kind=KIND, owner_id=customer.pk)

    def _give(self, rows: Any, to: Any, act: Act) -> list[str]:
        given = list(rows.select_for_update(of=("self",)).order_by("pk"))
        for row in given:
            row.owner_id, row.subject_id = to.pk, to.subject_id
            row.save(update_fields=["owner_id", "subject"])
            record(act, entity_id=row.entity_id, subject=row)
        return [str(row.pk) for row in given]
