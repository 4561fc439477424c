"""Pages of tags: those of one customer, and all of the company, with how many have them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from guiju.customers.forms.customers import RenameTagForm, TagsForm
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.tags import tags_in_sight
from guiju.customers.services import tagging
from guiju.customers.services.tags import refuse_unseen
from guiju.customers.views.customers import USUAL
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.forms import FormPage


@member_required
@require_GET
def tag_list(request: MemberRequest) -> HttpResponse:
    """标签"""
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        try:
            tags, trouble = tags_in_sight(seen), ""
        except Refused as refusal:
            tags, trouble = [], refusal.sentence
        context = {
            "tags": tags,
            "trouble": trouble,
            "may_rename": allows(member, "customer.tag", on=member.entity_id),
            "tab": "tags",
        }
        return render(request, "customers/tag_list.html", context)


@member_required
def set_tags(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """设定标签"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.tag") as seen:
        customer = seen.customer(customer_id)
        seen.cells_of(customer)
        if customer.subject is None or not customer.subject.is_frozen():
            refuse_unseen(customer, request.member, timezone.now())
        form = TagsForm(request.POST or None, initial={"tag_words": "、".join(customer.shown_tags)})
        if request.method == "POST" and form.is_valid():
            try:
                tagging.set_tags(customer_id=customer.pk, tags=form.tags, actor=request.member, at=timezone.now())
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已设定标签")
                return redirect("customer_detail", customer.pk)
        back = reverse("customer_detail", args=[customer.pk])
        return FormPage("标签", "保存", back, customer.shown_name).answer(request, form)


@member_required
def rename_tag(request: MemberRequest) -> HttpResponse:
    """标签改名"""
    member, tag = request.member, request.GET.get("tag", "")[:40]
    require(member, "customer.tag", on=member.entity_id)
    form = RenameTagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = tagging.rename_tag(tag=tag, to=form.cleaned_data["to"], actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            words = '已改名：{}位；24小时内可以在<a href="{}">批量操作记录</a>里撤销'
            messages.success(request, format_html(words, sum(one.count for one in made), reverse("bulk_list")))
            return redirect("tag_list")
    intro = f"“{tag}”在全公司的客户上一起改名。"
    return FormPage("标签改名", "改名", reverse("tag_list"), "标签", intro).answer(request, form)
