"""Every number opens the list that it counts, and a person's figures are of what they see (numbers equal their lists)."""

from __future__ import annotations

import gzip
import html
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.database.scope import scope
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Department, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, let, make_plain, sign_in
from guiju.sales.models import Opportunity
from guiju.sales.selectors.stages import BUILT_IN, BUILT_IN_REASONS
from guiju.sales.services.moving import lose_opportunity, win_opportunity
from guiju.sales.tests.factories import customer_of, offer
from guiju.web.middleware import CONTENT_SECURITY_POLICY

PAGES = (
    "/opportunities/",
    "/opportunities/forecast/",
    *(f"/opportunities/statistics/?period={one}" for one in ("month", "quarter", "year", "twelve")),
)


@pytest.fixture
def lead(group: Group) -> Member:
    """Who sees the opportunities of the whole company."""
    make_plain("marketing")
    return join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def fill(members: list[Member], number: int, chance: random.Random) -> None:
    """Opportunities of every age, stage and ending."""
    now = timezone.now()
    customers = {one.pk: customer_of(one, f"客户{one.pk}", at=now - timedelta(days=500)) for one in members}
    for _ in range(number):
        member = chance.choice(members)
        made = now - timedelta(days=chance.randrange(400), hours=chance.randrange(24))
        expected = day_of(made) + timedelta(days=chance.randrange(600)) if chance.random() < 0.8 else None
        found = offer(
            member,
            customers[member.pk],
            stage=chance.choice(BUILT_IN).code,
            at=made,
            amount=str(chance.randrange(100_000)) if chance.random() < 0.8 else None,
            expected_on=expected,
        )
        then = made + (now - made) * chance.random()
        with acting(member):
            match chance.randrange(4):
                case 0:
                    win_opportunity(opportunity_id=found.pk, actor=member, at=then)
                case 1:
                    reason = chance.choice(BUILT_IN_REASONS).code
                    lose_opportunity(opportunity_id=found.pk, reason=reason, actor=member, at=then)


def numbers_on(page: str) -> Iterator[tuple[str, int]]:
    """Each link to a list with the number that it bears, or that stands behind its words."""
    for address, words in re.findall(r'<a[^>]*href="(/opportunities/list/[^"]*)"[^>]*>([^<]*)</a>', page):
        if found := re.search(r"(\d+)( 个)?$", words.strip()):
            yield html.unescape(address), int(found[1])


def count_in(page: str) -> int:
    found = re.search(r"(\d+) 个，合计", page)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_that_of_the_list_it_opens(
    group: Group, client: Client, lead: Member, colleague: Member, seed: int
) -> None:
    fill([group.sales_a, colleague], 25, random.Random(seed))
    checked = 0
    for who in ("xiaoshou.a", "yingxiao.a"):
        sign_in(client, who)
        for address in PAGES:
            for wanted, number in set(numbers_on(client.get(address).content.decode())):
                assert count_in(client.get(wanted).content.decode()) == number, (who, address, wanted)
                checked += 1
    assert checked > 60


def test_sums_are_those_of_the_rows_and_weighted_by_their_stage(group: Group, client: Client) -> None:
    firm = customer_of(group.sales_a)
    offer(group.sales_a, firm, stage="lead", amount="1000")
    offer(group.sales_a, firm, stage="negotiation", amount="500.5")
    offer(group.sales_a, firm, stage="quote", amount=None)
    sign_in(client, "xiaoshou.a")
    page = client.get("/opportunities/list/").content.decode()
    assert "3 个，合计 ¥1,500.50，按可能性 ¥500.40" in page


def test_a_salesperson_sees_their_own_and_a_lead_everybody_s(
    group: Group, client: Client, lead: Member, colleague: Member
) -> None:
    offer(group.sales_a, customer_of(group.sales_a), "张三的单子")
    offer(colleague, customer_of(colleague, "西方餐饮"), "李四的单子")
    offer(group.sales_b, customer_of(group.sales_b, "南方餐饮"), "别家的单子")
    seen = {}
    for who in ("xiaoshou.a", "xiaoshou.a2", "yingxiao.a"):
        sign_in(client, who)
        said = "".join(client.get(f"/opportunities/{page}").content.decode() for page in ("", "list/"))
        seen[who] = {name for name in ("张三的单子", "李四的单子", "别家的单子") if name in said}
    assert seen == {
        "xiaoshou.a": {"张三的单子"},
        "xiaoshou.a2": {"李四的单子"},
        "yingxiao.a": {"张三的单子", "李四的单子"},
    }
    sign_in(client, "hegui")
    assert client.get("/opportunities/").status_code == 403


def test_who_leads_a_department_sees_what_is_in_its_hands(group: Group, client: Client, colleague: Member) -> None:
    let("sales", "opportunity.read", "department")
    offer(group.sales_a, customer_of(group.sales_a), "张三的单子")
    offer(colleague, customer_of(colleague, "西方餐饮"), "李四的单子")
    sign_in(client, "xiaoshou.a")
    assert "李四的单子" not in client.get("/opportunities/").content.decode()
    with scope(entities={group.company_a.pk}, trees={group.company_a.pk}):
        shop = Department.objects.create(entity=group.company_a, name="门店")
        Member.objects.filter(pk__in=[group.sales_a.pk, colleague.pk]).update(department=shop)
    page = client.get("/opportunities/statistics/").content.decode()
    assert "按负责人" in page
    board = client.get("/opportunities/").content.decode()
    # The name of the colleague's customer isn't in sight with it.
    assert "李四的单子" in board and "西方餐饮" not in board


def test_who_isn_t_spoken_to_is_counted_for_each_and_opens_their_list(
    group: Group, client: Client, lead: Member, colleague: Member
) -> None:
    old = timezone.now() - timedelta(days=40)
    for name in ("甲", "乙"):
        customer_of(colleague, name, at=old)
    customer_of(group.sales_a, "丙", at=old)
    customer_of(group.sales_a, "丁", at=timezone.now())
    sign_in(client, "yingxiao.a")
    page = html.unescape(client.get("/opportunities/statistics/").content.decode())
    found = re.findall(r'<a href="(/today/customers/\?what=quiet&owner=[^"]*)"[^>]*>(\d+)', page)
    assert [int(number) for _, number in found] == [2, 1]
    for address, number in found:
        assert f"共 {number} 位" in client.get(address).content.decode()


ODD = (
    "?stage=nirvana&owner=x&month=2026-13&made_from=gestern",
    "?owner=00000000-0000-0000-0000-000000000001",
    "?search=%00&state=%00",
    "?closed_from=0001-01-01&closed_to=9999-12-31&state=all",
    "?month=9999-12",
    "?month=0001-01",
    "?page=-7&sort=%27%3B--",
    "?period=eternity&owner=%F0%9F%98%80",
    "?reached=" + "x" * 3000,
)


@pytest.mark.parametrize("query", ODD)
def test_odd_questions_get_an_answer(group: Group, client: Client, query: str) -> None:
    offer(group.sales_a, customer_of(group.sales_a))
    sign_in(client, "xiaoshou.a")
    for page in ("", "list/", "forecast/", "statistics/"):
        assert client.get(f"/opportunities/{page}{query}").status_code == 200
    assert client.get(f"/today/customers/{query}").status_code == 200


@pytest.mark.parametrize(
    "address", ["/opportunities/", "/opportunities/list/", "/opportunities/statistics/", "/today/", "/today/customers/"]
)
def test_more_rows_ask_no_more_questions(group: Group, client: Client, address: str) -> None:
    make_plain("sales")
    sign_in(client, "xiaoshou.a")
    counts = []
    now = timezone.now()
    for number in (3, 12):
        for place in range(number):
            firm = customer_of(group.sales_a, f"客户{number}-{place}", at=now - timedelta(days=60))
            offer(group.sales_a, firm, at=now - timedelta(days=9), next_on=day_of(now) - timedelta(days=5))
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_column_shows_fifty_and_says_how_many_more(group: Group, client: Client) -> None:
    firm, now = customer_of(group.sales_a), timezone.now()
    first = offer(group.sales_a, firm)
    with acting(group.sales_a):
        Opportunity.objects.bulk_create(
            Opportunity(
                entity_id=first.entity_id,
                customer=firm,
                name=f"第{number}单",
                stage="lead",
                owner=group.sales_a,
                made_by=group.sales_a,
                made_at=now,
                changed_at=now,
                staged_at=now,
            )
            for number in range(52)
        )
    sign_in(client, "xiaoshou.a")
    page = client.get("/opportunities/").content.decode()
    assert page.count("<article") == 50 and "还有 3 个" in page and "意向 53" in page


def test_a_page_with_charts_stays_light_and_runs_nothing_inside(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    answer = client.get("/opportunities/statistics/")
    page = answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|javascript:", page)
    weight = len(gzip.compress(answer.content))
    for address in set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page)):
        name = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", address.removeprefix("/static/"))
        weight += len(gzip.compress(Path(str(finders.find(name))).read_bytes()))
    assert 200_000 < weight < 330_000, weight
    assert "echarts" not in client.get("/opportunities/").content.decode()
