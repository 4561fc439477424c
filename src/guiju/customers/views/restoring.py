"""What a customer or a contact would be again is shown first, then done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.customers.models import Holder
from guiju.customers.selectors.history import back_of, lines_of_back, may_see_history
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.services.restoring import restore_contact as contact_restored
from guiju.customers.services.restoring import restore_customer as customer_restored
from guiju.customers.views.customers import USUAL
from guiju.evidence.selectors import version_of
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.permissions import refusal_of
from guiju.organisations.signin import MemberRequest, member_required

Restore = Callable[..., Any]


@member_required
def restore_customer(request: MemberRequest, customer_id: UUID, version: int) -> HttpResponse:
    """恢复旧内容"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        customer = seen.customer(customer_id)
        if not may_see_history(seen, customer):
            raise refusal_of("customer.history")

        def restore(at: datetime, **how: Any) -> Any:
            return customer_restored(customer_id=customer.pk, actor=request.member, at=at, **how)

        return _page(request, seen, customer, version, restore, "customer_detail")


@member_required
def restore_contact(request: MemberRequest, contact_id: UUID, version: int) -> HttpResponse:
    """恢复联系人的旧内容"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        contact = seen.contact(contact_id)
        if not may_see_history(seen, contact.customer):
            raise refusal_of("customer.history")

        def restore(at: datetime, **how: Any) -> Any:
            return contact_restored(contact_id=contact.pk, actor=request.member, at=at, **how)

        return _page(request, seen, contact, version, restore, "contact_detail")


def _page(
    request: MemberRequest, seen: Reading, holder: Holder, version: int, restore: Restore, detail: str
) -> HttpResponse:
    undo, number = "undo" in request.GET, min(version, 2**31 - 1)
    back = back_of(holder, number, undo=undo)
    if request.method == "POST":
        typed = request.POST.get("seen", "")
        before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0
        try:
            saved = restore(timezone.now(), number=number, undo=undo, seen=before)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "已恢复" + "".join(f"；{one.sentence}" for one in saved.refused))
        return redirect(detail, holder.pk)
    refused, sentence = _refused(restore, number, undo)
    context = {
        "holder": holder,
        "detail": detail,
        "number": number,
        "undo": undo,
        "lines": lines_of_back(seen, holder, back, refused),
        "sentence": sentence,
        "may": not sentence,
        "seen": version_of(holder),
    }
    return render(request, "customers/restore_customer.html", context)


def _refused(restore: Restore, number: int, undo: bool) -> tuple[Mapping[str, str], str]:
    """What would be refused, by field, and the sentence where nothing would be left: it is done once and taken back."""
    problems: tuple[Problem, ...]
    sentence = ""
    with transaction.atomic():
        try:
            with transaction.atomic():
                problems = restore(timezone.now(), number=number, undo=undo).refused
        except Refused as refusal:
            problems, sentence = refusal.problems, refusal.sentence
        transaction.set_rollback(True)
    return {one.field: one.sentence for one in problems if one.field}, sentence
