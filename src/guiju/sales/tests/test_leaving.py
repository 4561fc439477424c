"""Who leaves hands over customers, open opportunities and what was to be done about them (离职交接)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import HandedOver, end_member, in_hand
from guiju.customers.models import Customer
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.merging import undo_merge
from guiju.customers.tests.merging import merge
from guiju.evidence.models import Entry
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.models import Opportunity, Todo
from guiju.sales.services.todos import add_todo
from guiju.sales.tests.factories import customer_of, offer


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


@pytest.fixture
def firm(group: Group, colleague: Member) -> Customer:
    """A customer in hand with an opportunity, a to-do about it, and one about nobody; another in the colleague's."""
    publish(group)
    firm = customer_of(group.sales_a)
    offer(group.sales_a, firm)
    customer_of(colleague, "西方餐饮")
    with acting(group.sales_a):
        add_todo(title="送样品", customer_id=firm.pk, actor=group.sales_a, at=AT)
        add_todo(title="交报销单", actor=group.sales_a, at=AT)
        add_contact(customer_id=firm.pk, values={"name": "王芳"}, how=How(), actor=group.sales_a, at=AT)
    return firm


def leave(group: Group, successor: Member | None, *, is_released: bool = False) -> HandedOver:
    # The administrator belongs to the headquarters, and sees no customers of the company.
    with acting(group.system_admin):
        return end_member(
            member=group.sales_a,
            successor=successor,
            reason="离职",
            actor=group.system_admin,
            origin=Origin(),
            at=AT,
            is_released=is_released,
        )


def held_by(member: Member) -> tuple[int, int, int]:
    with acting(member):
        return (
            Customer.objects.filter(owner=member).count(),
            Opportunity.objects.filter(owner=member).count(),
            Todo.objects.filter(member=member).count(),
        )


def test_what_is_in_hand_is_counted_and_goes_to_the_successor(group: Group, firm: Customer, colleague: Member) -> None:
    with acting(group.system_admin):
        assert in_hand(group.sales_a) == [("客户", 1), ("商机", 1), ("客户的待办事项", 1)]
    with pytest.raises(Refused, match="手上还有客户1项、商机1项、客户的待办事项1项：请选择接手人"):
        leave(group, None)
    assert leave(group, colleague).given == "客户1项、商机1项、客户的待办事项1项"
    assert held_by(colleague) == (2, 1, 1)
    with acting(colleague):
        [entry] = Entry.objects.filter(action="accounts.end_member")
        kinds = set(entry.revisions.values_list("subject_type", flat=True))
    assert {"customers.customer", "sales.opportunity", "sales.todo"} <= kinds


def test_customers_go_into_the_pool_where_that_is_chosen(group: Group, firm: Customer, colleague: Member) -> None:
    with pytest.raises(Refused, match="手上还有商机1项、客户的待办事项1项：请选择接手人"):
        leave(group, None, is_released=True)
    done = leave(group, colleague, is_released=True)
    assert (done.given, done.let_go) == ("商机1项、客户的待办事项1项", "客户1项放入公海")
    with acting(colleague):
        firm.refresh_from_db()
    assert firm.owner_id is None and firm.pooled_at == AT
    assert held_by(colleague) == (1, 1, 1)


def test_nobody_takes_customers_over_who_may_not_see_them(group: Group, firm: Customer) -> None:
    contractor = join(group.company_a, "contractor", "waibao.a", group.system_admin, group.security_admin)
    with pytest.raises(Refused, match="角色看不了客户"):
        leave(group, contractor)
    assert leave(group, contractor, is_released=True).let_go


def test_the_page_tells_the_numbers_before_and_after(
    group: Group, firm: Customer, colleague: Member, client: Client
) -> None:
    sign_in(client, group.system_admin.user.username)
    address = f"/people/{group.sales_a.pk}/leave/"
    page = client.get(address).content.decode()
    assert "手上有客户1项、商机1项、客户的待办事项1项" in page and "放入公海" in page
    sent = {"successor": str(colleague.pk), "reason": "离职", "is_released": "on"}
    page = client.post(address, sent, follow=True).content.decode()
    assert "移交商机1项、客户的待办事项1项，客户1项放入公海" in page


def test_who_was_merged_or_has_ended_goes_along(group: Group, firm: Customer, colleague: Member) -> None:
    ended, gone, erased = (customer_of(group.sales_a, name) for name in ("南方餐饮", "东方饮食", "北方餐饮"))
    with acting(group.sales_a):
        Customer.objects.filter(pk=ended.pk).update(ended_on=AT.date())
        Customer.objects.filter(pk=erased.pk).update(erased_at=AT)
    manager = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    made = merge(firm, gone, manager)
    assert dict(leave(group, colleague).holdings)["客户"] == 2
    with acting(manager):
        owners = {one.pk: one.owner_id for one in Customer.objects.filter(pk__in=[firm.pk, ended.pk, gone.pk])}
        assert set(owners.values()) == {colleague.pk}
        # As though it had been left with who is gone, before that was mended.
        Customer.objects.filter(pk=gone.pk).update(owner=group.sales_a)
        undone = undo_merge(merge_id=made.pk, actor=manager, at=AT + timedelta(hours=2))
        back = Customer.objects.get(pk=gone.pk)
    assert (back.owner_id, back.pooled_at) == (None, AT + timedelta(hours=2))
    assert "并入的客户原来的负责人已经离开，放入公海" in undone.left
