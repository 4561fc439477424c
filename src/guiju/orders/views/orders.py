"""Pages of orders: the list, one order, and each step that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.customers.selectors.attachments import file_card
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.lists import kept_lists
from guiju.customers.selectors.reading import Reading, reading
from guiju.evidence.selectors import version_of
from guiju.kernel.errors import GuijuError, Refused
from guiju.orders.forms.orders import (
    AddOrderForm,
    ChangeOrderForm,
    DeliverForm,
    ReasonForm,
    RefundForm,
    ReturnForm,
)
from guiju.orders.models import Order
from guiju.orders.selectors.attachments import owner_of_order
from guiju.orders.selectors.clock import refund_clock_of
from guiju.orders.selectors.history import history_for
from guiju.orders.selectors.orders import PURPOSE, STATES, OrderFilter, OrderReading, may, reading_orders
from guiju.orders.selectors.products import products_for
from guiju.orders.services import orders as services
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of
from guiju.web.pickers import MOST, suggestions

_ASKED = ("search", "state", "customer", "product", "since", "until", "sort")


def asked_of(request: HttpRequest) -> OrderFilter:
    """What the address narrows the list to."""
    return OrderFilter(**{name: request.GET.get(name, "") for name in _ASKED})


@member_required
@require_GET
def order_list(request: MemberRequest) -> HttpResponse:
    """订单"""
    member = request.member
    asked = asked_of(request)
    with reading_orders(member, on=timezone.localdate()) as seen:
        found, trouble = _found(asked, seen)
        page = latest_of(request, found)
        context: dict[str, Any] = {
            "page": page,
            "lines": seen.lines(list(page.object_list)),
            "asked": asked,
            "trouble": trouble,
            "is_filtered": asked.is_narrowed,
            "hidden": seen.hidden(),
            "lists": kept_lists(member, "orders"),
            "states": [(code, label) for code, (label, _) in STATES.items()],
            "tab": "orders",
            "may_add": reach_of(member, "order.add") is not None,
            "may_import": reach_of(member, "order.import") is not None,
            "may_export": reach_of(member, "order.export") is not None,
            "has_products": allows(member, "product.read", on=member.entity_id) and products_for(member).exists(),
        }
        return render(request, "orders/order_list.html", context)


def _found(asked: OrderFilter, seen: OrderReading) -> tuple[QuerySet[Order], str]:
    """What the list is narrowed to, and why not by customers where that may not be."""
    try:
        return asked.of(seen.orders(), seen), ""
    except Refused as refusal:
        return asked.of(seen.orders(), OrderReading(seen.sight, None, seen.on)), refusal.sentence


@member_required
@require_GET
def order_detail(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """One order: what was sold, what became of it, its history."""
    member, today = request.member, timezone.localdate()
    with reading_orders(member, on=today) as seen:
        order = seen.order(order_id)
        is_open = order.voided_at is None
        may_change = is_open and may(member, "order.change", order, on=today)
        context = {
            "order": order,
            "line": seen.lines([order])[0],
            "others": seen.lines(
                list(seen.orders().filter(entity_id=order.entity_id, number=order.number).exclude(pk=order.pk)[:20])
            ),
            "due": services.due_of(order) if order.returned_on else None,
            "clock": refund_clock_of(order, at=timezone.now()),
            "files": file_card(member, owner_of_order(member, order), on=today),
            "may_deliver": may_change and not order.delivered_on,
            "may_return": may_change and order.delivered_on and not order.returned_on,
            "may_void": may_change and not order.delivered_on,
            "may_correct": may_change and not order.returned_on and not order.refunded_on,
            "may_undo": (order.returned_on or order.refunded_on) and may(member, "order.undo", order, on=today),
            "may_refund": is_open and not order.refunded_on and may(member, "order.refund", order, on=today),
            "may_see_product": order.entity_id == member.entity_id
            and allows(member, "product.read", on=order.entity_id),
            "history": history_for(order) if allows(member, "order.history", on=order.entity_id) else None,
        }
        return render(request, "orders/order_detail.html", context)


@member_required
def add_order(request: MemberRequest) -> HttpResponse:
    """登记订单"""
    member, today = request.member, timezone.localdate()
    with reading(member, purpose=PURPOSE, on=today, right="order.add") as seen:
        customer_id = _known_customer(request, seen)
        form = AddOrderForm(
            request.POST or None,
            seen=seen,
            knows_customer=customer_id is not None,
            products=products_for(member).filter(ended_at=None),
            initial={"ordered_on": today, "quantity": "1"},
        )
        if request.method == "POST" and form.is_valid():
            try:
                order = services.add_order(
                    customer_id=customer_id or form.cleaned_data["customer"].pk,
                    details=form.details,
                    actor=member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"已登记订单 {order.number}")
                return redirect("order_detail", order.pk)
        if customer_id is None:
            return FormPage("登记订单", "登记", "/orders/", "订单").answer(request, form)
        name = seen.customer(customer_id).shown_name
        return FormPage(f"{name}的订单", "登记", f"/customers/{customer_id}/", name).answer(request, form)


def _known_customer(request: MemberRequest, seen: Reading) -> UUID | None:
    """The customer from whose page one came; an odd address asks for one."""
    try:
        return seen.customer(UUID(request.GET.get("customer", ""))).pk
    except (ValueError, GuijuError):
        return None


@member_required
def change_order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """更正订单"""
    member = request.member
    with reading_orders(member, on=timezone.localdate(), right="order.change") as seen:
        order = seen.order(order_id)
        names = ("product", "ordered_on", "quantity", "amount", "number", "delivered_on")
        form = ChangeOrderForm(
            request.POST or None,
            products=products_for(member),
            initial={**{name: getattr(order, name) for name in names}, "seen": version_of(order)},
        )
        return _step(
            request,
            order,
            form,
            FormPage("更正订单", "保存", *_back(order)),
            lambda: services.change_order(
                order_id=order.pk,
                details=form.details,
                reason=form.cleaned_data["reason"],
                actor=member,
                at=timezone.now(),
                seen=form.cleaned_data["seen"],
            ),
        )


@member_required
def deliver_order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """登记交付"""
    with reading_orders(request.member, on=timezone.localdate(), right="order.change") as seen:
        order = seen.order(order_id)
        form = DeliverForm(request.POST or None, initial={"delivered_on": timezone.localdate()})
        return _step(
            request,
            order,
            form,
            FormPage("登记交付", "登记", *_back(order), _about(seen, order)),
            lambda: services.deliver_order(
                order_id=order.pk, on=form.cleaned_data["delivered_on"], actor=request.member, at=timezone.now()
            ),
        )


@member_required
def return_order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """登记退货"""
    with reading_orders(request.member, on=timezone.localdate(), right="order.change") as seen:
        order = seen.order(order_id)
        initial = {"returned_on": timezone.localdate(), "returned_quantity": order.quantity}
        form = ReturnForm(request.POST or None, initial=initial)
        return _step(
            request,
            order,
            form,
            FormPage("登记退货", "登记", *_back(order), _about(seen, order)),
            lambda: services.return_order(
                order_id=order.pk,
                on=form.cleaned_data["returned_on"],
                quantity=form.cleaned_data["returned_quantity"],
                ground=form.cleaned_data["ground"],
                actor=request.member,
                at=timezone.now(),
            ),
        )


@member_required
def refund_order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """登记退款"""
    with reading_orders(request.member, on=timezone.localdate(), right="order.refund") as seen:
        order = seen.order(order_id)
        amount = services.due_of(order) or order.amount
        initial = {"refunded_on": timezone.localdate(), "refunded_amount": amount}
        form = RefundForm(request.POST or None, initial=initial)
        return _step(
            request,
            order,
            form,
            FormPage("登记退款", "登记", *_back(order), _about(seen, order)),
            lambda: services.refund_order(
                order_id=order.pk,
                on=form.cleaned_data["refunded_on"],
                amount=form.cleaned_data["refunded_amount"],
                reason=form.cleaned_data["reason"],
                actor=request.member,
                at=timezone.now(),
            ),
        )


@member_required
def void_order(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """作废订单"""
    with reading_orders(request.member, on=timezone.localdate(), right="order.change") as seen:
        order = seen.order(order_id)
        form = ReasonForm(request.POST or None)
        return _step(
            request,
            order,
            form,
            FormPage("作废订单", "作废", *_back(order), _about(seen, order)),
            lambda: services.void_order(
                order_id=order.pk, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
            ),
        )


@member_required
def undo_step(request: MemberRequest, order_id: UUID) -> HttpResponse:
    """撤销登记"""
    with reading_orders(request.member, on=timezone.localdate(), right="order.undo") as seen:
        order = seen.order(order_id)
        form = ReasonForm(request.POST or None)
        last = f"退款（{order.refunded_on}）" if order.refunded_on else f"退货（{order.returned_on}）"
        return _step(
            request,
            order,
            form,
            FormPage("撤销登记", "撤销", *_back(order), f"撤销的是{last}：登记错了的才撤销，撤销也留下记录"),
            lambda: services.undo_step(
                order_id=order.pk, reason=form.cleaned_data["reason"], actor=request.member, at=timezone.now()
            ),
        )


def _step(
    request: MemberRequest, order: Order, form: forms.Form, page: FormPage, act: Callable[[], Order]
) -> HttpResponse:
    """One step of an order: the form, or what came of it."""
    if request.method == "POST" and form.is_valid():
        try:
            made = act()
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"订单 {made.number}：{made.state}")
            return redirect("order_detail", order.pk)
    return page.answer(request, form)


def _back(order: Order) -> tuple[str, str]:
    return reverse("order_detail", args=[order.pk]), f"订单 {order.number}"


def _about(seen: OrderReading, order: Order) -> str:
    [line] = seen.lines([order])
    return f"{line.customer}，{order.product.name}，{order.ordered_on}"


@member_required
@require_GET
def suggest_order_customers(request: MemberRequest) -> HttpResponse:
    """Customers for a picker, by a part of the name or a phone; the same name stands once."""
    words = request.GET.get("q", "")
    with reading(request.member, purpose=PURPOSE, on=timezone.localdate(), right="order.add") as seen:
        rows = seen.customers().filter(entity_id=request.member.entity_id)
        found = CustomerFilter(words).of(rows, seen)[:MOST] if words.strip() else []
        return suggestions(request, dict.fromkeys(one.name for one in seen.named(found) if one.shown_name == one.name))
