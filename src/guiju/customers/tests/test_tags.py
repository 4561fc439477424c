"""Tags (标签): set by page, form and program, renamed everywhere, and nothing sensitive among them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import BulkAct, Customer
from guiju.customers.services.bulk import tag_many, undo_bulk
from guiju.customers.services.tagging import rename_tag, set_tags
from guiju.customers.tests.merging import AFTERWARDS, LATER, person, reload
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def marketing(group: Group) -> Member:
    return join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)


def test_a_customer_has_the_tags_that_were_said(seller: Member) -> None:
    li = person(seller)
    with acting(seller):
        made = set_tags(customer_id=li.pk, tags=["老客户", " 展会 ", "老客户", ""], actor=seller, at=LATER)
        assert made.tags == ["老客户", "展会"] and history_of(made)[0].action == "customers.set_tags"
        with pytest.raises(Refused) as refusal:
            set_tags(customer_id=li.pk, tags=["老客户", "展会"], actor=seller, at=LATER)
        assert refusal.value.code == "nothing_changed"
        with pytest.raises(Refused) as refusal:
            set_tags(customer_id=li.pk, tags=[f"标签{one}" for one in range(21)], actor=seller, at=LATER)
        assert refusal.value.code == "tags_many"


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("糖尿病", "tag_sensitive"),
        ("女儿8岁", "tag_sensitive"),
        ("13800138000", "number_misplaced"),
        ("太长" * 11, "tag_shape"),
        ("换\x00行", "tag_shape"),
    ],
)
def test_what_everybody_would_see_and_few_may_know_is_no_tag(seller: Member, tag: str, code: str) -> None:
    li = person(seller)
    with acting(seller):
        for act in (
            lambda: set_tags(customer_id=li.pk, tags=[tag], actor=seller, at=LATER),
            lambda: tag_many(customers=[li.pk], tag=tag, actor=seller, at=LATER),
        ):
            with pytest.raises(Refused) as refusal:
                act()
            assert refusal.value.code == code
        assert reload(li)[0].tags == []


def test_marketing_tags_and_the_archivist_does_not(group: Group, seller: Member) -> None:
    li, head = person(seller), marketing(group)
    with acting(head):
        tag_many(customers=[li.pk], tag="展会", actor=head, at=LATER)
        set_tags(customer_id=li.pk, tags=["展会", "春季"], actor=head, at=LATER)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(archivist), pytest.raises(Missing):
        set_tags(customer_id=li.pk, tags=[], actor=archivist, at=LATER)
    with acting(group.sales_b), pytest.raises(Missing):
        set_tags(customer_id=li.pk, tags=[], actor=group.sales_b, at=LATER)


def test_a_tag_becomes_another_everywhere_and_is_itself_again(group: Group, seller: Member) -> None:
    li, wang, head = person(seller), person(seller, "王五"), marketing(group)
    with acting(seller):
        set_tags(customer_id=li.pk, tags=["老客", "老客户"], actor=seller, at=LATER)
        set_tags(customer_id=wang.pk, tags=["老客"], actor=seller, at=LATER)
        with pytest.raises(NotAllowed):
            rename_tag(tag="老客", to="老客户", actor=seller, at=LATER)
    with acting(head):
        [made] = rename_tag(tag="老客", to="老客户", actor=head, at=AFTERWARDS)
        assert made.count == 2 and [one.tags for one in reload(li, wang)] == [["老客户"], ["老客户"]]
        with pytest.raises(Refused) as refusal:
            rename_tag(tag="老客", to="乙", actor=head, at=AFTERWARDS)
        assert refusal.value.code == "tag_missing"
        with pytest.raises(Refused):
            rename_tag(tag="老客户", to="高血压", actor=head, at=AFTERWARDS)
        undo_bulk(act_id=made.pk, actor=head, at=AFTERWARDS)
        assert [one.tags for one in reload(li, wang)] == [["老客", "老客户"], ["老客"]]


def test_of_who_may_only_be_stored_no_tag_shows_or_changes(group: Group, seller: Member, client: Client) -> None:
    li = person(seller)
    assert li.subject_id
    with acting(seller):
        set_tags(customer_id=li.pk, tags=["爱钓鱼"], actor=seller, at=LATER)
    officer = data_officer(group)
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=[], reason="争议未决", actor=officer, at=LATER)
    with acting(seller), pytest.raises(Refused):
        set_tags(customer_id=li.pk, tags=["别的"], actor=seller, at=AFTERWARDS)
    sign_in(client, "xiaoshou.a")
    for page in ("", "change/", "tags/", "timeline/"):
        assert "爱钓鱼" not in client.get(f"/customers/{li.pk}/{page}").content.decode()
    assert "爱钓鱼" not in client.get("/customers/tags/").content.decode()


def test_pages_set_count_and_rename(group: Group, seller: Member, client: Client) -> None:
    li = person(seller)
    sign_in(client, "xiaoshou.a")
    page = f"/customers/{li.pk}/"
    assert f"{page}tags/" in client.get(page).content.decode()
    assert "说到医疗健康" in client.post(f"{page}tags/", {"tag_words": "糖尿病"}).content.decode()
    assert "展会" in client.post(f"{page}tags/", {"tag_words": "展会、老客户"}, follow=True).content.decode()
    listed = client.get("/customers/tags/").content.decode()
    assert "1 位" in listed and "改名或合并" not in listed
    assert client.post("/customers/tags/rename/?tag=展会", {"to": "展览"}).status_code == 403
    marketing(group)
    sign_in(client, "yingxiao.a")
    assert "改名或合并" in client.get("/customers/tags/").content.decode()
    assert (
        "已改名：1位" in client.post("/customers/tags/rename/?tag=展会", {"to": "展览"}, follow=True).content.decode()
    )
    with acting(seller):
        assert BulkAct.objects.get().detail == "展会 → 展览"


def test_the_form_sets_tags_with_the_values_and_alone(seller: Member, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    client.post("/customers/add/?kind=person", {"name": "李小明", "tag_words": "展会，老客户"})
    with acting(seller):
        li = Customer.objects.get()
        assert li.tags == ["展会", "老客户"]
    page = f"/customers/{li.pk}/change/"
    assert "展会、老客户" in client.get(page).content.decode()
    assert client.post(page, {"name": "李小明", "tag_words": "展会"}).status_code == 302
    assert client.post(page, {"name": "李大明"}).status_code == 302
    with acting(seller):
        assert reload(li)[0].tags == ["展会"]
    refused = client.post(page, {"name": "李大明", "tag_words": "备孕"})
    assert refused.status_code == 422 and "说到医疗健康" in refused.content.decode()


def test_programs_set_read_and_filter_by_them(seller: Member) -> None:
    with acting(seller):
        secret = create_token(member=seller, name="标签", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    client = Client(headers=headers)
    body = {"values": {"name": "李小明"}, "tags": ["展会"]}
    made = client.post("/api/v1/customers", body, content_type="application/json").json()
    person(seller, "王五")
    address = f"/api/v1/customers/{made['id']}"
    assert client.get(f"{address}?purpose=sales").json()["tags"] == ["展会"]
    found = client.get("/api/v1/customers?purpose=sales&tag=展会").json()
    assert [one["id"] for one in found["items"]] == [made["id"]]
    changed = client.patch(address, {"values": {}, "tags": ["老客户"]}, content_type="application/json")
    assert changed.status_code == 200
    assert client.get("/api/v1/customers?purpose=sales&tag=展会").json()["count"] == 0
