"""What people do themselves about their consents, by a code to their phone (本人办理: 撤回同意, 拒收)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.selectors.by_phone import subjects_of_phone
from guiju.evidence.services import Act
from guiju.kernel.errors import Missing
from guiju.privacy.models import Consent, Refusal
from guiju.privacy.services.consents import take_back
from guiju.privacy.services.refusals import write_refusal


@transaction.atomic
def withdraw_by_phone(
    *, entity_id: UUID, phone: str, consent_id: UUID, fields: Sequence[str] = (), at: datetime
) -> None:
    """Withdraw a consent, or that to some fields of it, of whoever holds the phone (本人撤回同意); the caller has
    checked the code."""
    found = Consent.objects.select_for_update(of=("self",)).filter(pk=consent_id, entity_id=entity_id).first()
    if found is None or found.subject_id not in subjects_of_phone(entity_id, phone):
        raise Missing("consent_missing", "没有这项同意，或者已经撤回")
    take_back(found, fields, Act("customers.withdraw_by_phone", None, at))


@transaction.atomic
def refuse_by_phone(*, entity_id: UUID, phone: str, at: datetime) -> None:
    """Refuse commercial messages to a phone, in the whole group (本人拒收); the caller has checked the code.

    The consents to marketing of this company's records end with it.
    """
    act = Act("customers.refuse_by_phone", None, at)
    write_refusal([phone], entity_id=entity_id, way=Refusal.Way.PERSON, act=act)
    mine = Consent.objects.filter(
        subject_id__in=subjects_of_phone(entity_id, phone), purpose="marketing", ended_at=None
    )
    for consent in mine.select_for_update(of=("self",)):
        consent.refresh_from_db()
        if consent.ended_at is None:
            take_back(consent, (), act)
