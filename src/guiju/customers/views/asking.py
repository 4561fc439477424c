"""Asking a customer for consents: the questions, then the link with its code to scan."""

from __future__ import annotations

from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from guiju.customers.forms.customers import AskForm
from guiju.customers.selectors.reading import reading
from guiju.customers.views.customers import USUAL
from guiju.customers.views.whose import fields_asked, whose_of
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services import asking
from guiju.privacy.views.minors import asked


@member_required
def ask_consent(
    request: MemberRequest, customer_id: UUID | None = None, contact_id: UUID | None = None
) -> HttpResponse:
    """征求同意"""
    member = request.member
    with reading(member, purpose=USUAL, on=timezone.localdate()) as seen:
        whose = whose_of(seen, customer_id, contact_id)
        require(member, "consent.record", on=whose.entity_id)
        notice = notice_in_force(whose.entity_id)
        form = AskForm(request.POST or None)
        form.offer(fields_asked(whose), told_by(notice), each=seen.asks_about_each(whose.holder))
        form.offer_givings(notice)
        context = {"form": form, "whose": whose, "notice": notice, "answerer": seen.answerer(whose.holder)}
        if request.method == "POST" and form.is_valid():
            try:
                made = asking.ask_consent(
                    subject_id=whose.subject.pk, questions=form.questions(), actor=member, at=timezone.now()
                )
            except GuijuError as error:
                show_problems(form, error)
            else:
                address = f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/consent/{made.secret}/"
                context |= {
                    "address": address,
                    "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2),
                    "asked": made.request,
                }
                return render(request, "customers/consent_link.html", context)
        return render(request, "customers/ask_consent.html", context, status=422 if form.errors else 200)


@member_required
def ask_to_see_minor(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """申请查看未成年人信息"""
    with reading(request.member, purpose=USUAL, on=timezone.localdate()) as seen:
        customer = seen.customer(customer_id)
        if customer.subject_id is None or customer.entity_id != request.member.entity_id:
            raise Refused("customer_is_company", "只能申请查看本公司的个人客户")
        subject, name = customer.subject_id, customer.shown_name
    return asked(request, subject, reverse("customer_detail", args=[customer_id]), name)
