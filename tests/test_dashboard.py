"""What each ready-made role sees first on the dashboard: numbers that are those of their lists, in few statements."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.pool import claim_customer, release_customer
from guiju.customers.tests.test_import_customers import load
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.small_counts import FEWEST, told
from guiju.orders.services.orders import deliver_order, return_order
from guiju.orders.tests.factories import some_order, some_product
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.services.cleanup import start_cleanup
from guiju.privacy.services.minors import ask_minor_access
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.tests.factories import customer_of, offer
from guiju.sales.tests.test_figures import fill

ROLES = ("sales_manager", "marketing", "service", "compliance", "legal", "archivist", "inspector")

CARDS = {
    "sales": {"我的漏斗（进行中）", "我的本月", "我的客户", "订单"},
    "sales_manager": {
        "团队漏斗（进行中）",
        "团队本月",
        "预测：按预计成交的月份",
        "进行中的商机，按负责人",
        "30天内登记的商机，按来源",
        "公海",
        "我的客户",
    },
    "marketing": {
        "30天内登记的商机，按来源",
        "公海",
        "同意营销的客户",
        "营销同意的变化（6个月）",
        "本月登记的拒收",
    },
    "service": {"订单", "我的客户"},
    "data_officer": {"待补同意", "数据清理", "等待批准的未成年人查看", "待审批的销毁", "生效的保全", "备份恢复演练"},
    "compliance": {"数据清理", "等待批准的未成年人查看", "待审批的销毁", "生效的保全"},
    "archivist": {"数据清理", "待审批的销毁", "生效的保全"},
}
"""What a role needs at the first look; whoever has no right to it has no card."""

STATEMENTS = {"sales": 19, "sales_manager": 26, "marketing": 27, "service": 16, "data_officer": 24, "compliance": 23}
"""How many statements the dashboard takes beyond what every page asks first, however much there is."""

SIGNING_IN = 11


@pytest.fixture
def people(group: Group) -> dict[str, Member]:
    """One of each role in one company, with something of everything."""
    admins = group.system_admin, group.security_admin
    found = {role: join(group.company_a, role, f"{role}.a", *admins) for role in ROLES}
    publish(group)
    return {"sales": group.sales_a, "data_officer": data_officer(group), **found}


def happen(people: dict[str, Member], group: Group, number: int, chance: random.Random) -> None:
    """A day in the life of a company; the larger the number, the more of everything."""
    now, seller, officer = timezone.now(), people["sales"], people["data_officer"]
    fill([seller, people["sales_manager"]], 8 * number, chance)
    for place in range(number):
        offer(
            seller,
            customer_of(seller, f"来源{number}-{place}"),
            source=chance.choice(("", "walk_in", "referral")),
            at=now,
        )
    load(group, "姓名,手机,性别\n" + "".join(f"李{n}号,1380{number:03}{n:04},男\n" for n in range(number)))
    with acting(seller):
        mine = list(Customer.objects.filter(owner=seller, kind="person").order_by("pk"))
        for one in mine[-number:]:
            release_customer(customer_id=one.pk, reason="换岗", actor=seller, at=now)
    manager = people["sales_manager"]
    with acting(manager):
        # Who let one go can't have it back for a while.
        theirs = Customer.objects.filter(owner=manager).order_by("-pk")[0]
        release_customer(customer_id=theirs.pk, reason="换岗", actor=manager, at=now)
    with acting(seller):
        claim_customer(customer_id=theirs.pk, actor=seller, at=now)
        note = NoteDetails("再联系", "call", now - timedelta(days=3), day_of(now))
        add_note(customer_id=theirs.pk, details=note, actor=seller, at=now - timedelta(days=3))
    product, clerk = some_product(group), people["service"]
    for _ in range(number):
        order = some_order(seller, customer_of(seller, f"订货{number}"), product)
        with acting(clerk):
            deliver_order(order_id=order.pk, on=date(2026, 11, 2), actor=clerk, at=now)
            return_order(
                order_id=order.pk, on=date(2026, 11, 3), quantity=Decimal(2), ground="quality", actor=clerk, at=now
            )
        some_order(seller, customer_of(seller, f"待交{number}"), product)
    with acting(officer):
        newest = Customer.objects.filter(kind="person").order_by("-pk")[0]
        assert newest.subject_id is not None
        terms = {"entity_id": officer.entity_id, "actor": officer, "at": now}
        propose_disposal(targets=[Target(newest.subject_id)], basis="withdrawn", reason="本人要求删除", **terms)
        place_hold(subject_id=newest.subject_id, sort="dispute", reason="正在投诉里", **terms)
        start_cleanup(entity_id=officer.entity_id, on=day_of(now), actor=officer, at=now)
    with acting(seller):
        until = day_of(now) + timedelta(days=5)
        ask_minor_access(
            subject_id=newest.subject_id, purpose="sales", until=until, reason="回访家长要核对", actor=seller, at=now
        )


def titles_on(page: str) -> set[str]:
    return set(re.findall(r'(?:subheader mb-2|card-title)">([^<]+)<', page))


def numbers_on(page: str) -> Iterator[tuple[str, int]]:
    """Each link of a card with its number."""
    for address, words in re.findall(r'<a [^>]*href="(/[^"]*)"[^>]*>(?:<span>[^<]*</span><span>)?(\d+)<', page):
        if address.startswith(("/opportunities/", "/customers/", "/orders/", "/catalogue/", "/today/customers/")):
            yield html.unescape(address), int(words)


def count_in(page: str) -> int:
    found = re.search(r"(?:共|超过|前) (\d+) |(\d+) 个，合计|发现</div><div class=\"datagrid-content\">(\d+) 条", page)
    return int(next(filter(None, found.groups()))) if found else 0


def test_each_role_sees_what_it_needs_and_each_number_is_that_of_its_list(
    people: dict[str, Member], group: Group, client: Client
) -> None:
    happen(people, group, 3, random.Random(1))
    checked: set[str] = set()
    for role, member in people.items():
        sign_in(client, member.user.username)
        page = client.get("/").content.decode()
        assert titles_on(page) >= CARDS.get(role, set()), (role, titles_on(page))
        for address, number in numbers_on(page):
            answer = client.get(address)
            assert answer.status_code == 200, (role, address)
            assert count_in(answer.content.decode()) == number, (role, address)
            checked.add(address.partition("?")[0])
    assert checked >= {
        "/opportunities/list/",
        "/customers/pool/",
        "/customers/wanting/",
        "/orders/",
        "/today/customers/",
        "/catalogue/minors/",
        "/catalogue/disposals/",
        "/catalogue/holds/",
    }


@pytest.mark.parametrize("role", STATEMENTS)
def test_the_dashboard_takes_the_same_few_statements_for_little_and_for_much(
    people: dict[str, Member], group: Group, client: Client, role: str
) -> None:
    for number in (1, 4):
        happen(people, group, number, random.Random(number))
        sign_in(client, people[role].user.username)
        client.get("/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/").status_code == 200
        # Keys are looked for anew every so often, by the clock.
        said = [one["sql"][:160] for one in asked.captured_queries if "keys_datakey" not in one["sql"]]
        assert len(said) == SIGNING_IN + STATEMENTS[role], "\n".join(said)


def test_a_chart_without_script_is_a_table_and_administrators_load_none(
    people: dict[str, Member], group: Group, client: Client
) -> None:
    sign_in(client, group.sales_a.user.username)
    page = client.get("/").content.decode()
    assert 'data-chart="card-' in page and "guiju/charts" in page and page.count('<th scope="row"') >= 5
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=", page)
    sign_in(client, "xitong")
    page = client.get("/").content.decode()
    assert "echarts" not in page and "数据密钥" in page


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1, FEWEST, 99])
def test_a_handful_is_told_to_who_may_open_it_only(count: int) -> None:
    assert told(count, may_open=True) == count
    assert told(count, may_open=False) == (None if 0 < count < FEWEST else count)
