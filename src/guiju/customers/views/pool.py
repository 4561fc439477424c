"""Pages of the pool, and acts on many customers at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from guiju.customers.forms.pool import BulkForm, PoolRuleForm, ReleaseForm
from guiju.customers.models import BulkAct
from guiju.customers.selectors.reading import reading
from guiju.customers.services import bulk, pool
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of, refusal_of, require
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of


@member_required
@require_GET
def pool_list(request: MemberRequest) -> HttpResponse:
    """公海"""
    member = request.member
    require(member, "customer.claim", on=member.entity_id)
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.claim") as seen:
        seen.is_masked = True
        rows = seen.customers().filter(owner=None, ended_on=None, entity_id=member.entity_id)
        if (days := request.GET.get("days", "")).isdecimal():
            rows = rows.filter(pooled_at__gte=timezone.now() - timedelta(days=int(days[:4])))
        page = latest_of(request, rows.order_by("-pooled_at", "-made_at", "-id"))
        shown = list(page.object_list)
        cells = seen.cells(shown)
        context = {
            "page": page,
            "lines": [(row, [cells[row.pk].get(code) for code in ("phone", "level", "source")]) for row in shown],
            "limits": pool.limits_of(member.entity_id),
            "tab": "pool",
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


@member_required
@require_POST
def bulk_customers(request: MemberRequest) -> HttpResponse:
    """One act on the customers that were ticked; the next page offers to take it back."""
    member, now = request.member, timezone.now()
    if reach_of(member, "customer.assign") is None and reach_of(member, "customer.change") is None:
        raise refusal_of("customer.assign")
    form = BulkForm(request.POST, colleagues=colleagues_of(member))
    chosen = form.chosen(request.POST.getlist("customer"))
    try:
        if not form.is_valid():
            raise Refused("bulk_shape", "请选择要做什么")
        said = form.cleaned_data
        match said["act"]:
            case "assign":
                if said["owner"] is None:
                    raise Refused("owner_empty", "请选择分配给哪位同事")
                made = bulk.assign_many(customers=chosen, to=said["owner"], actor=member, at=now)
            case "release":
                made = bulk.release_many(customers=chosen, actor=member, at=now)
            case act:
                made = bulk.tag_many(customers=chosen, tag=said["tag"], actor=member, at=now, take_off=act == "untag")
    except GuijuError as error:
        messages.error(request, error.sentence)
        return redirect("customer_list")
    undo = reverse("undo_bulk", args=[made.pk])
    messages.success(
        request, format_html('已{}{}位客户。<a href="{}">撤销</a>', made.get_sort_display(), made.count, undo)
    )
    return redirect("customer_list")


@member_required
def undo_bulk(request: MemberRequest, act_id: UUID) -> HttpResponse:
    """撤销批量操作"""
    if request.method == "POST":

        def undo() -> str:
            made = bulk.undo_bulk(act_id=act_id, actor=request.member, at=timezone.now())
            return f"已撤销：{made.get_sort_display()}{made.count}位"

        tell(request, undo)
        return redirect("customer_list")
    found = BulkAct.objects.filter(pk=act_id, member=request.member).first()
    if found is None:
        raise Missing("act_missing", "没有这次批量操作")
    return render(request, "customers/undo_bulk.html", {"act": found})
