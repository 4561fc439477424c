"""The history of a product or an order in words (修改历史)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from guiju.customers.selectors.history import ChangeLine, HistoryLine
from guiju.evidence.selectors import Change, history_of
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.sectors import LABELS
from guiju.orders.models import Order, Product
from guiju.organisations.selectors.people import names_of

_INNER = frozenset({"id", "entity_id", "customer_id", "made_by_id", "made_at", "changed_at"})
_CHOICES: Mapping[str, Mapping[str, str]] = {
    "kind": {str(code): str(label) for code, label in Product.Kind.choices},
    "sector": {str(code): label for code, label in LABELS.items()},
    "return_ground": {str(code): str(label) for code, label in Order.Ground.choices},
}


def history_for(row: Order | Product) -> list[HistoryLine]:
    """All versions, the newest first: who, when, why, what became different."""
    versions = history_of(row)
    people = names_of({one.actor_id for one in versions if one.actor_id})
    ids = {UUID(str(value)) for one in versions for change in one.changes for value in _products_in(change)}
    products = dict(Product.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return [
        HistoryLine(
            one,
            people.get(one.actor_id, "系统") if one.actor_id else "系统",
            tuple(
                ChangeLine(
                    change.label, _words(change.field, change.old, products), _words(change.field, change.new, products)
                )
                for change in one.changes
                if change.field not in _INNER and (change.old or change.new)
            ),
        )
        for one in versions
    ]


def _products_in(change: Change) -> list[object]:
    return [value for value in (change.old, change.new) if value] if change.field == "product_id" else []


def _words(field: str, value: object, products: Mapping[UUID, str]) -> str:
    text = str(value or "")
    if field == "product_id" and text:
        return products.get(UUID(text), "")
    if field.endswith("_at") and text:
        return f"{datetime.fromisoformat(text).astimezone(CHINA):%Y-%m-%d %H:%M}"
    return _CHOICES.get(field, {}).get(text, text)
