"""A company that takes the ground from under what it holds: out of use, untold, without a purpose, or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from guiju.archives.models import Disposal
from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.tests.test_cleanup import decide, find, freeze, propose, why, withdraw
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.registry import RECORDS
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field, retire_field
from guiju.privacy.tests.factories import data_officer, given, publish

LATER = AT + timedelta(hours=2)
AFTERWARDS = AT + timedelta(hours=4)


def retire(group: Group, record: str, *codes: str, at: datetime = AT) -> None:
    """Take fields out of use, all of a kind where none is named: those that such a record needs by widening them."""
    officer, kind = data_officer(group), RECORDS[record]
    for code in codes or kind.fields:
        if code in kind.needed:
            for uses in (kind.fields[code].uses, {**kind.fields[code].uses, "marketing": "consent"}):
                use(group, record, code, uses, at=at)
            continue
        how = {"entity_id": officer.entity_id, "record_kind": record, "code": code, "actor": officer, "at": at}
        with acting(officer):
            retire_field(reason="用不着", **how)  # type: ignore[arg-type]


def activate(group: Group, record: str, *codes: str, at: datetime = AT) -> None:
    officer = data_officer(group)
    with acting(officer):
        for code in codes or RECORDS[record].fields:
            activate_field(entity_id=officer.entity_id, record_kind=record, code=code, actor=officer, at=at)


def untell(group: Group, *names: str) -> None:
    """Fields (record.code) in use, and in no notice that holds: it was published while they were out of use."""
    fields = [name.split(".") for name in names]
    for record, code in fields:
        retire(group, record, code)
    publish(group, at=AT + timedelta(minutes=1))
    for record, code in fields:
        activate(group, record, code, at=AT + timedelta(minutes=2))


def use(group: Group, record: str, code: str, uses: Mapping[str, str], *, at: datetime = AT) -> None:
    """Let a field be for these purposes and no others."""
    officer, known = data_officer(group), RECORDS[record].fields[code]
    details = FieldDetails(known.label, str(known.sort), uses=uses, visibility="clear", retention=36)
    with acting(officer):
        how = {"entity_id": officer.entity_id, "record_kind": record, "code": code, "actor": officer, "at": at}
        change_field(details=details, **how)  # type: ignore[arg-type]


def consent_and_withdraw(group: Group, customer: Customer, record: str, *codes: str, purpose: str = "sales") -> None:
    """Let it rest on a consent, which the customer gives and takes back."""
    for code in codes or RECORDS[record].fields:
        use(group, record, code, {purpose: "consent"})
    activate(group, record, *codes)
    publish(group, at=AT + timedelta(minutes=1))
    with acting(group.sales_a):
        agreed, at = [given(purpose, at=AT + timedelta(minutes=2))], AT + timedelta(minutes=3)
        record_customer_consent(customer_id=customer.pk, consents=agreed, actor=group.sales_a, at=at)
    assert not find(group, at=AT + timedelta(minutes=4)).counts
    withdraw(group, customer, purpose, at=AT + timedelta(minutes=5))


def freeze_all(group: Group, *, at: datetime = LATER) -> dict[str, set[str]]:
    """Find what is wrong and let it be stored only; what was found."""
    found = find(group, at=at)
    assert freeze(group, found, at=at).frozen_values
    return why(found)


def delete_all(group: Group, *, at: datetime = AFTERWARDS) -> Disposal:
    """Find it again, and let two people delete it; nothing is found any more."""
    done = decide(group, propose(group, find(group, at=at), at=at), at=at)
    assert done.state == Disposal.State.DONE
    assert find(group, at=at + timedelta(minutes=1)).counts == {}
    return done
