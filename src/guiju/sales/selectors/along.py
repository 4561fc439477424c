"""Which texts about people lie on opportunities, leads and to-dos, and since when (商机、线索和待办的文字): for searches,
without content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from guiju.customers.selectors.along import Along, since_made
from guiju.customers.values import ERASED_NAME
from guiju.privacy.registry import RECORDS
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.records import LEAD_TEXTS, OPPORTUNITY, TODO


def _texts(columns: Mapping[str, str]) -> Callable[[Sequence[Any]], Mapping[UUID, Mapping[str, datetime]]]:
    """Of each row the fields whose column holds something, since the row was made."""

    def since(rows: Sequence[Any]) -> Mapping[UUID, Mapping[str, datetime]]:
        return {
            row.pk: {
                code: row.made_at for code, column in columns.items() if getattr(row, column) not in ("", ERASED_NAME)
            }
            for row in rows
        }

    return since


OPPORTUNITIES = Along(
    OPPORTUNITY,
    lambda entity_id: Opportunity.objects.filter(entity_id=entity_id),
    _texts({code: code for code in RECORDS[OPPORTUNITY].fields}),
)
LEADS = Along(OPPORTUNITY, lambda entity_id: Lead.objects.filter(entity_id=entity_id), _texts(LEAD_TEXTS))
TODOS = Along(
    TODO,
    lambda entity_id: Todo.objects.filter(entity_id=entity_id, customer__isnull=False).exclude(title=ERASED_NAME),
    since_made("title"),
)
