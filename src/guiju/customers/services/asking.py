"""People are asked for the consents that values of theirs wait for (征求待补的同意)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Wanting
from guiju.customers.selectors.renewing import questions_again
from guiju.customers.selectors.wanting import questions_of
from guiju.customers.services.customers import locked_customer
from guiju.customers.values import born, values_of
from guiju.database.scope import scope_with
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.privacy.ages import asks_about_each
from guiju.privacy.models import ConsentRequest
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.asking import Asked, Question, ask_consent


@transaction.atomic
def ask_wanted(*, customer_id: UUID, actor: Member, at: datetime) -> Asked:
    """Ask a customer for all consents that values of theirs wait for (征求待补的同意).

    Raises `Refused` as `ask_consent` does, and while an earlier question waits to be answered.
    """
    customer = locked_customer(customer_id, actor, "customer.read", at)
    with scope_with(customer.entity_id):
        rows = list(Wanting.objects.select_for_update(of=("self",)).filter(customer=customer, closed_at=None))
        again = questions_again(customer.entity_id, customer.subject_id) if customer.subject_id else []
        if not (rows or again) or customer.subject_id is None:
            raise Refused("nothing_wanted", "这位客户没有待补同意的内容")
        _refuse_waiting(customer.subject_id, rows, again, at)
        told = told_by(notice_in_force(customer.entity_id))
        assert customer.subject is not None
        age = customer.subject.age(born(values_of(customer)), day_of(at))
        each = asks_about_each(age, customer.entity.sector)
        asked = questions_of(rows, fields_of(customer.entity_id, customer.record), told, each=each)
        questions = [one for one in asked if any(one.purpose in uses for uses in (told.items or {}).values())]
        questions += [one for one in again if one not in questions]
        if not questions:
            raise Refused("nothing_to_ask", "这些内容现在不用征求同意，或者现行的隐私告知里没有写到")
        made = ask_consent(subject_id=customer.subject_id, questions=questions, actor=actor, at=at)
        Wanting.objects.filter(pk__in=[row.pk for row in rows]).update(request_id=made.request.pk, asked_at=at)
    return made


def _refuse_waiting(subject_id: UUID, rows: Sequence[Wanting], again: Sequence[Question], at: datetime) -> None:
    ids, purposes = {row.request_id for row in rows if row.request_id}, {one.purpose for one in again}
    unanswered = ConsentRequest.objects.filter(answered_at=None, expires_at__gt=at)
    waiting = unanswered.filter(pk__in=ids).first() or next(
        (
            one
            for one in unanswered.filter(subject_id=subject_id, notice__ended_at=None)
            if purposes & {item["purpose"] for item in one.items}
        ),
        None,
    )
    if waiting is not None:
        raise Refused("asked_already", f"已在{day_of(waiting.made_at)}征求过，等待答复：不要重复打扰")
