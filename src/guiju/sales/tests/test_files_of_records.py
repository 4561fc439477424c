"""Orders, opportunities and contacts have files of their own, which go, freeze and merge with whom they are about."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.archives.registry import Target
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.merging import merge_customers, undo_merge
from guiju.customers.tests.test_add_customer import add
from guiju.customers.tests.test_minors import ask, child, decide, shown  # noqa: F401  # the fixture
from guiju.database.models import Row
from guiju.evidence.services import Act
from guiju.files.models import Attachment
from guiju.files.selectors.attachments import attachment_for
from guiju.files.selectors.held import after
from guiju.files.services.attachments import FileDetails, Upload, add_attachment, open_attachment
from guiju.files.services.erasing import count_attachments, destroy_attachments, held_back
from guiju.files.tests.factories import PDF
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.orders.models import Order
from guiju.orders.tests.factories import some_customer, some_order, some_product
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.substitutes import Absence, name_substitute
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.tests.factories import offer

KINDS = {"order": "/orders/{}/", "opportunity": "/opportunities/{}/", "contact": "/contacts/{}/"}


def record_of(group: Group, kind: str, customer: Customer) -> Row:
    """Something of a customer: an order, an opportunity, or, of a company, a contact."""
    sales = group.sales_a
    if kind == "order":
        return some_order(sales, customer, some_product(group))
    if kind == "opportunity":
        return offer(sales, customer)
    with acting(sales):
        return add_contact(customer_id=customer.pk, values={"name": "王芳"}, how=How(), actor=sales, at=AT).contact


def customer_for(group: Group, kind: str) -> Customer:
    return some_customer(group.sales_a, kind="company" if kind == "contact" else "person")


def put(member: Member, kind: str, record: Row, name: str = "送货单.pdf", content: bytes = PDF) -> Attachment:
    with acting(member):
        return add_attachment(
            owner_kind=kind,
            owner_id=record.pk,
            upload=Upload(name, io.BytesIO(content), len(content)),
            details=FileDetails(grade="general"),
            actor=member,
            at=AT,
        ).attachment


def opened(member: Member, row: Attachment) -> bytes:
    with acting(member):
        return b"".join(open_attachment(attachment_id=row.pk, purpose="orders", actor=member, at=AT)[1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_added_and_opened_on_the_page_of_its_record(group: Group, client: Client, kind: str) -> None:
    publish(group)
    record = record_of(group, kind, customer_for(group, kind))
    sign_in(client, group.sales_a.user.username)
    address = KINDS[kind].format(record.pk)
    assert f"/files/of/{kind}/{record.pk}/add/" in client.get(address).content.decode()
    upload = io.BytesIO(PDF)
    upload.name = "送货单.pdf"
    sent = client.post(f"/files/of/{kind}/{record.pk}/add/", {"upload": upload, "grade": "general"})
    assert sent.status_code == 302 and sent["Location"] == f"{address}#files"
    assert "送货单.pdf" in client.get(address).content.decode()
    with acting(group.sales_a):
        [row] = Attachment.objects.filter(owner_kind=kind)
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    assert opened(group.sales_a, row) == PDF
    answer = client.get(f"/api/v1/files/of/{kind}/{record.pk}", headers={"Authorization": f"Bearer {secret}"})
    assert [one["name"] for one in answer.json()] == ["送货单.pdf"]


@pytest.mark.parametrize("kind", ["order", "opportunity"])
def test_a_minors_name_stands_masked_in_the_names_of_their_files(group: Group, client: Client, kind: str) -> None:
    publish(group)
    values = {"name": "王小禾", "phone": "13800138000", "birthday": "2010-05-01"}
    record = record_of(group, kind, add(group.sales_a, values).customer)
    row = put(group.sales_a, kind, record, "王小禾的报名表.pdf")
    sign_in(client, group.sales_a.user.username)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    for address in (KINDS[kind].format(record.pk), f"/files/{row.pk}/", f"/api/v1/files/of/{kind}/{record.pk}"):
        shown = client.get(address, headers=headers if "api" in address else {}).content.decode()
        assert "王小禾" not in shown and "王**的报名表.pdf" in shown


@pytest.mark.parametrize("kind", ["customer", "order", "opportunity"])
def test_what_was_allowed_for_all_minors_opens_no_file_of_those_one_stands_in_for(
    group: Group,
    child: Customer,  # noqa: F811
    kind: str,
) -> None:
    record = child if kind == "customer" else record_of(group, kind, child)
    row, today = put(group.sales_a, kind, record, "报名表.pdf"), timezone.localdate()
    other = join(group.company_a, "sales", "lisi.a", group.system_admin, group.security_admin)
    absence = Absence(today - timedelta(days=1), today + timedelta(days=3), "年假")
    with acting(group.sales_a):
        name_substitute(member=group.sales_a, substitute=other, absence=absence, actor=group.sales_a, at=timezone.now())
    for member in (other, group.sales_a):
        decide(group, ask(member, None))
    assert shown(other, child)["phone"] == "138****8000"
    said = {"attachment_id": row.pk, "purpose": "sales", "reason": "核对合同签字", "at": timezone.now()}
    with acting(other), pytest.raises(Refused) as refusal:
        open_attachment(actor=other, **said)  # type: ignore[arg-type]
    assert refusal.value.code == "minor_unapproved"
    with acting(group.sales_a):
        assert b"".join(open_attachment(actor=group.sales_a, **said)[1]) == PDF  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_see_the_record_sees_no_file_of_it(group: Group, kind: str) -> None:
    publish(group)
    row = put(group.sales_a, kind, record_of(group, kind, customer_for(group, kind)))
    other = join(group.company_a, "sales", "lisi.a", group.system_admin, group.security_admin)
    for member in (other, group.sales_b, group.system_admin):
        with acting(member), pytest.raises((Missing, NotAllowed)):
            attachment_for(member, row.pk, on=day_of(AT))
        with pytest.raises((Missing, NotAllowed)):
            put(member, kind, Order(pk=row.owner_id), "别的.pdf")


@pytest.mark.parametrize("kind", KINDS)
def test_whose_data_is_only_stored_their_files_are_not_opened_and_not_shown(
    group: Group, client: Client, kind: str
) -> None:
    publish(group)
    record = record_of(group, kind, customer_for(group, kind))
    row = put(group.sales_a, kind, record)
    officer = data_officer(group)
    assert row.subject_id is not None
    with acting(officer):
        freeze_subject(subject_id=row.subject_id, fields=(), reason="客户要求停止使用", actor=officer, at=AT)
    with pytest.raises((Refused, Missing)):
        opened(group.sales_a, row)
    with pytest.raises((Refused, Missing)):
        put(group.sales_a, kind, record, "另一份.pdf", PDF + b"x")
    sign_in(client, group.sales_a.user.username)
    assert "送货单" not in client.get(KINDS[kind].format(record.pk)).content.decode()


@pytest.mark.parametrize("kind", ["order", "opportunity"])
def test_files_about_a_minor_are_not_opened_without_an_approval(group: Group, kind: str) -> None:
    publish(group)
    row = put(group.sales_a, kind, record_of(group, kind, some_customer(group.sales_a)))
    with acting(group.sales_a):
        Subject.objects.filter(pk=row.subject_id).update(minor_until=day_of(AT) + timedelta(days=900))
    with pytest.raises(Refused, match="未成年人"):
        opened(group.sales_a, row)


@pytest.mark.parametrize(
    ("kind", "whose"),
    [
        ("order", "person"),
        ("order", "company"),
        ("opportunity", "person"),
        ("opportunity", "company"),
        ("contact", "company"),
    ],
)
def test_a_disposal_reaches_the_files_of_what_belongs_to_a_customer(group: Group, kind: str, whose: str) -> None:
    publish(group)
    customer = some_customer(group.sales_a, kind=whose)
    record = record_of(group, kind, customer)
    row, other = put(group.sales_a, kind, record), put(group.sales_a, "customer", some_customer(group.sales_a, "王五"))
    target = Target(row.subject_id or customer.pk)
    with acting(group.sales_a):
        entity = customer.entity_id
        place_hold_on(group, target)
        assert row.pk in held_back(entity, [Target(row.pk)], day_of(AT))
        assert count_attachments(entity, [target]) == {target.subject_id: 1}
        destroy_attachments(entity, [target], Act("archives.carry_out_disposal", None, AT))
        row.refresh_from_db()
        other.refresh_from_db()
    assert row.erased_at and not other.erased_at


def place_hold_on(group: Group, target: Target) -> None:
    officer = data_officer(group)
    with acting(officer):
        place_hold(
            entity_id=officer.entity_id,
            subject_id=target.subject_id,
            sort="litigation",
            reason="诉讼需要",
            actor=officer,
            at=AT,
        )


@pytest.mark.parametrize("kind", ["order", "opportunity"])
def test_when_two_customers_become_one_the_files_are_about_that_one_and_go_back(group: Group, kind: str) -> None:
    publish(group)
    sales = group.sales_a
    kept, gone = some_customer(sales), some_customer(sales, "李晓明")
    record = record_of(group, kind, gone)
    row = put(sales, kind, record)
    before = row.subject_id
    with acting(sales):
        made = merge_customers(kept_id=kept.pk, gone_id=gone.pk, taken=(), actor=sales, at=AT + timedelta(hours=1))
        row.refresh_from_db()
        assert (row.owner_id, row.subject_id) == (record.pk, kept.subject_id)
        assert attachment_for(sales, row.pk, on=day_of(AT))[0] == row
        undo_merge(merge_id=made.pk, actor=sales, at=AT + timedelta(hours=2))
        row.refresh_from_db()
    assert (row.owner_id, row.subject_id) == (record.pk, before)


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_for_what_is_kept_too_long_knows_when_the_relation_ended(group: Group, kind: str) -> None:
    publish(group)
    customer = customer_for(group, kind)
    put(group.sales_a, kind, record_of(group, kind, customer))
    with acting(group.sales_a):
        Customer.objects.filter(pk=customer.pk).update(ended_on=day_of(AT))
        [held] = after(customer.entity_id, None, 10)
    assert held.ended_on == day_of(AT)
