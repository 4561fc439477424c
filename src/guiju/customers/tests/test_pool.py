"""Customers without anybody: let go, claimed within limits, called back (公海)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.owning import PoolPage
from guiju.customers.services.bulk import claim_many, undo_bulk
from guiju.customers.services.calling_back import release_neglected
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.pool import (
    PoolLimits,
    claim_customer,
    limits_of,
    look_into_pool,
    look_through_pool,
    release_customer,
    set_pool_rule,
)
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


@pytest.fixture
def pooled(group: Group) -> list[Customer]:
    publish(group)
    with acting(group.sales_a):
        found = []
        for number in range(3):
            values = {"name": f"客户{number}", "phone": f"1380013800{number}"}
            customer = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
            release_customer(customer_id=customer.pk, reason="换岗", actor=group.sales_a, at=AT)
            found.append(customer)
    return found


def manager(group: Group) -> Member:
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username="yingxiao.a").first()
    return found or join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)


def rule(group: Group, **limits: int) -> None:
    head = manager(group)
    with acting(head):
        set_pool_rule(entity_id=group.company_a.pk, limits=PoolLimits(**limits), actor=head, at=AT)


def test_who_claims_first_has_it(group: Group, pooled: list[Customer], colleague: Member) -> None:
    with acting(colleague):
        made = claim_customer(customer_id=pooled[0].pk, actor=colleague, at=AT)
        assert made.owner == colleague and made.pooled_at is None
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        claim_customer(customer_id=pooled[0].pk, actor=group.sales_a, at=AT)
    assert refusal.value.code == "claimed_already"
    with acting(group.sales_b), pytest.raises(Missing):
        claim_customer(customer_id=pooled[1].pk, actor=group.sales_b, at=AT)


def test_limits_hold_for_a_day_and_in_all(group: Group, pooled: list[Customer], colleague: Member) -> None:
    rule(group, daily_claims=1)
    with acting(colleague):
        claim_customer(customer_id=pooled[0].pk, actor=colleague, at=AT)
        with pytest.raises(Refused) as refusal:
            claim_customer(customer_id=pooled[1].pk, actor=colleague, at=AT)
        assert refusal.value.code == "claimed_most"
        claim_customer(customer_id=pooled[1].pk, actor=colleague, at=AT + timedelta(days=1))
    rule(group, most_held=2)
    with acting(colleague), pytest.raises(Refused) as refusal:
        claim_customer(customer_id=pooled[2].pk, actor=colleague, at=AT + timedelta(days=2))
    assert refusal.value.code == "held_most"


def test_looking_is_counted_once_a_customer_and_day(group: Group, pooled: list[Customer], colleague: Member) -> None:
    rule(group, daily_views=1)
    with acting(colleague):
        for _ in range(2):
            look_into_pool(customer_id=pooled[0].pk, actor=colleague, at=AT)
        with pytest.raises(Refused) as refusal:
            look_into_pool(customer_id=pooled[1].pk, actor=colleague, at=AT)
        assert refusal.value.code == "viewed_most"
        look_into_pool(customer_id=pooled[1].pk, actor=colleague, at=AT + timedelta(days=1))


def test_whoever_nobody_speaks_to_is_called_back_and_the_others_stay(group: Group) -> None:
    publish(group)
    rule(group, idle_days=30)
    with acting(group.sales_a):
        silent, spoken = (
            add_customer(kind="person", values={"name": name}, how=How(), actor=group.sales_a, at=AT).customer
            for name in ("甲", "乙")
        )
        later = AT + timedelta(days=20)
        add_note(customer_id=spoken.pk, details=NoteDetails("打过电话", "call"), actor=group.sales_a, at=later)
    assert release_neglected(at=AT + timedelta(days=29)) == 0
    assert release_neglected(at=AT + timedelta(days=31)) == 1
    assert release_neglected(at=AT + timedelta(days=31)) == 0
    with acting(group.sales_a):
        silent.refresh_from_db()
        spoken.refresh_from_db()
        assert (silent.owner, spoken.owner) == (None, group.sales_a)
        assert history_of(silent)[0].reason == "30天没有联系"


def test_only_who_sets_the_rule_may_and_sense_is_asked_for(group: Group) -> None:
    with acting(group.sales_a), pytest.raises(NotAllowed):
        set_pool_rule(entity_id=group.company_a.pk, limits=PoolLimits(), actor=group.sales_a, at=AT)
    with pytest.raises(Refused) as refusal:
        rule(group, idle_days=-1)
    assert refusal.value.problems[0].field == "idle_days"
    with acting(group.sales_a):
        assert limits_of(group.company_a.pk) == PoolLimits()


def test_in_the_pool_nothing_shows_in_the_clear(
    group: Group, pooled: list[Customer], colleague: Member, client: Client
) -> None:
    sign_in(client, "xiaoshou.a2")
    page = client.get("/customers/pool/").content.decode()
    assert "138****8000" in page and "13800138000" not in page
    detail = client.get(f"/customers/pool/{pooled[0].pk}/").content.decode()
    assert "138****8000" in detail and "13800138000" not in detail
    claimed = client.post(f"/customers/pool/{pooled[0].pk}/claim/", follow=True).content.decode()
    assert "已领取客户0" in claimed and "13800138000" in claimed
    client.post(f"/customers/{pooled[0].pk}/release/", {"reason": "试试"})
    assert "客户0" in client.get("/customers/pool/").content.decode()


def test_claims_of_the_day_count_where_they_were_let_go_again(
    group: Group, pooled: list[Customer], colleague: Member
) -> None:
    rule(group, daily_claims=1)
    with acting(colleague):
        claim_customer(customer_id=pooled[0].pk, actor=colleague, at=AT)
        release_customer(customer_id=pooled[0].pk, reason="不合适", actor=colleague, at=AT)
        with pytest.raises(Refused) as refusal:
            claim_customer(customer_id=pooled[1].pk, actor=colleague, at=AT)
        assert refusal.value.code == "claimed_most"


def test_who_let_go_of_one_cannot_have_it_back_at_once(group: Group, pooled: list[Customer], colleague: Member) -> None:
    with acting(group.sales_a):
        with pytest.raises(Refused) as refusal:
            claim_customer(customer_id=pooled[0].pk, actor=group.sales_a, at=AT + timedelta(days=6))
        assert refusal.value.code == "claimed_rest"
        claim_customer(customer_id=pooled[0].pk, actor=group.sales_a, at=AT + timedelta(days=7))
    rule(group, rest_days=0)
    with acting(group.sales_a):
        claim_customer(customer_id=pooled[1].pk, actor=group.sales_a, at=AT + timedelta(days=1))
    rule(group, rest_days=30)
    with acting(colleague):
        claim_customer(customer_id=pooled[2].pk, actor=colleague, at=AT)


def test_many_are_claimed_at_once_within_the_limits(group: Group, pooled: list[Customer], colleague: Member) -> None:
    ids = [one.pk for one in pooled]
    rule(group, daily_claims=2)
    with acting(colleague):
        with pytest.raises(Refused) as refusal:
            claim_many(customers=ids, actor=colleague, at=AT)
        assert refusal.value.code == "claimed_most"
        made = claim_many(customers=ids[:2], actor=colleague, at=AT)
        assert Customer.objects.filter(owner=colleague).count() == 2
        undo_bulk(act_id=made.pk, actor=colleague, at=AT)
        assert set(Customer.objects.filter(owner=None, claimed_at=None).values_list("pk", flat=True)) == set(ids)
        with pytest.raises(Refused):
            claim_customer(customer_id=ids[2], actor=colleague, at=AT)
    with acting(group.sales_b), pytest.raises(Missing):
        claim_many(customers=ids[2:], actor=group.sales_b, at=AT)


def test_pages_of_the_list_count_as_looks(group: Group, pooled: list[Customer], colleague: Member) -> None:
    rule(group, daily_views=2)
    with acting(colleague):
        for _ in range(2):
            look_through_pool(pages=[""], actor=colleague, at=AT)
        look_into_pool(customer_id=pooled[0].pk, actor=colleague, at=AT)
        for page in ("page=2", "search=\x00" + "长" * 5000):
            with pytest.raises(Refused) as refusal:
                look_through_pool(pages=[page], actor=colleague, at=AT)
            assert refusal.value.code == "viewed_most"
        look_through_pool(pages=["page=2"], actor=colleague, at=AT + timedelta(days=1))


def test_the_owner_is_told_before_and_when_it_happened(group: Group) -> None:
    publish(group)
    rule(group, idle_days=30, warn_days=3)
    with acting(group.sales_a):
        add_customer(kind="person", values={"name": "甲"}, how=How(), actor=group.sales_a, at=AT)
    for days in (26, 28, 28, 29):
        assert release_neglected(at=AT + timedelta(days=days)) == 0
    with acting(group.sales_a):
        told = [one.kind for one in Notice.objects.filter(member=group.sales_a).order_by("made_at")]
        assert told == ["customers.going_back"] * 2
    assert release_neglected(at=AT + timedelta(days=31)) == 1
    with acting(group.sales_a):
        assert Notice.objects.filter(kind="customers.called_back", member=group.sales_a).count() == 1


def test_the_list_of_the_pool_is_searched_sorted_and_claimed_from(
    group: Group, pooled: list[Customer], colleague: Member, client: Client
) -> None:
    sign_in(client, "xiaoshou.a2")
    found = client.get("/customers/pool/", {"search": "客户1", "sort": "name"}).content.decode()
    assert "客户1" in found and "客户2" not in found
    shown = client.get("/customers/pool/", {"level": "a", "region": "杭州"}).content.decode()
    assert "客户1" in shown, "what shows masked narrows nothing"
    assert "没有符合条件" in client.get("/customers/pool/", {"search": "没有\x00"}).content.decode()
    chosen = [str(one.pk) for one in pooled[:2]]
    assert "已领取2位客户" in client.post("/customers/pool/claim/", {"customer": chosen}, follow=True).content.decode()
    rule(group, daily_views=1)
    assert "明天再来" in client.get("/customers/pool/", {"page": "7"}).content.decode()


def test_who_may_claim_and_nothing_else_finds_the_way_back(
    group: Group, pooled: list[Customer], colleague: Member, client: Client
) -> None:
    role = Role.objects.get(code="sales")
    rights = {one: reach for one, reach in role.rights.items() if one not in ("customer.assign", "customer.tag")}
    Role.objects.filter(pk=role.pk).update(rights=rights)
    sign_in(client, "xiaoshou.a2")
    assert "/customers/bulk/acts/" in client.get("/customers/pool/").content.decode()
    chosen = [str(one.pk) for one in pooled[:2]]
    told = client.post("/customers/pool/claim/", {"customer": chosen}, follow=True).content.decode()
    address = re.search(r'已领取2位客户。<a href="(/customers/bulk/[^"]+/undo/)"', told)[1]  # type: ignore[index]
    assert "已撤销：领取2位" in client.post(address, follow=True).content.decode()


def test_nothing_in_the_address_makes_two_pages_of_the_list_one(
    group: Group, pooled: list[Customer], colleague: Member, client: Client
) -> None:
    rule(group, daily_views=2)
    sign_in(client, "xiaoshou.a2")
    junk = "x" * 300
    for query in (f"a={junk}", f"a={junk}&page=1&b=2", "page=odd"):
        assert "客户1" in client.get(f"/customers/pool/?{query}").content.decode()
    assert "客户1" in client.get(f"/customers/pool/?a={junk}&search=客户1").content.decode()
    assert "明天再来" in client.get(f"/customers/pool/?a={junk}&search=客户2").content.decode()
    with acting(colleague):
        assert PoolPage.objects.filter(member=colleague).count() == 2
        assert "客户" not in str(list(PoolPage.objects.values_list("page", flat=True)))


def test_the_pool_is_taken_out_by_who_exports_the_whole_company_and_that_is_a_look(
    group: Group, pooled: list[Customer], colleague: Member, client: Client
) -> None:
    head = manager(group)
    rule(group, daily_views=1)
    said = {"purpose": "sales", "reason": "盘点公海客户", "ending": "csv"}
    sign_in(client, "xiaoshou.a2")
    assert "/tables/pool/" not in client.get("/customers/pool/").content.decode()
    refused = client.post("/tables/pool/", said)
    assert "您的角色不能导出客户" in refused.content.decode() and "客户1" not in refused.content.decode()
    sign_in(client, head.user.username)
    assert "/tables/pool/" in client.get("/customers/pool/").content.decode()
    taken = client.post("/tables/pool/", said)
    assert "客户1" in b"".join(taken.streaming_content).decode("utf-8-sig"), (
        "the page has been seen, so it is no new look"
    )  # type: ignore[attr-defined]
    refused = client.post("/tables/pool/?search=客户1", said)
    assert "明天再来" in refused.content.decode()
