"""What a customer would be again is shown first, then done."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.history import back_of, lines_of_back, may_see_history
from guiju.customers.selectors.reading import reading
from guiju.customers.services import restoring
from guiju.customers.views.customers import USUAL
from guiju.evidence.selectors import version_of
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of
from guiju.organisations.signin import MemberRequest, member_required


@member_required
def restore_customer(request: MemberRequest, customer_id: UUID, version: int) -> HttpResponse:
    """恢复旧内容"""
    member, undo = request.member, "undo" in request.GET
    with reading(member, purpose=USUAL, on=timezone.localdate(), right="customer.change") as seen:
        customer = seen.customer(customer_id)
        if not may_see_history(seen, customer):
            raise refusal_of("customer.history")
        number = min(version, 2**31 - 1)
        back = back_of(customer, number, undo=undo)
        if request.method == "POST":
            typed = request.POST.get("seen", "")
            before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0
            try:
                saved = restoring.restore_customer(
                    customer_id=customer.pk, number=number, undo=undo, actor=member, at=timezone.now(), seen=before
                )
            except Refused as refusal:
                messages.error(request, refusal.sentence)
            else:
                messages.success(request, "已恢复" + "".join(f"；{one.sentence}" for one in saved.refused))
            return redirect("customer_detail", customer.pk)
        refused, sentence = _refused(customer, number, undo, member)
        context = {
            "customer": customer,
            "number": number,
            "undo": undo,
            "lines": lines_of_back(seen, customer, back, refused),
            "sentence": sentence,
            "may": not sentence,
            "seen": version_of(customer),
        }
        return render(request, "customers/restore_customer.html", context)


def _refused(customer: Customer, number: int, undo: bool, member: Member) -> tuple[Mapping[str, str], str]:
    """What would be refused, by field, and the sentence where nothing would be left: it is done once and taken back."""
    problems: tuple[Problem, ...]
    sentence = ""
    with transaction.atomic():
        try:
            with transaction.atomic():
                saved = restoring.restore_customer(
                    customer_id=customer.pk, number=number, undo=undo, actor=member, at=timezone.now()
                )
                problems = saved.refused
        except Refused as refusal:
            problems, sentence = refusal.problems, refusal.sentence
        transaction.set_rollback(True)
    return {one.field: one.sentence for one in problems if one.field}, sentence
