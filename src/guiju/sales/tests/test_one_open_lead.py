"""A customer has one open lead, whoever comes at once and whoever they become one with."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from guiju.customers.tests.merging import merge, part
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, found_group
from guiju.sales.models import Lead
from guiju.sales.selectors.stages import stages_of
from guiju.sales.services.leads import discard_lead, open_lead, reopen_lead
from guiju.sales.tests.factories import customer_of


def ask(member: Member, customer: Any, interest: str = "团购") -> Lead:
    with acting(member):
        return open_lead(customer_id=customer.pk, interest=interest, actor=member, at=AT)


def test_who_opens_one_while_another_is_opened_again_waits_and_is_told(own_database: Any) -> None:
    member = found_group().sales_a
    customer = customer_of(member)
    old = ask(member, customer)
    with acting(member):
        discard_lead(lead_id=old.pk, reason="price", actor=member, at=AT)
    reopened, codes = Event(), list[str]()

    def reopen() -> None:
        with acting(member):
            reopen_lead(lead_id=old.pk, actor=member, at=AT)
            reopened.set()
            # The other one comes while this one isn't committed.
            connection.cursor().execute("SELECT pg_sleep(0.5)")
        connection.close()

    def enter() -> None:
        assert reopened.wait(20)
        try:
            ask(member, customer)
        except Refused as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=one) for one in (reopen, enter)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes == ["lead_open"]
    with acting(member):
        assert Lead.objects.filter(customer=customer, state="open").count() == 1


def test_the_database_itself_refuses_a_second_one(group: Group) -> None:
    first = ask(group.sales_a, customer_of(group.sales_a))
    with acting(group.sales_a), pytest.raises(IntegrityError, match="lead_open_once"), transaction.atomic():
        Lead(entity_id=first.entity_id, customer=first.customer, made_by=group.sales_a, made_at=AT, changed_at=AT).save(
            force_insert=True
        )


def test_of_two_open_leads_that_come_together_one_ends_and_comes_back(group: Group) -> None:
    member = group.sales_a
    kept, gone = customer_of(member), customer_of(member, "东方餐饮公司")
    stays, ends = ask(member, kept), ask(member, gone, "年货礼盒")
    made = merge(kept, gone, member)
    with acting(member):
        stays.refresh_from_db()
        ends.refresh_from_db()
        assert (stays.state, ends.state, ends.reason, ends.customer_id) == ("open", "discarded", "merged", kept.pk)
        assert stages_of(ends.entity_id).reason(ends.reason) == "客户合并，并入另一条线索"
        assert history_of(ends)[0].action == "customers.merge_customers"
    part(made, member)
    with acting(member):
        ends.refresh_from_db()
        assert (ends.state, ends.reason, ends.closed_at, ends.customer_id) == ("open", "", None, gone.pk)


def test_what_was_given_up_before_stays_so_when_a_merge_is_undone(group: Group) -> None:
    member = group.sales_a
    first, second, third = (customer_of(member, name) for name in ("东方餐饮", "南方餐饮", "西方餐饮"))
    own, came = ask(member, second), ask(member, third)
    merge(second, third, member)
    with acting(member):
        discard_lead(lead_id=own.pk, reason="price", actor=member, at=AT)
    made = merge(first, second, member, at=AT.replace(hour=AT.hour + 2))
    part(made, member)
    with acting(member):
        assert sorted(Lead.objects.filter(pk__in=[own.pk, came.pk]).values_list("reason", flat=True)) == [
            "merged",
            "price",
        ]
