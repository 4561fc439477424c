"""Pages of products and services."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.evidence.selectors import version_of
from guiju.kernel.errors import GuijuError
from guiju.kernel.sectors import CHOICES
from guiju.orders.forms.fields import product_words
from guiju.orders.forms.products import ProductForm
from guiju.orders.models import Product
from guiju.orders.selectors.history import history_for
from guiju.orders.selectors.products import ProductFilter, product_for, products_for
from guiju.orders.selectors.volumes import volumes
from guiju.orders.services import products as services
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of
from guiju.web.pickers import MOST, suggestions

_YEAR = timedelta(days=365)


def products_asked(request: MemberRequest) -> ProductFilter:
    """What the address narrows the list to."""
    return ProductFilter(**{one.name: request.GET.get(one.name, "") for one in fields(ProductFilter)})


@member_required
@require_GET
def product_list(request: MemberRequest) -> HttpResponse:
    """产品与服务"""
    member, asked = request.member, products_asked(request)
    context: dict[str, Any] = {
        "page": page_of(request, asked.of(products_for(member))),
        "asked": asked,
        "is_filtered": asked.is_narrowed,
        "kinds": Product.Kind.choices,
        "sectors": CHOICES,
        "tab": "products",
        "may_change": allows(member, "product.change", on=member.entity_id),
        "may_import": reach_of(member, "product.import") is not None,
    }
    return render(request, "orders/product_list.html", context)


@member_required
@require_GET
def product_detail(request: MemberRequest, product_id: UUID) -> HttpResponse:
    """One product: what is known of it, how much was sold, its history."""
    member, today = request.member, timezone.localdate()
    product = product_for(member, product_id)
    sees_volumes = allows(member, "order.read", on=product.entity_id)
    context = {
        "product": product,
        "volumes": volumes(
            entity_id=product.entity_id, since=(today - _YEAR).replace(day=1), until=today, product_id=product.pk
        )
        if sees_volumes
        else None,
        "history": history_for(product) if allows(member, "product.history", on=product.entity_id) else None,
        "may_change": allows(member, "product.change", on=product.entity_id),
        "may_read_orders": reach_of(member, "order.read") is not None,
    }
    return render(request, "orders/product_detail.html", context)


@member_required
def add_product(request: MemberRequest) -> HttpResponse:
    """登记产品"""
    member = request.member
    require(member, "product.change", on=member.entity_id)
    form = ProductForm(request.POST or None, initial={"sector": member.entity.sector})
    if request.method == "POST" and form.is_valid():
        try:
            product = services.add_product(details=form.details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已登记{product.name}")
            return redirect("product_detail", product.pk)
    return FormPage("登记产品或服务", "登记", "/orders/products/", "产品与服务").answer(request, form)


@member_required
def change_product(request: MemberRequest, product_id: UUID) -> HttpResponse:
    """修改产品"""
    member = request.member
    require(member, "product.change", on=member.entity_id)
    product = product_for(member, product_id)
    now = {name: getattr(product, name) for name in services.ProductDetails.__dataclass_fields__}
    form = ProductForm(request.POST or None, initial={**now, "seen": version_of(product)})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_product(
                product_id=product.pk,
                details=form.details,
                actor=member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已修改")
            return redirect("product_detail", product.pk)
    return FormPage(f"修改{product.name}", "保存", f"/orders/products/{product.pk}/", product.name).answer(
        request, form
    )


@member_required
@require_POST
def end_product(request: MemberRequest, product_id: UUID) -> HttpResponse:
    """下架产品"""

    def end() -> str:
        made = services.end_product(product_id=product_id, actor=request.member, at=timezone.now())
        return f"{made.name}已下架，不再登记新的订单"

    tell(request, end)
    return redirect("product_detail", product_id)


@member_required
@require_POST
def resume_product(request: MemberRequest, product_id: UUID) -> HttpResponse:
    """重新上架"""

    def resume() -> str:
        made = services.resume_product(product_id=product_id, actor=request.member, at=timezone.now())
        return f"{made.name}已重新上架"

    tell(request, resume)
    return redirect("product_detail", product_id)


@member_required
@require_GET
def suggest_products(request: MemberRequest) -> HttpResponse:
    """Products on sale for a picker, by a part of the code or of the name."""
    rows = products_for(request.member)
    found = ProductFilter(search=request.GET.get("q", ""), state="sale").of(rows)[:MOST]
    return suggestions(request, (product_words(one) for one in found))
