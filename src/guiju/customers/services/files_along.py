"""Files go along when two customers become one (附件随客户合并)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from guiju.customers.registry import Moved
from guiju.customers.selectors.attachments import KIND
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.files.registry import tops_of


class MovedFiles(Moved):
    """Attachments name their customer by kind and id, and whom they are about beside it.

    Those of what belongs to the customer, of orders and opportunities, stay where they are; only whom they are about
    changes. Files of contacts are about the contact.
    """

    def any_of(self, customers: Sequence[UUID]) -> set[UUID]:
        rows = Attachment.objects.filter(owner_kind=KIND, owner_id__in=customers, removed_at=None)
        return set(rows.order_by().values_list("owner_id", flat=True).distinct())

    def _of(self, customer: Any) -> Any:
        below = tops_of("customer_id", [customer.pk])
        return Attachment.objects.filter(Q(owner_kind=KIND, owner_id=customer.pk) | Q(owner_id__in=below))

    def _give(self, rows: Any, to: Any, act: Act) -> list[str]:
        given = list(rows.select_for_update(of=("self",)).order_by("pk"))
        for row in given:
            row.subject_id = to.subject_id
            if row.owner_kind == KIND:
                row.owner_id = to.pk
            row.save(update_fields=["owner_id", "subject"])
            record(act, entity_id=row.entity_id, subject=row)
        return [str(row.pk) for row in given]
