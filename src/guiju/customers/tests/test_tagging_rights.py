"""Tags change for who may tag the customer and sees them, by whatever way they come (给客户加标签)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.tagging import set_tags
from guiju.customers.tests.merging import LATER, person, reload
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    made = person(group.sales_a)
    with acting(group.sales_a):
        set_tags(customer_id=made.pk, tags=["爱钓鱼"], actor=group.sales_a, at=AT)
    return made


def lose(group: Group) -> Member:
    role = Role.objects.get(code="sales")
    del role.rights["customer.tag"]
    Role.objects.filter(pk=role.pk).update(rights=role.rights)
    group.sales_a.__dict__.pop("_rights", None)
    return group.sales_a


def freeze_name(group: Group, li: Customer) -> None:
    officer = data_officer(group)
    assert li.subject_id
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=["person.name"], reason="争议未决", actor=officer, at=LATER)


def test_who_may_not_tag_enters_and_changes_without_tags(group: Group, li: Customer, client: Client) -> None:
    seller = lose(group)
    with acting(seller):
        with pytest.raises(NotAllowed):
            add_customer(kind="person", values={"name": "王五"}, how=How(), actor=seller, at=LATER, tags=["展会"])
        with pytest.raises(NotAllowed):
            change_customer(
                customer_id=li.pk, values={"company": "某店"}, how=How(), actor=seller, at=LATER, tags=["展会"]
            )
        secret = create_token(member=seller, name="标签", days=1, at=timezone.now())
    programs = Client(headers={"Authorization": f"Bearer {secret}"})
    address = f"/api/v1/customers/{li.pk}"
    assert programs.patch(address, {"values": {}, "tags": []}, content_type="application/json").status_code == 403
    sign_in(client, "xiaoshou.a")
    for page in (f"/customers/{li.pk}/change/", "/customers/add/"):
        assert "tag_words" not in client.get(page).content.decode()
    typed = {"name": "李大明", "tag_words": "展会"}
    assert client.post(f"/customers/{li.pk}/change/", typed).status_code == 302
    assert client.post("/customers/add/", {"name": "王五", "tag_words": "展会"}).status_code == 302
    with acting(seller):
        assert reload(li)[0].tags == ["爱钓鱼"] and not Customer.objects.filter(tags=["展会"]).exists()


def test_nobody_overwrites_tags_that_do_not_show(group: Group, li: Customer, client: Client) -> None:
    freeze_name(group, li)
    seller = group.sales_a
    with acting(seller):
        with pytest.raises(Refused) as refusal:
            set_tags(customer_id=li.pk, tags=[], actor=seller, at=LATER)
        assert refusal.value.code == "tags_unseen"
        with pytest.raises(Refused):
            change_customer(customer_id=li.pk, values={}, how=How(), actor=seller, at=LATER, tags=["新的"])
    sign_in(client, "xiaoshou.a")
    assert client.post(f"/customers/{li.pk}/tags/", {"tag_words": ""}).status_code == 422
    assert "tag_words" not in client.get(f"/customers/{li.pk}/change/").content.decode()
    with acting(seller):
        assert reload(li)[0].tags == ["爱钓鱼"]


def test_an_empty_form_about_who_may_only_be_stored_is_refused(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    assert li.subject_id
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=[], reason="争议未决", actor=officer, at=LATER)
    sign_in(client, "xiaoshou.a")
    refused = client.post(f"/customers/{li.pk}/tags/", {"tag_words": ""})
    assert "仅存储，不能修改" in refused.content.decode()
    with acting(group.sales_a):
        assert reload(li)[0].tags == ["爱钓鱼"]


def test_the_manager_of_sales_tags(group: Group, li: Customer) -> None:
    manager = join(group.company_a, "sales_manager", "jingli.a", group.system_admin, group.security_admin)
    with acting(manager):
        assert set_tags(customer_id=li.pk, tags=["展会"], actor=manager, at=LATER).tags == ["展会"]
