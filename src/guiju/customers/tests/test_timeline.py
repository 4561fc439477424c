"""Everything that happened with a customer (时间线): page by page, by kind, and what was taken away comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.models import Customer, Note
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import Timeline, further_events, whole_timeline
from guiju.customers.services.contacts import add_contact, change_contact, end_contact, return_contact
from guiju.customers.services.customers import assign_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note, remove_note, return_note
from guiju.customers.services.pool import release_customer
from guiju.customers.services.restoring import restore_contact
from guiju.customers.tests.merging import AFTERWARDS, LATER, firm, person
from guiju.customers.values import values_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.asking import Question, ask_consent
from guiju.privacy.tests.factories import publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def whole(member: Member, customer: Customer, page: int = 1, kind: str = "") -> Timeline:
    with acting(member), reading(member, purpose="sales", on=day_of(LATER)) as seen:
        return whole_timeline(seen, seen.customer(customer.pk), page=page, kind=kind)


def test_in_whose_hands_it_was_is_told(group: Group, seller: Member) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    head = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    li = person(seller)
    with acting(seller):
        assign_customer(customer_id=li.pk, to=colleague, actor=seller, at=LATER)
    with acting(head):
        release_customer(customer_id=li.pk, reason="换岗", actor=head, at=AFTERWARDS)
    said = [(one.kind, one.text) for one in whole(head, li).events if "负责人" in one.text]
    names = seller.user.name, colleague.user.name
    assert said == [("放入公海", f"负责人：{names[1]} → 公海"), ("分配", f"负责人：{names[0]} → {names[1]}")]


def test_older_ones_are_a_page_further(seller: Member) -> None:
    li = person(seller)
    with acting(seller):
        for number in range(60):
            at = AT + timedelta(minutes=number)
            add_note(customer_id=li.pk, details=NoteDetails(f"第{number}次", "call"), actor=seller, at=at)
    first, second = whole(seller, li), whole(seller, li, 2)
    assert [len(one.events) for one in (first, second)] == [50, 10]
    assert first.has_more and not second.has_more and second.events[-1].text == "第0次"
    assert whole(seller, li, kind="电话").kinds == ["电话"] and not whole(seller, li, kind="没有").events


def test_contacts_and_what_was_asked_of_them_are_told(seller: Member) -> None:
    works = firm(seller)
    with acting(seller):
        wang = add_contact(customer_id=works.pk, values={"name": "王经理"}, how=How(), actor=seller, at=AT).contact
        end_contact(contact_id=wang.pk, actor=seller, at=LATER)
    said = [one.text for one in whole(seller, works).events]
    assert said == ["王经理不再联系", "登记联系人王经理"]


def test_a_question_that_was_sent_is_told(seller: Member) -> None:
    li = person(seller, phone="13800138000")
    with acting(seller):
        assert li.subject_id
        ask_consent(subject_id=li.subject_id, questions=[Question("marketing")], actor=seller, at=LATER)
    assert [one.kind for one in whole(seller, li).events if "链接" in one.text] == ["征求同意"]


def test_who_is_no_longer_contacted_is_contacted_again(seller: Member) -> None:
    works = firm(seller)
    with acting(seller):
        wang = add_contact(customer_id=works.pk, values={"name": "王经理"}, how=How(), actor=seller, at=AT).contact
        end_contact(contact_id=wang.pk, actor=seller, at=LATER)
        made = return_contact(contact_id=wang.pk, actor=seller, at=AFTERWARDS)
        assert made.ended_at is None and made.is_main
        with pytest.raises(Refused) as refusal:
            return_contact(contact_id=wang.pk, actor=seller, at=AFTERWARDS)
        assert refusal.value.code == "contact_there"


def test_a_wrong_edit_of_a_contact_is_undone(seller: Member, client: Client) -> None:
    works = firm(seller)
    with acting(seller):
        wang = add_contact(customer_id=works.pk, values={"name": "王经理"}, how=How(), actor=seller, at=AT).contact
        change_contact(contact_id=wang.pk, values={"name": "李经理"}, how=How(), actor=seller, at=LATER)
        restored = restore_contact(contact_id=wang.pk, number=2, undo=True, actor=seller, at=AFTERWARDS)
        assert values_of(restored.contact)["name"] == "王经理"
        with pytest.raises(Refused):
            restore_contact(contact_id=wang.pk, number=1, undo=False, actor=seller, at=AFTERWARDS)
        change_contact(contact_id=wang.pk, values={"name": "赵经理"}, how=How(), actor=seller, at=AFTERWARDS)
    sign_in(client, "xiaoshou.a")
    address = f"/contacts/{wang.pk}/restore/4/?undo=1"
    assert address in client.get(f"/contacts/{wang.pk}/").content.decode()
    shown = client.get(address).content.decode()
    assert "赵经理" in shown and "王经理" in shown
    assert "已恢复" in client.post(address, {"seen": "4"}, follow=True).content.decode()


def test_a_note_that_was_taken_away_comes_back(group: Group, seller: Member, client: Client) -> None:
    li = person(seller)
    with acting(seller):
        note = add_note(customer_id=li.pk, details=NoteDetails("来电", "call"), actor=seller, at=AT).note
        remove_note(note_id=note.pk, reason="写错", actor=seller, at=LATER)
        assert Customer.objects.get(pk=li.pk).last_touch_at is None
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/customers/{li.pk}/timeline/").content.decode()
    assert f"/customers/notes/{note.pk}/return/" in page
    assert "来电" in client.post(f"/customers/notes/{note.pk}/return/", follow=True).content.decode()
    with acting(seller):
        assert Customer.objects.get(pk=li.pk).last_touch_at == AT
        with pytest.raises(Missing):
            return_note(note_id=note.pk, actor=seller, at=AFTERWARDS)
    head = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    with acting(seller):
        remove_note(note_id=note.pk, reason="写错", actor=seller, at=AFTERWARDS)
    with acting(head), pytest.raises(Missing):
        return_note(note_id=note.pk, actor=head, at=AFTERWARDS)
    with acting(seller):
        assert Note.objects.get(pk=note.pk).removed_at == AFTERWARDS


def test_the_page_says_no_name_that_may_not_be_used_for_the_purpose(seller: Member, client: Client) -> None:
    li = person(seller)
    sign_in(client, "xiaoshou.a")
    assert li.name in client.get(f"/customers/{li.pk}/timeline/?purpose=sales").content.decode()
    page = client.get(f"/customers/{li.pk}/timeline/?purpose=marketing").content.decode()
    assert li.name not in page and "不能用于营销" in page


def test_whose_consents_one_may_read_is_asked_once_for_all_contacts(group: Group, seller: Member) -> None:
    """Of a company in the hands of somebody else."""
    works, role = firm(seller), Role.objects.get(code="sales")
    rights = {**role.rights, "customer.read": "company", "consent.read": "own"}
    Role.objects.filter(pk=role.pk).update(rights=rights)
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    with acting(seller):
        for number in range(5):
            add_contact(customer_id=works.pk, values={"name": f"王{number}"}, how=How(), actor=seller, at=AT)
    told = []
    for count in (1, 5):
        with acting(colleague), reading(colleague, purpose="sales", on=day_of(LATER)) as seen:
            customer, contacts = seen.customer(works.pk), seen.named(seen.contacts_of(works))[:count]
            with CaptureQueriesContext(connection) as asked:
                further_events(seen, customer, contacts)
        told.append(len(asked))
    assert told[0] == told[1]


@pytest.mark.parametrize("page", ["0", "-1", "99999999999", "x\x00", "²"])
def test_an_odd_page_is_the_nearest(seller: Member, client: Client, page: str) -> None:
    li = person(seller)
    sign_in(client, "xiaoshou.a")
    assert client.get(f"/customers/{li.pk}/timeline/", {"page": page, "kind": "\x00"}).status_code == 200
