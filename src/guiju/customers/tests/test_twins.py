"""Nobody is entered twice unnoticed: by phone, e-mail or number, by two at once, or after a freeze (撞单)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from guiju.customers.models import Customer, CustomerImport
from guiju.customers.selectors.duplicates import likely_same
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.twins import twins_of
from guiju.customers.tests.merging import LATER, firm, merge, part, person
from guiju.customers.tests.test_import_customers import load, problems
from guiju.customers.values import put_keys
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, found_group, join, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish

PHONE, OTHER, MAIL = "13800138000", "13900139000", "li@example.com"
ID = "110101199003077571"
RESTRICTED = "已有这个{}的记录，正在限制处理，请联系数据合规员"


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def enter(actor: Member, *, is_another: bool = False, kind: str = "person", **values: str) -> Customer:
    with acting(actor):
        return add_customer(
            kind=kind, values={"name": "某某", **values}, how=How(), actor=actor, at=LATER, is_another=is_another
        ).customer


def change(actor: Member, customer: Customer, *, is_another: bool = False, **values: str) -> None:
    with acting(actor):
        change_customer(customer_id=customer.pk, values=values, how=How(), actor=actor, at=LATER, is_another=is_another)


def freeze(group: Group, customer: Customer, *fields: str) -> None:
    officer = data_officer(group)
    assert customer.subject_id is not None
    with acting(officer):
        freeze_subject(
            subject_id=customer.subject_id, fields=fields, reason="客户要求停止使用", actor=officer, at=LATER
        )


def test_who_has_the_same_address_is_asked_about_whatever_its_case(seller: Member) -> None:
    person(seller, email=MAIL)
    with pytest.raises(Refused, match=r"本公司已有这个电子邮箱的客户，由.*负责.*确实不是同一位的") as refusal:
        enter(seller, email="LI@Example.com")
    assert refusal.value.code == "customer_twice" and refusal.value.problems[0].field == "email"
    enter(seller, email=MAIL, is_another=True)


def test_a_company_is_known_by_its_credit_code(seller: Member) -> None:
    firm(seller, "甲公司", unified_code="91110000600037341L")
    with pytest.raises(Refused, match="已有这个统一社会信用代码的客户"):
        enter(seller, kind="company", unified_code="91110000600037341l")


def test_a_person_is_known_by_the_identity_number(seller: Member) -> None:
    one = person(seller)
    with acting(seller):
        put_keys(one, {"name": one.name, "identity_number": ID})
        one.save()
        assert (
            twins_of(seller.entity_id, "identity_number", [ID])[ID]
            .sentence()
            .startswith("本公司已有这个证件号码的客户")
        )
        assert not twins_of(seller.entity_id, "email", [ID])
    other = person(seller, "李小明")
    with acting(seller):
        put_keys(other, {"name": other.name, "identity_number": ID.lower()})
        other.save()
        found = groups_by_number(seller)
        assert found == [{one.pk, other.pk}]


def groups_by_number(member: Member) -> list[set[object]]:
    with reading(member, purpose="sales", on=day_of(LATER), right="customer.merge") as seen:
        return [{one.pk for one in found.customers} for found in likely_same(seen, "identity")[0]]


def test_addresses_are_compared_in_batches(seller: Member, client: Client) -> None:
    person(seller, "李小明", email=MAIL)
    person(seller, "李晓明", email=MAIL.upper())
    person(seller, "王五", email="wang@example.com")
    sign_in(client, seller.user.username)
    page = client.get("/customers/duplicates/?ground=email").content.decode()
    assert "李小明" in page and "李晓明" in page and "王五" not in page


def test_another_company_knows_nothing(group: Group, seller: Member) -> None:
    publish(group, group.company_b)
    person(seller, phone=PHONE, email=MAIL)
    assert enter(group.sales_b, phone=PHONE, email=MAIL).entity_id == group.company_b.pk


@pytest.mark.parametrize("fields", [(), ("person.phone",)])
def test_a_frozen_person_is_not_entered_again_and_nothing_is_told_of_them(
    group: Group, seller: Member, fields: tuple[str, ...]
) -> None:
    freeze(group, person(seller, "李小明", phone=PHONE, email=MAIL), *fields)
    for is_another in (False, True):
        with pytest.raises(Refused) as refusal:
            enter(seller, phone=PHONE, is_another=is_another)
        assert refusal.value.sentence == RESTRICTED.format("手机")
        assert refusal.value.code == "customer_restricted"
    assert "李小明" not in refusal.value.sentence


def test_a_frozen_person_whose_dealings_ended_is_found_too(group: Group, seller: Member) -> None:
    one = person(seller, email=MAIL)
    freeze(group, one)
    with acting(seller):
        Customer.objects.filter(pk=one.pk).update(ended_on=day_of(LATER))
    with pytest.raises(Refused, match=RESTRICTED.format("电子邮箱")):
        enter(seller, email=MAIL)


def test_the_page_offers_no_way_around_a_restriction(group: Group, seller: Member, client: Client) -> None:
    freeze(group, person(seller, phone=PHONE))
    person(seller, "王五", phone=OTHER)
    sign_in(client, seller.user.username)
    page = client.post("/customers/add/?kind=person", {"name": "某某", "phone": PHONE}).content.decode()
    assert RESTRICTED.format("手机") in page and "不是同一位客户（" not in page
    page = client.post("/customers/add/?kind=person", {"name": "某某", "phone": OTHER}).content.decode()
    assert "不是同一位客户（" in page


def test_a_file_does_not_bring_in_who_is_there_by_address_or_is_frozen(group: Group, seller: Member) -> None:
    person(seller, email=MAIL)
    freeze(group, person(seller, phone=PHONE))
    text = (
        f"姓名,手机,电子邮箱\n甲,{OTHER},{MAIL}\n乙,{PHONE},\n丙,,c@example.com\n丁,,C@example.com\n戊,13700137000,\n"
    )
    told = problems(load(group, text))
    assert told["2"] == [("电子邮箱", "customer_twice")]
    assert told["3"] == [("手机", "customer_restricted")]
    assert told["5"] == [("电子邮箱", "customer_twice")]
    assert set(told) == {"2", "3", "5"}


def test_a_change_that_makes_a_twin_is_asked_about_like_an_entry(group: Group, seller: Member) -> None:
    one, two = person(seller, phone=PHONE, email=MAIL), person(seller, "王五", phone=OTHER)
    with pytest.raises(Refused, match="本公司已有这个手机的客户"):
        change(seller, two, phone=PHONE)
    change(seller, two, phone=PHONE, is_another=True)
    change(seller, two, level="a")
    change(seller, one, phone="13700137000")
    freeze(group, one)
    with pytest.raises(Refused, match=RESTRICTED.format("电子邮箱")):
        change(seller, two, email=MAIL, is_another=True)


def test_the_page_asks_when_a_change_makes_a_twin(seller: Member, client: Client) -> None:
    person(seller, phone=PHONE)
    two = person(seller, "王五", phone=OTHER)
    sign_in(client, seller.user.username)
    page = client.post(f"/customers/{two.pk}/change/", {"name": "王五", "phone": PHONE})
    assert page.status_code == 422 and "不是同一位客户（" in page.content.decode()
    page = client.post(f"/customers/{two.pk}/change/", {"name": "王五", "phone": PHONE, "is_another": "on"})
    assert page.status_code == 302


def test_who_went_into_a_customer_is_no_twin_of_it(seller: Member) -> None:
    kept, gone = person(seller, phone=PHONE), person(seller, phone=OTHER)
    made = merge(kept, gone, seller)
    change(seller, kept, phone=OTHER)
    with pytest.raises(Refused, match="本公司已有这个手机的客户"):
        enter(seller, phone=OTHER)
    part(made, seller)


def test_two_who_enter_the_same_customer_at_once_are_told_like_one_after_the_other(own_database: object) -> None:
    with transaction.atomic():
        group = found_group()
        other = join(group.company_a, "sales", "lisi.a", group.system_admin, group.security_admin)
        publish(group)
        two = person(other, "王五", phone=OTHER)

    for number, second in enumerate(
        (
            lambda phone: enter(other, phone=phone),
            lambda phone: change(other, two, phone=phone),
            lambda phone: load(group, f"姓名,手机\n甲,{phone}\n"),
        )
    ):
        phone = f"1370013700{number}"
        with transaction.atomic():
            enter(group.sales_a, phone=phone)
            running = Second(lambda act=second, phone=phone: act(phone))
            running.wait_for_the_lock()
        said = running.ended()
        if number == 2:
            assert problems_of_last(group) == {"2": [("手机", "customer_twice")]}
        else:
            assert isinstance(said, Refused) and said.code == "customer_twice"


def problems_of_last(group: Group) -> object:
    with acting(group.sales_a):
        return problems(CustomerImport.objects.latest("made_at"))


class Second:
    """Somebody else who works at the same time, on a connection of their own."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act, self._said = act, None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self._act()
        except Refused as refusal:
            self._said = refusal
        finally:
            connections.close_all()

    def wait_for_the_lock(self) -> None:
        until = monotonic() + 30
        while monotonic() < until:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                if cursor.fetchone() != (0,):
                    return
            sleep(0.02)
        raise AssertionError("nobody waits")

    def ended(self) -> Refused | None:
        self._thread.join(30)
        return self._said
