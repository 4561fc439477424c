"""How much was sold, month by month (销量): what complaints and claims in advertising are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth

from guiju.database.scope import require_scope
from guiju.orders.models import Order


@dataclass(frozen=True)
class Volume:
    """One month of a product, or of all of a company."""

    month: date
    orders: int
    quantity: Decimal
    amount: Decimal
    returned: int
    refunded: Decimal


def volumes(*, entity_id: UUID, since: date, until: date, product_id: UUID | None = None) -> list[Volume]:
    """By the day of the order, both days included, void ones left out; months without orders are absent.

    Numbers of a whole company and no customer in them: who asks has asked for permission.
    """
    require_scope()
    rows = Order.objects.filter(entity_id=entity_id, ordered_on__gte=since, ordered_on__lte=until, voided_at=None)
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    none = Decimal(0)
    by_month = rows.annotate(month=TruncMonth("ordered_on")).order_by("month").values("month")
    found = by_month.annotate(
        orders=Count("pk"),
        sold=Sum("quantity"),
        worth=Sum("amount"),
        back=Count("pk", filter=Q(returned_on__isnull=False)),
        repaid=Coalesce(Sum("refunded_amount"), none),
    )
    return [Volume(one["month"], one["orders"], one["sold"], one["worth"], one["back"], one["repaid"]) for one in found]
