"""One act on many customers, and taking it back (批量操作与撤销)."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

import guiju.web
from guiju.customers.models import BulkAct, Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.bulk import assign_many, release_many, tag_many, undo_bulk
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, let, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish

LATER = AT + timedelta(minutes=1)


@pytest.fixture
def three(group: Group) -> list[UUID]:
    publish(group)
    with acting(group.sales_a):
        return [
            add_customer(kind="person", values={"name": name}, how=How(), actor=group.sales_a, at=AT).customer.pk
            for name in ("甲", "乙", "丙")
        ]


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def test_many_go_to_a_colleague_and_come_back(group: Group, three: list[UUID], colleague: Member) -> None:
    with acting(group.sales_a):
        made = assign_many(customers=three[:2], to=colleague, actor=group.sales_a, at=LATER)
        assert set(Customer.objects.filter(owner=colleague).values_list("pk", flat=True)) == set(three[:2])
        undo_bulk(act_id=made.pk, actor=group.sales_a, at=LATER + timedelta(hours=1))
        assert Customer.objects.filter(owner=group.sales_a).count() == 3
        with pytest.raises(Refused) as refusal:
            undo_bulk(act_id=made.pk, actor=group.sales_a, at=LATER + timedelta(hours=1))
        assert refusal.value.code == "undo_late"


def test_what_somebody_changed_since_is_left_alone(group: Group, three: list[UUID]) -> None:
    with acting(group.sales_a):
        made = tag_many(customers=three, tag="老客户", actor=group.sales_a, at=LATER)
        change_customer(
            customer_id=three[0],
            values={"company": "某店"},
            how=How(),
            actor=group.sales_a,
            at=LATER + timedelta(minutes=1),
        )
        undo_bulk(act_id=made.pk, actor=group.sales_a, at=LATER + timedelta(minutes=2))
        tags = dict(Customer.objects.values_list("pk", "tags"))
    assert tags == {three[0]: ["老客户"], three[1]: [], three[2]: []}


def test_tags_narrow_the_list_and_are_taken_off(group: Group, three: list[UUID]) -> None:
    with acting(group.sales_a):
        tag_many(customers=three[:2], tag="老客户", actor=group.sales_a, at=LATER)
        with reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
            assert CustomerFilter(tag="老客户").of(seen.customers(), seen).count() == 2
        tag_many(customers=three[:1], tag="老客户", actor=group.sales_a, at=LATER, take_off=True)
        with pytest.raises(Refused) as refusal:
            tag_many(customers=three[:1], tag="老客户", actor=group.sales_a, at=LATER, take_off=True)
        assert refusal.value.code == "nothing_changed"


def test_all_of_them_or_none(group: Group, three: list[UUID]) -> None:
    publish(group, group.company_b)
    with acting(group.sales_b):
        other = add_customer(kind="person", values={"name": "丁"}, how=How(), actor=group.sales_b, at=AT).customer
    with acting(group.sales_a):
        for chosen in ([*three, other.pk], [UUID(int=1)]):
            with pytest.raises(Missing):
                release_many(customers=chosen, actor=group.sales_a, at=LATER)
        with pytest.raises(Refused):
            release_many(customers=[], actor=group.sales_a, at=LATER)
        assert Customer.objects.filter(owner=None).count() == 0


def test_the_list_does_it_and_offers_to_take_it_back(group: Group, three: list[UUID], client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    told = client.post(
        "/customers/bulk/", {"act": "tag", "tag": "展会", "customer": [str(one) for one in three]}, follow=True
    ).content.decode()
    assert "已加标签3位客户" in told and "展会" in told
    address = re.search(r'href="(/customers/bulk/[^"]+/undo/)"', told)[1]  # type: ignore[index]
    assert "恢复成操作之前" in client.get(address).content.decode()
    assert "已撤销" in client.post(address, follow=True).content.decode()
    assert "请先选中客户" in client.post("/customers/bulk/", {"act": "release"}, follow=True).content.decode()
    with acting(group.sales_a):
        assert BulkAct.objects.get().undone_at is not None


def test_all_that_match_are_told_by_number_and_asked_about(group: Group, three: list[UUID], client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    typed = {"act": "tag", "tag": "展会", "which": "all", "back": "search=甲&page=2"}
    asked = client.post("/customers/bulk/", typed).content.decode()
    assert "共 <strong>1</strong> 位" in asked and "加标签展会" in asked
    done = client.post("/customers/bulk/", {**typed, "confirmed": "1"})
    assert done.headers["Location"] == "/customers/?search=%E7%94%B2"
    with acting(group.sales_a):
        assert list(Customer.objects.filter(tags=["展会"]).values_list("name", flat=True)) == ["甲"]
    none = client.post("/customers/bulk/", {**typed, "back": "search=没有这个人"}, follow=True)
    assert "请先选中客户" in none.content.decode()
    odd = client.post("/customers/bulk/", {**typed, "back": "quiet=%00&made_from=x"}, follow=True)
    assert odd.status_code == 200


def test_more_than_one_act_takes_are_done_in_parts(
    group: Group, three: list[UUID], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.customers.services.bulk.MOST", 2)
    sign_in(client, "xiaoshou.a")
    typed = {"act": "tag", "tag": "展会", "which": "all", "back": ""}
    assert "一次最多办 2 位" in client.post("/customers/bulk/", typed).content.decode()
    client.post("/customers/bulk/", {**typed, "confirmed": "1"})
    with acting(group.sales_a):
        assert BulkAct.objects.get().count == 2


def test_past_acts_are_listed_with_their_way_back(group: Group, three: list[UUID], client: Client) -> None:
    with acting(group.sales_a):
        tag_many(customers=three, tag="旧的", actor=group.sales_a, at=timezone.now() - timedelta(days=2))
        made = tag_many(customers=three, tag="展会", actor=group.sales_a, at=timezone.now())
    sign_in(client, "xiaoshou.a")
    assert "/customers/bulk/acts/" in client.get("/customers/").content.decode()
    page = client.get("/customers/bulk/acts/").content.decode()
    assert f"/customers/bulk/{made.pk}/undo/" in page and "超过24小时" in page
    assert "已撤销" in client.post(f"/customers/bulk/{made.pk}/undo/", follow=True).content.decode()
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    sign_in(client, colleague.user.username)
    assert "还没有做过批量操作" in client.get("/customers/bulk/acts/").content.decode()


def test_on_a_phone_all_that_match_are_reached_without_a_tick(three: list[UUID], client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    page = client.get("/customers/").content.decode()
    fold = page[page.index("folds-unticked") :]
    assert 'name="act"' in fold and 'name="which"' not in fold and 'name="which"' in page
    style = (Path(guiju.web.__file__).parent / "static/guiju/guiju.css").read_text("utf-8")
    [line] = [one for one in style.splitlines() if ".folds-unticked" in one]
    assert '[name="which"] [value="all"]:checked' in line


def test_who_may_only_be_stored_since_stays_as_they_are(group: Group, three: list[UUID], client: Client) -> None:
    now = timezone.now()
    with acting(group.sales_a):
        made = tag_many(customers=three, tag="老客户", actor=group.sales_a, at=now)
        frozen = Customer.objects.get(pk=three[0])
    officer = data_officer(group)
    assert frozen.subject_id
    with acting(officer):
        freeze_subject(subject_id=frozen.subject_id, fields=[], reason="争议未决", actor=officer, at=now)
    sign_in(client, "xiaoshou.a")
    done = client.post(f"/customers/bulk/{made.pk}/undo/", follow=True).content.decode()
    assert "已撤销：加标签2位；1位" in done and "仅存储" in done
    with acting(group.sales_a):
        assert dict(Customer.objects.values_list("pk", "tags")) == {three[0]: ["老客户"], three[1]: [], three[2]: []}


@pytest.mark.parametrize("right", ["customer.tag", "customer.assign"])
def test_whoever_lost_the_right_takes_nothing_back(
    group: Group, three: list[UUID], colleague: Member, right: str
) -> None:
    with acting(group.sales_a):
        if right == "customer.tag":
            made = tag_many(customers=three, tag="老客户", actor=group.sales_a, at=LATER)
        else:
            made = assign_many(customers=three, to=colleague, actor=group.sales_a, at=LATER)
    role = Role.objects.get(code="sales")
    Role.objects.filter(pk=role.pk).update(rights={one: how for one, how in role.rights.items() if one != right})
    group.sales_a.__dict__.pop("_rights", None)
    with acting(group.sales_a), pytest.raises(NotAllowed):
        undo_bulk(act_id=made.pk, actor=group.sales_a, at=LATER + timedelta(hours=1))


def test_who_looks_after_their_own_only_by_now_takes_back_those(
    group: Group, three: list[UUID], colleague: Member
) -> None:
    let("sales", "customer.assign", "company")
    group.sales_a.__dict__.pop("_rights", None)
    with acting(colleague):
        other = add_customer(kind="person", values={"name": "丁"}, how=How(), actor=colleague, at=AT).customer
    with acting(group.sales_a):
        made = assign_many(customers=[three[0], other.pk], to=colleague, actor=group.sales_a, at=LATER)
    let("sales", "customer.assign", "own")
    group.sales_a.__dict__.pop("_rights", None)
    with acting(group.sales_a):
        done = undo_bulk(act_id=made.pk, actor=group.sales_a, at=LATER + timedelta(hours=1))
        assert (done.count, done.left) == (1, 1)
        assert Customer.objects.get(pk=three[0]).owner == group.sales_a
