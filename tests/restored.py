"""An installation at a moment, what is done after it, and what a restore to that moment does again.

The two states are one database before and after a savepoint: what was carried out of the later one is done again in
the earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.values import values_of
from guiju.database.scope import scope
from guiju.evidence.selectors import history_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.models import Consent
from guiju.privacy.services.consents import record_consent, withdraw_consent
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.safekeeping.models import Restoration
from guiju.safekeeping.selectors import carried_since
from guiju.safekeeping.services.restorations import OVERLAP, Facts, settle_restored
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

MOMENT = AT + timedelta(days=3)
LATER = MOMENT + timedelta(hours=5)
NOW = MOMENT + timedelta(days=1)
FACTS = Facts("root", "/mnt/备份", NOW, MOMENT, MOMENT, AT, LATER, left_size=900, left_root="ab" * 32)


@dataclass
class Two:
    """An installation at a moment; what is done `afterwards` is carried over and taken back."""

    group: Group
    officer: Member
    archivist: Member
    carried: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            # As it goes from one program to the other.
            self.carried = [json.loads(json.dumps(one)) for one in carried_since(MOMENT - OVERLAP)]
            transaction.set_rollback(True)

    def settle(self, **changes: Any) -> Restoration:
        made = settle_restored(facts=Facts(**{**vars(FACTS), **changes}), carried=self.carried, at=NOW)
        self.carried = []
        return made

    @contextmanager
    def seeing(self) -> Iterator[None]:
        with scope(entities={self.group.company_a.pk, self.group.headquarters.pk}):
            yield

    def add(self, phone: str = "13800138000", *purposes: str) -> Customer:
        with acting(self.group.sales_a):
            how = How(consents=[given(one) for one in purposes])
            return add_customer(
                kind="person",
                values={"name": "李小明", "phone": phone},
                how=how,
                actor=self.group.sales_a,
                at=AT,
                is_another=True,
            ).customer

    def propose(self, customer: Customer, *fields: str, at: datetime = LATER) -> Disposal:
        assert customer.subject_id is not None
        with acting(self.officer):
            return propose_disposal(
                entity_id=self.officer.entity_id,
                targets=[Target(customer.subject_id, fields)],
                basis="withdrawn",
                reason="客户要求删除，已核对身份",
                actor=self.officer,
                at=at,
            )

    def decide(self, disposal: Disposal, by: Member | None = None) -> None:
        decider = by or self.archivist
        with acting(decider):
            approval = Approval.objects.get(subject_id=disposal.pk)
            decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=decider, at=LATER)

    def kept(self, customer: Customer) -> str:
        """All that the record and every version of it say."""
        with self.seeing():
            row = Customer.objects.get(pk=customer.pk)
            said = [(change.old, change.new) for one in history_of(row) for change in one.changes]
            return f"{values_of(row)} {said}"


def installation(group: Group) -> Two:
    publish(group)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    return Two(group, data_officer(group), archivist)


def withdraw(two: Two, consent: Consent, *fields: str, at: datetime = LATER) -> None:
    with acting(two.officer):
        withdraw_consent(consent_id=consent.pk, fields=fields, actor=two.officer, at=at)


def agree(two: Two, customer: Customer, *fields: str, purpose: str = "marketing", at: datetime = AT) -> Consent:
    assert customer.subject_id is not None
    with acting(two.officer):
        return record_consent(
            subject_id=customer.subject_id,
            given=given(purpose, *fields, at=at),
            age=AgeGroup.ADULT,
            actor=two.officer,
            at=at,
        )


def freeze(two: Two, customer: Customer, *fields: str, at: datetime = LATER) -> None:
    assert customer.subject_id is not None
    with acting(two.officer):
        freeze_subject(subject_id=customer.subject_id, fields=fields, reason="有争议，先冻结", actor=two.officer, at=at)
