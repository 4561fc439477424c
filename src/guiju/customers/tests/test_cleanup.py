"""Values that are held against the law are found as of any day, frozen, and deleted by two people (违规数据清理)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from guiju.archives.models import Disposal
from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.models import Cleanup, Consent
from guiju.privacy.services.cleanup import freeze_found, propose_found, start_cleanup
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

WHY = "对照字段台账清理"
DAY = timedelta(days=1)


def find(group: Group, *, at: datetime = AT, on: date | None = None) -> Cleanup:
    officer = data_officer(group)
    with acting(officer):
        return start_cleanup(entity_id=officer.entity_id, on=on or day_of(at), actor=officer, at=at)


def why(found: Cleanup) -> dict[str, set[str]]:
    """Field to the rules, without their chapter."""
    return {name: {rule.removeprefix("privacy.") for rule in one["why"]} for name, one in found.counts.items()}


def freeze(group: Group, found: Cleanup, *, at: datetime = AT) -> Cleanup:
    officer = data_officer(group)
    with acting(officer):
        return freeze_found(cleanup_id=found.pk, reason=WHY, actor=officer, at=at)


def propose(group: Group, found: Cleanup, *, basis: str = "unlawful", at: datetime = AT) -> Disposal:
    officer = data_officer(group)
    with acting(officer):
        made = propose_found(cleanup_id=found.pk, basis=basis, reason=WHY, actor=officer, at=at)
    assert made.disposal is not None
    return made.disposal


def archivist(group: Group) -> Member:
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username="dangan.a").first()
    return found or join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)


def decide(group: Group, disposal: Disposal, *, at: datetime = AT) -> Disposal:
    second = archivist(group)
    with acting(second):
        approval = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=second, at=at)
        return Disposal.objects.get(pk=disposal.pk)


def enter(group: Group, values: Mapping[str, str], how: How | None = None, *, at: datetime = AT) -> Customer:
    with acting(group.sales_a):
        return add_customer(kind="person", values=values, how=how or How(), actor=group.sales_a, at=at).customer


def withdraw(group: Group, customer: Customer, purpose: str, *, at: datetime) -> None:
    with acting(group.sales_a):
        consent = Consent.objects.get(subject=customer.subject, purpose=purpose, ended_at=None)
        withdraw_customer_consent(customer_id=customer.pk, consent_id=consent.pk, actor=group.sales_a, at=at)


def test_what_is_held_lawfully_is_not_found(group: Group) -> None:
    publish(group)
    enter(group, {"name": "李小明", "phone": "13800138000", "gender": "女"}, How(consents=[given("service")]))
    found = find(group)
    assert found.state == Cleanup.State.FOUND and found.counts == {} and found.records == {"person": 1}
    assert found.filled["person.phone"] == {"count": 1, "last": "2026-11-24"}
    assert found.basis == {"catalogue": 0, "notice": 1}


def test_withdrawn_consent_is_found_frozen_deleted_and_found_no_more(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明", "gender": "女"}, How(consents=[given("service")]))
    withdraw(group, li, "service", at=AT + DAY)
    later = AT + 2 * DAY
    found = find(group, at=later)
    assert why(found) == {"person.gender": {"consent_first", "delete_after_withdrawal"}}
    assert freeze(group, found, at=later).frozen_values == 1
    with acting(group.sales_a), reading(group.sales_a, purpose="service", on=day_of(later)) as seen:
        assert seen.cells_of(seen.customer(li.pk))["gender"].why == "仅存储，不能使用"
    done = decide(group, propose(group, found, basis="withdrawn", at=later), at=later)
    assert done.state == Disposal.State.DONE and done.counts == {"customers.values": 1}
    assert find(group, at=later + DAY).counts == {}
