"""Somebody is deleted: their orders stay for the books and show nobody (删除权, 个人信息保护法 第四十七条)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.periods import ask_about_over, declare_business, propose_over
from guiju.customers.models import BulkAct, Customer, Note
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.orders.models import TableImport
from guiju.orders.selectors.trades import keep_buyers
from guiju.orders.services.erasing import count_files
from guiju.orders.services.orders import deliver_order, void_order
from guiju.orders.services.table_import import preview_table_import, problems_in
from guiju.orders.tests.factories import a_shop, service_of, some_order
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import data_officer, given
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval


def test_the_disposal_says_how_many_orders_stay_and_why_and_afterwards_nobody_is_named(
    group: Group, client: Client
) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    officer, service = data_officer(group), service_of(group)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(sales):
        content = "订单号,日期,客户,编码,数量,金额\nA1,2026-11-01,李小明,Z,1,1\n".encode()
        file = preview_table_import(kind="orders", name="x.csv", content=content, actor=sales, at=AT)
        assert problems_in(file)
    sign_in(client, officer.user.username)
    page = client.get(reverse("propose_disposal", args=[customer.pk])).content.decode()
    assert "订单：1 份" in page and "订单导入时退回的行：1 份" in page
    # What the proposal says of orders is what the schedule says of them: nobody is told of an end that doesn't come.
    truth = "订单是账目的依据，一直保存（内部规则）"
    assert truth in page and "第三十一条" not in page
    assert truth in client.get(reverse("retention_schedule")).content.decode()

    assert customer.subject_id is not None
    with acting(officer):
        made = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(customer.subject_id)],
            basis="withdrawn",
            reason="客户要求删除",
            actor=officer,
            at=AT,
        )
    with acting(archivist):
        asked = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=AT + timedelta(hours=1))
    with acting(sales):
        kept = TableImport.objects.get(pk=file.pk)
        assert (kept.state, problems_in(kept)) == ("dropped", [])
        assert count_files(sales.entity_id, [Target(customer.subject_id)]) == {}
    sign_in(client, service.user.username)
    for address in ("/orders/", f"/orders/{order.pk}/"):
        page = client.get(address).content.decode()
        assert "（已删除）" in page and "李小明" not in page and order.number in page


def allowed(archivist: Member, disposal: Disposal) -> Disposal:
    with acting(archivist):
        asked = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=asked.asked_at)
        return Disposal.objects.get(pk=disposal.pk)


def test_who_bought_is_stored_and_nothing_else_until_the_floor_that_binds_the_company_is_over(
    group: Group, client: Client
) -> None:
    sales, customer, product = a_shop(group)
    officer = data_officer(group)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    company, subject = officer.entity_id, customer.subject_id
    assert subject is not None

    def propose(*fields: str, at: datetime = AT) -> Disposal:
        with acting(officer):
            return propose_disposal(
                entity_id=company,
                targets=[Target(subject, fields)],
                basis="withdrawn",
                reason="客户要求删除",
                actor=officer,
                at=at,
            )

    with acting(sales):
        how = How(consents=[given("service")])
        change_customer(customer_id=customer.pk, values={"gender": "male"}, how=how, actor=sales, at=AT)
        add_note(customer_id=customer.pk, details=NoteDetails("约好送货"), actor=sales, at=AT)
        tag_many(customers=[customer.pk], tag="常客", actor=sales, at=AT)
        tag_many(customers=[customer.pk], tag="会员", actor=sales, at=AT)
    order = some_order(sales, customer, product)
    with acting(sales):
        deliver_order(order_id=order.pk, on=date(2026, 11, 3), actor=sales, at=AT)
    with acting(officer):
        declare_business(entity_id=company, lines=["is_platform"], reason="营业执照的经营范围", actor=officer, at=AT)
    with pytest.raises(Refused) as refusal:
        propose("person.phone", "person.name")
    assert "至2029-11-03" in refusal.value.sentence and "电子商务法第三十一条" in refusal.value.sentence
    sign_in(client, officer.user.username)
    page = client.get(reverse("propose_disposal", args=[customer.pk])).content.decode()
    assert "至2029-11-03" in page and "为订单收集的先留下，仅存储" in page
    allowed(archivist, propose())
    with acting(officer):
        customer = Customer.objects.select_related("subject").get(pk=customer.pk)
        assert customer.subject is not None and customer.erased_at is None
        assert values_of(customer).keys() == {"name", "phone"}
        assert customer.subject.is_frozen("person.name") and customer.subject.is_frozen("person.phone")
        assert Note.objects.get().content == "（已删除）"
        # Tags are no part of a trade: they go, here, in the log and in what the acts on many remember.
        assert customer.tags == [] and not any(one.changes for one in BulkAct.objects.all())
        assert "常客" not in str([one.changes for one in history_of(customer)])
    assert ask_about_over(at=AT + timedelta(days=1000)) == 0
    later = AT + timedelta(days=1096)
    assert ask_about_over(at=later) == 1
    with acting(officer):
        made = propose_over(entity_id=company, code="buyers", reason="保管期限届满", actor=officer, at=later)
    allowed(archivist, made)
    with acting(officer):
        customer.refresh_from_db()
        assert customer.erased_at is not None and values_of(customer) == {"name": "（已删除）"}
    assert ask_about_over(at=later + timedelta(days=1)) == 0


def test_who_bought_goes_at_once_from_a_company_that_no_statute_binds(group: Group) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    officer = data_officer(group)
    with acting(officer):
        assert keep_buyers(officer.entity_id, [Target(customer.subject_id)], day_of(AT)) == {}  # type: ignore[arg-type]


def test_a_trade_that_is_not_over_keeps_the_buyer_and_one_that_was_voided_does_not(group: Group) -> None:
    sales, customer, product = a_shop(group)
    officer = data_officer(group)
    order = some_order(sales, customer, product)
    with acting(officer):
        declare_business(
            entity_id=officer.entity_id, lines=["is_platform"], reason="营业执照的经营范围", actor=officer, at=AT
        )
        target = Target(customer.subject_id)  # type: ignore[arg-type]
        [kept] = keep_buyers(officer.entity_id, [target], day_of(AT)).values()
        assert kept.until is None and "person.gender" in kept.but and "person.phone" not in kept.but
        assert keep_buyers(officer.entity_id, [Target(target.subject_id, ("person.gender",))], day_of(AT)) == {}
    with acting(sales):
        void_order(order_id=order.pk, reason="登记错了", actor=sales, at=AT)
    with acting(officer):
        assert keep_buyers(officer.entity_id, [target], day_of(AT)) == {}


def test_no_statute_keeps_who_spoke_for_a_company_that_bought(group: Group) -> None:
    """What is kept names the buyer, and that is the company; no order says who signed."""
    sales, _, product = a_shop(group)
    officer = data_officer(group)
    with acting(sales):
        made = add_customer(kind="company", values={"name": "某某餐饮有限公司"}, how=How(), actor=sales, at=AT)
        wang = add_contact(customer_id=made.customer.pk, values={"name": "王芳"}, how=How(), actor=sales, at=AT).contact
    some_order(sales, made.customer, product)
    with acting(officer):
        declare_business(
            entity_id=officer.entity_id, lines=["is_platform"], reason="营业执照的经营范围", actor=officer, at=AT
        )
        company, contact = Target(made.customer.pk), Target(wang.subject_id)  # type: ignore[arg-type]
        assert keep_buyers(officer.entity_id, [company, contact], day_of(AT)).keys() == {made.customer.pk}
