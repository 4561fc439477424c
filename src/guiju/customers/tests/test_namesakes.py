"""Companies of one name are asked about, and several customers become one at once (同名的单位, 合并多位)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.merging import merge_many
from guiju.customers.tests.merging import LATER, firm, part, person, reload
from guiju.customers.values import values_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def namesakes(actor: Member, name: str, **values: str) -> list[str]:
    with acting(actor):
        saved = add_customer(kind="company", values={"name": name, **values}, how=How(), actor=actor, at=LATER)
        return [one.sentence() for one in saved.namesakes]


def test_a_company_of_the_same_name_is_saved_and_asked_about(group: Group, seller: Member) -> None:
    firm(seller, "东方餐饮（杭州）有限公司")
    [told] = namesakes(seller, "東方餐飲 (杭州) 有限公司")
    assert seller.user.name in told and "是同一家吗" in told
    assert namesakes(seller, "东方餐饮（宁波）有限公司") == []
    publish(group, group.company_b)
    assert namesakes(group.sales_b, "东方餐饮（杭州）有限公司") == []


def test_the_page_asks_and_leads_to_the_merge(seller: Member, client: Client) -> None:
    first = firm(seller, "东方餐饮")
    sign_in(client, "xiaoshou.a")
    page = client.post("/customers/add/?kind=company", {"name": "东方餐饮"}, follow=True).content.decode()
    with acting(seller):
        second = Customer.objects.exclude(pk=first.pk).get()
        secret = create_token(member=seller, name="同名", days=1, at=timezone.now())
    assert f"/customers/{first.pk}/merge/{second.pk}/" in page
    body = {"kind": "company", "values": {"name": "东方餐饮"}}
    headers = {"Authorization": f"Bearer {secret}"}
    told = Client(headers=headers).post("/api/v1/customers", body, content_type="application/json").json()
    assert told["namesakes"] == [str(first.pk), str(second.pk)]


def test_several_become_one_that_takes_what_it_lacks(seller: Member) -> None:
    kept, second, third = (
        person(seller, name, **values)
        for name, values in (
            ("李小明", {"company": "某店"}),
            ("李晓明", {"phone": "13800138001", "company": "别的店"}),
            ("李小名", {"phone": "13800138002", "email": "a@example.com"}),
        )
    )
    with acting(seller):
        made = merge_many(kept_id=kept.pk, gone_ids=[third.pk, second.pk], actor=seller, at=LATER)
        assert [one.gone_id for one in made] == [second.pk, third.pk]
        assert values_of(reload(kept)[0]) == {
            "name": "李小明", "company": "某店", "phone": "13800138001", "email": "a@example.com",
        }  # fmt: skip
    with pytest.raises(Refused):
        part(made[0], seller)
    for one in reversed(made):
        part(one, seller)
    with acting(seller):
        assert [one.merged_into_id for one in reload(kept, second, third)] == [None, None, None]


def test_all_of_them_or_none(seller: Member) -> None:
    kept, other, works = person(seller), person(seller, "李晓明"), firm(seller)
    with acting(seller):
        with pytest.raises(Refused) as refusal:
            merge_many(kept_id=kept.pk, gone_ids=[other.pk, works.pk], actor=seller, at=LATER)
        assert refusal.value.code == "merge_kinds"
        with pytest.raises(Refused) as refusal:
            merge_many(kept_id=kept.pk, gone_ids=[kept.pk], actor=seller, at=LATER)
        assert refusal.value.code == "choose_several"
        assert Customer.objects.filter(merged_into=None).count() == 3


def test_a_group_is_merged_from_the_list_of_duplicates(seller: Member, client: Client) -> None:
    rows = [person(seller, name, phone="13800138001", at=AT) for name in ("李小明", "李晓明", "李小名")]
    sign_in(client, "xiaoshou.a")
    chosen = [str(one.pk) for one in rows]
    shown = client.post("/customers/duplicates/not-same/", {"what": "merge", "customer": chosen}, follow=True)
    assert "合并3位客户" in shown.content.decode()
    address = shown.redirect_chain[0][0]
    assert client.post(address, {"kept": "x"}).status_code == 302
    with acting(seller):
        assert Customer.objects.filter(merged_into=rows[0]).count() == 2
    assert client.get("/customers/duplicates/merge/").status_code == 404
