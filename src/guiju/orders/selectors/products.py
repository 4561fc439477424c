"""Reads of products and services (产品与服务): of the member's own company."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, OrderBy, Q, QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.orders.models import Product
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


def products_for(member: Member) -> QuerySet[Product]:
    """All products of the company, by code; raises `NotAllowed`."""
    require(member, "product.read", on=member.entity_id)
    require_scope()
    return Product.objects.filter(entity_id=member.entity_id).order_by("code", "pk")


def product_for(member: Member, product_id: UUID) -> Product:
    found = products_for(member).filter(pk=product_id).first()
    if found is None:
        raise Missing("product_missing", "没有这个产品或服务，或您的角色看不到它")
    return found


SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "": ("code", "pk"),
    "price": (F("price").desc(nulls_last=True), "-id"),
    "newest": ("-made_at", "-id"),
}
"""The orders of the list, each along an index."""


@dataclass(frozen=True)
class ProductFilter:
    """What a list is narrowed to, and its order; `state` is sale, ended, or empty for all."""

    search: str = ""
    kind: str = ""
    sector: str = ""
    state: str = ""
    sort: str = ""

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in vars(self).items() if name != "sort")

    def of(self, rows: QuerySet[Product]) -> QuerySet[Product]:
        for word in self.search.replace("\x00", "").split():
            rows = rows.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(approval__icontains=word))
        for name in ("kind", "sector"):
            if value := getattr(self, name).replace("\x00", ""):
                rows = rows.filter(**{name: value})
        if self.state in ("sale", "ended"):
            rows = rows.filter(ended_at__isnull=self.state == "sale")
        return rows.order_by(*SORTS.get(self.sort, SORTS[""]))
