"""Fields for numbers, customers and products, as people type them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import Reading
from guiju.kernel.identifiers import Invalid
from guiju.orders.models import Product
from guiju.orders.values import money_of, plain, quantity_of
from guiju.web.pickers import Picker


class NumberField(forms.CharField):
    """A number as people write it (1,234.50, 1.2万), never a binary one."""

    def __init__(
        self, label: str, reader: Callable[[str], Decimal], *, required: bool = True, help_text: str = ""
    ) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, required=required, help_text=help_text, widget=widget)
        self._reader = reader

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            return self._reader(text)
        except Invalid as fault:
            raise forms.ValidationError(fault.sentence) from None


def money_field(label: str, *, required: bool = True, help_text: str = "") -> NumberField:
    return NumberField(label, money_of, required=required, help_text=help_text)


def quantity_field(label: str, *, help_text: str = "") -> NumberField:
    return NumberField(label, quantity_of, help_text=help_text)


class CustomerField(forms.CharField):
    """A customer in sight, by a phone or by a name that is the only one; cleans to the customer."""

    widget = Picker("suggest_order_customers")
    seen: Reading

    def clean(self, value: Any) -> Customer | None:
        text: str = super().clean(value)
        if not text:
            return None
        rows = self.seen.customers().filter(entity_id=self.seen.member.entity_id)
        fitting = CustomerFilter(text).of(rows, self.seen)
        found = list(fitting.filter(name=text)[:2]) or list(fitting[:2])
        if not found:
            raise forms.ValidationError("没有这位客户，或不归您办理：请写全名或手机号")
        if len(found) > 1:
            raise forms.ValidationError("不止一位客户符合：请写手机号，或从客户的页面上登记订单")
        return found[0]


class ProductField(forms.CharField):
    """A product on sale, picked from the list or typed as its code or whole name; cleans to the product."""

    widget = Picker("suggest_products")
    products: QuerySet[Product] = Product.objects.none()

    def prepare_value(self, value: Any) -> Any:
        return product_words(value) if isinstance(value, Product) else value

    def clean(self, value: Any) -> Product | None:
        text: str = super().clean(value)
        if not text:
            return None
        code = text.split()[0] if text.split() else ""
        found = self.products.filter(code=code).first()
        if found is None:
            named = list(self.products.filter(name=text)[:2])
            found = named[0] if len(named) == 1 else None
        if found is None:
            raise forms.ValidationError(f"没有“{text[:40]}”这个产品或服务：请从列表里选")
        return found


def product_words(product: Product) -> str:
    """How a product stands in a picker: its code first, by which it is found again."""
    return f"{product.code} {product.name}"
