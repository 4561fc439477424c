"""Pages of the pool: its list, one of its customers, and its rule."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.pool import BulkForm, PoolRuleForm, ReleaseForm
from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.lists import POOL_SORTS
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.services import bulk, pool
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of

POOLED = ("phone", "level", "source")
"""The fields that the pool shows beside the name."""

_POOL_FILTERS = ("search", "kind")
"""What shows in the pool: to narrow it by what shows masked would tell it."""


def pool_asked(address: QueryDict) -> CustomerFilter:
    """What the address narrows the pool to."""
    said: dict[str, Any] = {name: address.get(name, "") for name in _POOL_FILTERS}
    return CustomerFilter(**said)


def in_pool(seen: Reading, address: QueryDict) -> QuerySet[Customer]:
    """The customers of the own company that nobody looks after, narrowed and ordered as the address asks, or only who
    came in the last `days`; raises `Refused`."""
    rows = seen.customers().filter(owner=None, ended_on=None, entity_id=seen.member.entity_id)
    if (days := address.get("days", "")).isdecimal():
        rows = rows.filter(pooled_at__gte=timezone.now() - timedelta(days=int(days[:4])))
    order = POOL_SORTS.get(address.get("sort", ""), POOL_SORTS[""])[1]
    return pool_asked(address).of(rows, seen).order_by(*order)


def page_of_pool(address: QueryDict, page: int | None = None) -> str:
    """By what a page of the list is told from another: what decides which customers stand on it, and nothing else of
    the address; `page` stands for the one that it names."""
    try:
        number = int(address.get("page") or 1) if page is None else page
    except ValueError:
        number = 1
    days, sort = address.get("days", ""), address.get("sort", "")
    asked = [address.get(name, "") for name in _POOL_FILTERS]
    return json.dumps([*asked, days[:4] if days.isdecimal() else "", sort if sort in POOL_SORTS else "", number])


@member_required
@require_GET
def pool_list(request: MemberRequest) -> HttpResponse:
    """公海"""
    member = request.member
    require(member, "customer.claim", on=member.entity_id)
    asked, sort = pool_asked(request.GET), request.GET.get("sort", "")
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.claim") as seen:
        seen.is_masked = True
        trouble, rows = "", seen.customers().none()
        try:
            pool.look_through_pool(pages=[page_of_pool(request.GET)], actor=member, at=timezone.now())
            rows = in_pool(seen, request.GET)
        except Refused as refusal:
            trouble = refusal.sentence
        page = latest_of(request, rows)
        shown = list(page.object_list)
        cells = seen.cells(shown)
        context = {
            "page": page,
            "lines": [(row, [cells[row.pk].get(code) for code in POOLED]) for row in shown],
            "limits": pool.limits_of(member.entity_id),
            "tab": "pool",
            "asked": asked,
            "trouble": trouble,
            "is_filtered": any(vars(asked).values()),
            "sort": sort if sort in POOL_SORTS else "",
            "sorts": [(code, label) for code, (label, _) in POOL_SORTS.items()],
            "kinds": Customer.Kind.choices,
            "may_export": allows(member, "customer.export", on=member.entity_id),
            "may_rule": allows(member, "customer.pool", on=member.entity_id),
        }
        return render(request, "customers/pool_list.html", context)


@member_required
@require_GET
def pool_customer(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """One customer of the pool, masked; counted."""
    member = request.member
    try:
        found = pool.look_into_pool(customer_id=customer_id, actor=member, at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("pool_list")
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.claim") as seen:
        seen.is_masked = True
        customer = seen.customer(found.pk)
        context = {"customer": customer, "cells": seen.cells_of(customer).values()}
        return render(request, "customers/pool_customer.html", context)


@member_required
@require_POST
def claim_customer(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """领取客户"""

    def claim() -> str:
        made = pool.claim_customer(customer_id=customer_id, actor=request.member, at=timezone.now())
        return f"已领取{made.shown_name}"

    done = tell(request, claim)
    return redirect("customer_detail", customer_id) if done else redirect("pool_list")


@member_required
@require_POST
def claim_many(request: MemberRequest) -> HttpResponse:
    """批量领取"""

    def claim() -> str:
        chosen = BulkForm.chosen(request.POST.getlist("customer"))
        made = bulk.claim_many(customers=chosen, actor=request.member, at=timezone.now())
        undo = reverse("undo_bulk", args=[made.pk])
        return format_html('已领取{}位客户。<a href="{}">撤销</a>', made.count, undo)

    tell(request, claim)
    return redirect("pool_list")


@member_required
def release_customer(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """放入公海"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.assign") as seen:
        customer = seen.customer(customer_id)
        form = ReleaseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                pool.release_customer(
                    customer_id=customer.pk,
                    reason=form.cleaned_data["reason"],
                    actor=request.member,
                    at=timezone.now(),
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, f"{customer.shown_name}已放入公海")
                return redirect("customer_list")
        back = reverse("customer_detail", args=[customer.pk])
        return FormPage("放入公海", "放入", back, customer.shown_name).answer(request, form)


@member_required
def set_pool_rule(request: MemberRequest) -> HttpResponse:
    """公海规则"""
    member = request.member
    require(member, "customer.pool", on=member.entity_id)
    form = PoolRuleForm(request.POST or None, initial=vars(pool.limits_of(member.entity_id)))
    if request.method == "POST" and form.is_valid():
        try:
            pool.set_pool_rule(entity_id=member.entity_id, limits=form.limits, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已设定")
            return redirect("set_pool_rule")
    return FormPage("公海规则", "保存", "/customers/pool/", "公海").answer(request, form)
