"""Values that wait for a consent (待补同意): put down when they go back, closed when it is settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from guiju.customers.models import Customer, CustomerImport, Wanting
from guiju.customers.services.rows import Row
from guiju.database.models import new_id
from guiju.privacy.collecting import ASKABLE
from guiju.privacy.fields import Field
from guiju.privacy.models import ConsentRequest
from guiju.privacy.selectors.catalogue import fields_of


def wanted_of(rows: Iterable[Row], source: CustomerImport, at: datetime) -> list[Wanting]:
    """What goes back of a batch that a consent of a person would let in; of companies nobody is asked."""
    return [
        Wanting(
            id=new_id(),
            entity_id=source.entity_id,
            customer_id=row.customer.pk,
            record=row.customer.record,
            field=code,
            source=source,
            since=at,
        )
        for row in rows
        if row.customer is not None and row.customer.kind == Customer.Kind.PERSON
        for code in dict.fromkeys(one.field for _, one in row.problems if one.code in ASKABLE and one.field)
    ]


def close_entered(customer: Customer, codes: Collection[str], at: datetime) -> None:
    """The values that are in now aren't waited for any more."""
    if codes:
        rows = Wanting.objects.filter(customer=customer, field__in=codes, closed_at=None)
        rows.update(closed_at=at, closing=Wanting.Closing.ENTERED)


def close_refused(request: ConsentRequest, at: datetime) -> None:
    """What somebody said no to isn't waited for, and nobody asks again."""
    if all(request.answers):
        return
    known = fields_of(request.entity_id, Customer.Kind.PERSON)
    rows = Wanting.objects.filter(customer__subject_id=request.subject_id, closed_at=None)
    for row in rows.select_for_update(of=("self",)):
        answers = [
            answer
            for item, answer in zip(request.items, request.answers, strict=True)
            if _is_about(item, row, known.get(row.field))
        ]
        if answers and not any(answers):
            row.closed_at, row.closing = at, Wanting.Closing.REFUSED
            row.save(update_fields=["closed_at", "closing"])


def _is_about(item: Mapping[str, Any], row: Wanting, field: Field | None) -> bool:
    """Whether an answer to what was asked decides about a value that waits."""
    if item["fields"]:
        return f"{row.record}.{row.field}" in item["fields"]
    return field is not None and not field.asks_separately and field.needs_consent_for(item["purpose"])
