"""Pages of what people consented to: recorded and withdrawn by staff, for customers and contacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.customers.forms.customers import ConsentForm
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.services import consents as services
from guiju.customers.views.customers import USUAL
from guiju.customers.views.whose import Whose, contact_whose, customer_whose, fields_asked
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.consents import GivenConsent
from guiju.web.answers import tell


@member_required
def record_customer_consent(request: MemberRequest, customer_id: UUID) -> HttpResponse:
    """登记客户的同意"""

    def write(given: Sequence[GivenConsent]) -> object:
        return services.record_customer_consent(
            customer_id=customer_id, consents=given, actor=request.member, at=timezone.now()
        )

    return _record(request, lambda seen: customer_whose(seen, customer_id), write)


@member_required
def record_contact_consent(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """登记联系人的同意"""

    def write(given: Sequence[GivenConsent]) -> object:
        return services.record_contact_consent(
            contact_id=contact_id, consents=given, actor=request.member, at=timezone.now()
        )

    return _record(request, lambda seen: contact_whose(seen, contact_id), write)


def _record(
    request: MemberRequest, find: Callable[[Reading], Whose], write: Callable[[Sequence[GivenConsent]], object]
) -> HttpResponse:
    with reading(request.member, purpose=USUAL, on=timezone.localdate()) as seen:
        whose = find(seen)
        require(request.member, "consent.record", on=whose.entity_id)
        notice = notice_in_force(whose.entity_id)
        form = ConsentForm(request.POST or None)
        form.offer(fields_asked(whose), told_by(notice), each=seen.asks_about_each(whose.holder))
        form.offer_givings(notice)
        form.notice_now = notice.version if notice else None
        if request.method == "POST" and form.is_valid():
            try:
                write(form.consents())
            except GuijuError as error:
                show_problems(form, error)
            else:
                messages.success(request, "已登记同意")
                return redirect(whose.address)
        context: dict[str, Any] = {
            "form": form,
            "whose": whose,
            "notice": notice,
            "answerer": seen.answerer(whose.holder),
        }
        return render(request, "customers/consent_form.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def withdraw_customer_consent(request: MemberRequest, customer_id: UUID, consent_id: UUID) -> HttpResponse:
    def withdraw() -> str:
        services.withdraw_customer_consent(
            customer_id=customer_id,
            consent_id=consent_id,
            fields=request.POST.getlist("field"),
            actor=request.member,
            at=timezone.now(),
        )
        return _WITHDRAWN

    tell(request, withdraw)
    return redirect(reverse("customer_detail", args=[customer_id]) + "#consents")


@member_required
@require_POST
def withdraw_contact_consent(request: MemberRequest, contact_id: UUID, consent_id: UUID) -> HttpResponse:
    def withdraw() -> str:
        services.withdraw_contact_consent(
            contact_id=contact_id,
            consent_id=consent_id,
            fields=request.POST.getlist("field"),
            actor=request.member,
            at=timezone.now(),
        )
        return _WITHDRAWN

    tell(request, withdraw)
    return redirect(reverse("contact_detail", args=[contact_id]) + "#consents")


_WITHDRAWN = "已撤回：从现在起，不再用于这个目的"
