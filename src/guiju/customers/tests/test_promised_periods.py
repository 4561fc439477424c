"""What people were told about how long something is kept binds, whatever the catalogue says later (告知的保存期限)."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as given_any
from hypothesis import strategies as st

from guiju.archives.services.periods import declare_business
from guiju.customers.models import Customer
from guiju.customers.tests.test_cleanup import DAY, enter, find, why
from guiju.database.scope import scope
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.judging import months_kept
from guiju.privacy.models import CatalogueField
from guiju.privacy.registry import RECORDS
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field
from guiju.privacy.tests.factories import data_officer, publish

ENDED = day_of(AT)
CODE = "address"


@pytest.fixture
def officer(group: Group) -> Member:
    return data_officer(group)


def keep_for(officer: Member, months: int | None) -> CatalogueField:
    details = FieldDetails(
        "住址", uses={"orders": "contract", "service": "contract"}, visibility="masked", retention=months
    )
    with acting(officer):
        row = change_field(
            entity_id=officer.entity_id, record_kind="person", code=CODE, details=details, actor=officer, at=AT
        )
        if row.state == "draft":
            row = activate_field(entity_id=officer.entity_id, record_kind="person", code=CODE, actor=officer, at=AT)
        return row


def declare_platform(officer: Member) -> None:
    with acting(officer):
        declare_business(
            entity_id=officer.entity_id,
            lines=["is_platform"],
            shelf_months=None,
            reason="营业执照的经营范围",
            actor=officer,
            at=AT,
        )


def ended(group: Group, values: dict[str, str]) -> Customer:
    found = enter(group, values)
    with scope(entities={group.company_a.pk}):
        Customer.objects.filter(pk=found.pk).update(ended_on=ENDED)
    return found


def is_found(group: Group, on: date) -> bool:
    return "delete_when_over" in why(find(group, at=AT + 3000 * DAY, on=on)).get(f"person.{CODE}", set())


def test_a_longer_period_asks_for_a_new_look_and_a_shorter_one_holds_at_once(officer: Member) -> None:
    def change(months: int | None) -> str:
        details = FieldDetails("微信", uses={"service": "contract"}, visibility="masked", retention=months)
        with acting(officer):
            return change_field(
                entity_id=officer.entity_id, record_kind="person", code="wechat", details=details, actor=officer, at=AT
            ).state

    assert change(12) == "active"
    assert change(600) == "draft"
    with acting(officer):
        activate_field(entity_id=officer.entity_id, record_kind="person", code="wechat", actor=officer, at=AT)
    assert change(6) == "active"
    assert change(None) == "draft"


def test_who_was_told_a_year_is_over_after_a_year_whatever_was_decided_later(group: Group, officer: Member) -> None:
    keep_for(officer, 12)
    publish(group)
    ended(group, {"name": "李小明", CODE: "杭州市某路"})
    keep_for(officer, 600)
    publish(group, at=AT + DAY)
    assert not is_found(group, months_later(ENDED, 12))
    assert is_found(group, months_later(ENDED, 12) + DAY)


def test_a_statute_that_keeps_it_longer_goes_before_what_was_promised(group: Group, officer: Member) -> None:
    keep_for(officer, 12)
    publish(group)
    ended(group, {"name": "李小明", CODE: "杭州市某路"})
    keep_for(officer, 48)
    declare_platform(officer)
    assert not is_found(group, months_later(ENDED, 36))
    assert is_found(group, months_later(ENDED, 36) + DAY)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_any(promised=st.integers(0, 60), decided=st.integers(0, 60), is_platform=st.booleans())
def test_a_value_is_over_the_day_after_the_shorter_period_unless_a_statute_says_longer(
    group: Group, officer: Member, promised: int, decided: int, is_platform: bool
) -> None:
    with transaction.atomic():
        decided = max(decided, 36) if is_platform else decided
        keep_for(officer, promised)
        publish(group)
        ended(group, {"name": "李小明", CODE: "杭州市某路"})
        keep_for(officer, decided)
        if is_platform:
            declare_platform(officer)
        last = months_later(ENDED, max(min(promised, decided), 36 if is_platform else 0))
        assert not is_found(group, last)
        assert is_found(group, last + DAY)
        transaction.set_rollback(True)


@given_any(decided=st.none() | st.integers(0, 600), promised=st.none() | st.integers(0, 600))
def test_neither_a_promise_nor_a_decision_lengthens_the_other(decided: int | None, promised: int | None) -> None:
    found = months_kept(decided, promised)
    assert all(one is None or (found is not None and found <= one) for one in (decided, promised))
    assert found in (decided, promised)


def test_what_goes_along_with_a_customer_gets_no_shorter_period_of_its_own(officer: Member) -> None:
    """What somebody notes has no collection: nothing could say when its period began."""
    before = RECORDS["note"].fields["text"]
    details = FieldDetails(before.label, before.sort, uses=dict(before.uses), retention=6)
    with acting(officer), pytest.raises(Refused, match="不能单独定更短的期限"):
        change_field(
            entity_id=officer.entity_id, record_kind="note", code="text", details=details, actor=officer, at=AT
        )


def test_the_notice_promises_no_period_of_their_own_for_what_goes_along(group: Group) -> None:
    lines = publish(group).text.splitlines()
    [tags] = [one for one in lines if ". 标签：" in one or ". 客户标签：" in one]
    assert tags.endswith("保存期限：与您的其他信息相同，最后一项期满时一并删除")
    [address] = [one for one in lines if ". 住址：" in one]
    assert address.endswith("保存期限：关系结束后3年")
