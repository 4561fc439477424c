"""What is frozen is stored and nothing else: not shown, not found, not changed, by any way in (仅存储)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.services.freezing import freeze_subject, unfreeze_subject
from guiju.privacy.tests.factories import data_officer, publish

WHY = "客户要求停止使用，订单记录还要保存"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000", "company": "某某公司"}
        li = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
        add_note(customer_id=li.pk, details=NoteDetails("来电说明情况"), actor=group.sales_a, at=AT)
        tag_many(customers=[li.pk], tag="爱钓鱼", actor=group.sales_a, at=AT)
    return li


def freeze(group: Group, li: Customer, *fields: str) -> Subject:
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        return freeze_subject(subject_id=li.subject_id, fields=fields, reason=WHY, actor=officer, at=AT)


def found(group: Group, **asked: str) -> list[Customer]:
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
        return list(CustomerFilter(**asked).of(seen.customers(), seen))


def test_a_frozen_person_shows_nowhere(group: Group, li: Customer, client: Client) -> None:
    freeze(group, li)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    said = client.get("/api/v1/customers?purpose=sales", headers=headers).content.decode()
    said += client.get(f"/api/v1/customers/{li.pk}?purpose=sales", headers=headers).content.decode()
    sign_in(client, "xiaoshou.a")
    pages = ["/customers/", f"/customers/{li.pk}/", f"/customers/{li.pk}/change/", f"/customers/{li.pk}/notes/add/"]
    said += "".join(client.get(page).content.decode() for page in pages)
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    said += client.get(f"/customers/{li.pk}/").content.decode()
    assert "仅存储" in said
    for secret in ("李小明", "13800138000", "某某公司", "来电说明情况", "爱钓鱼"):
        assert secret not in said


@pytest.mark.parametrize("words", ["李小明", "13800138000", "8000"])
def test_nobody_finds_a_frozen_person(group: Group, li: Customer, words: str) -> None:
    assert found(group, search=words) == [li]
    freeze(group, li)
    assert found(group, search=words) == []


def test_a_frozen_person_is_not_changed_until_unfrozen(group: Group, li: Customer) -> None:
    freeze(group, li)
    actor, officer = group.sales_a, data_officer(group)

    def change() -> None:
        change_customer(customer_id=li.pk, values={"company": "别的公司"}, how=How(), actor=actor, at=AT)

    for act in (
        change,
        lambda: add_note(customer_id=li.pk, details=NoteDetails("再来电"), actor=actor, at=AT),
        lambda: tag_many(customers=[li.pk], tag="老客户", actor=actor, at=AT),
    ):
        with acting(actor), pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "subject_frozen"
    with acting(officer):
        assert li.subject_id is not None
        unfreeze_subject(subject_id=li.subject_id, reason="客户同意继续使用", actor=officer, at=AT)
    with acting(actor):
        change()


def test_one_value_is_frozen_and_the_rest_goes_on(group: Group, li: Customer) -> None:
    freeze(group, li, "person.phone")
    assert found(group, search="13800138000") == [] and found(group, search="李小") == [li]
    with acting(group.sales_a):
        with reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
            cells = seen.cells_of(seen.customer(li.pk))
        assert cells["phone"].text == "" and "仅存储" in cells["phone"].why
        assert cells["company"].text == "某某公司"
        with pytest.raises(Refused) as refusal:
            change_customer(customer_id=li.pk, values={"phone": "13900139000"}, how=How(), actor=group.sales_a, at=AT)
        assert refusal.value.code == "value_frozen"
        change_customer(customer_id=li.pk, values={"company": "别的公司"}, how=How(), actor=group.sales_a, at=AT)


def test_freezing_asks_for_a_right_a_reason_and_a_field_that_is_there(group: Group, li: Customer) -> None:
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(group.sales_a), pytest.raises(NotAllowed):
        freeze_subject(subject_id=li.subject_id, reason=WHY, actor=group.sales_a, at=AT)
    with acting(officer):
        for fields, reason, code in (((), "x", "reason_empty"), (("person.nothing",), WHY, "field_missing")):
            with pytest.raises(Refused) as refusal:
                freeze_subject(subject_id=li.subject_id, fields=fields, reason=reason, actor=officer, at=AT)
            assert refusal.value.code == code
        freeze_subject(subject_id=li.subject_id, reason=WHY, actor=officer, at=AT)
        with pytest.raises(Refused, match="已经是仅存储"):
            freeze_subject(subject_id=li.subject_id, reason=WHY, actor=officer, at=AT)


def test_it_is_frozen_and_unfrozen_from_the_page(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, data_officer(group).user.username)
    address = f"/customers/{li.pk}/freeze/"
    assert client.post(address, {"extent": "fields", "reason": WHY}).status_code == 422
    client.post(address, {"extent": "fields", "chosen": ["person.phone"], "reason": WHY})
    shown = client.get(f"/customers/{li.pk}/").content.decode()
    assert "仅存储，不能使用" in shown and "解冻" in shown
    client.post(f"{address}?back=1", {"extent": "fields", "chosen": ["person.phone"], "reason": "客户同意继续使用"})
    assert "仅存储，不能使用" not in client.get(f"/customers/{li.pk}/").content.decode()


def test_a_name_that_does_not_show_is_not_asked_for_when_something_else_is_changed(
    group: Group, li: Customer, client: Client
) -> None:
    freeze(group, li, "person.name")
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/customers/{li.pk}/change/")
    seen = page.context["form"]["seen"].value()
    answer = client.post(f"/customers/{li.pk}/change/", {"company": "另一家公司", "seen": seen})
    assert answer.status_code == 302, answer.content.decode()
    with acting(group.sales_a):
        assert Customer.objects.get(pk=li.pk).name == "李小明"


def test_a_name_that_shows_is_asked_for_by_its_label(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    answer = client.post(f"/customers/{li.pk}/change/", {"name": "", "company": "另一家公司"})
    assert "请填写姓名" in answer.content.decode()
