"""Figures of complaints: each number equals its list, a rise is called one only beyond chance."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from guiju.complaints.models import Complaint
from guiju.complaints.selectors import figures
from guiju.complaints.selectors.cases import CaseFilter
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.handling import Closing, accept_complaint, answer_complaint, close_complaint
from guiju.complaints.tests.factories import again, agent_of, cases_of, complain
from guiju.database.scope import scope
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, make_plain, sign_in

pytestmark = pytest.mark.django_db

SIGNING_IN = 11


def causes_seen(member: Member) -> dict[str, figures.Line]:
    span = figures.span_of("30", timezone.localdate())
    with acting(member), figures.counting(member, span=span, asked=CaseFilter()) as seen:
        return {one.label: one for one in figures.by_cause(seen, figures.sold_of(seen))}


def test_causes_come_with_shares_and_a_running_share(group: Group) -> None:
    now = timezone.now()
    cases_of(group.company_a, "quality.packing", 6, at=now - timedelta(days=2))
    cases_of(group.company_a, "delivery.late", 3, at=now - timedelta(days=2))
    cases_of(group.company_a, "", 1, at=now - timedelta(days=2))
    cases_of(group.company_a, "delivery.late", 2, at=now - timedelta(days=2), is_doubtful=True)

    seen = causes_seen(agent_of(group))
    assert {label: (one.count, one.share) for label, one in seen.items()} == {
        "产品质量 / 包装破损": (6, 0.6),
        "配送 / 送得晚": (3, 0.3),
        "还没有确定原因": (1, 0.1),
    }
    assert [one.running for one in seen.values()] == [0.6, 0.9, 1.0]


def test_a_rise_is_called_one_only_beyond_chance(group: Group) -> None:
    now = timezone.now()
    cases_of(group.company_a, "quality.packing", 30, at=now - timedelta(days=3))
    cases_of(group.company_a, "quality.packing", 5, at=now - timedelta(days=40))
    cases_of(group.company_a, "delivery.late", 8, at=now - timedelta(days=3))
    cases_of(group.company_a, "delivery.late", 5, at=now - timedelta(days=40))

    seen = causes_seen(agent_of(group))
    assert seen["产品质量 / 包装破损"].is_rise
    assert not seen["配送 / 送得晚"].is_rise and seen["配送 / 送得晚"].times == pytest.approx(1.6)


def test_every_number_opens_exactly_its_list(group: Group, client: Client) -> None:
    now = timezone.now()
    cases_of(group.company_a, "quality.packing", 4, at=now - timedelta(days=2))
    cases_of(group.company_a, "", 2, at=now - timedelta(days=70))
    cases_of(group.company_a, "quality.packing", 3, at=now - timedelta(days=2), is_doubtful=True)
    agent = agent_of(group)
    sign_in(client, agent.user.username)
    page = client.get("/complaints/statistics/?span=90").content.decode()
    numbers = re.findall(r'href="(/complaints/\?[^"]+)"[^>]*>(\d+)</a>', page)

    assert len(numbers) > 6
    for address, number in {(html.unescape(address), number) for address, number in numbers}:
        shown = client.get(address).content.decode()
        assert len(re.findall(r'class="code text-nowrap"', shown)) == int(number), address


@pytest.mark.parametrize("query", ["?span=x", "?cause=%00", "?company=x&product=y&holder=z", "?channel=💥"])
def test_odd_questions_get_a_page(group: Group, client: Client, query: str) -> None:
    cases_of(group.company_a, "quality.packing", 1, at=timezone.now())
    sign_in(client, agent_of(group).user.username)

    assert client.get(f"/complaints/statistics/{query}").status_code == 200
    assert client.get(f"/complaints/{query}&since=9999-99-99&until=0001-01-01&counted=1").status_code == 200


def test_who_may_not_open_the_cases_is_not_told_of_few(group: Group, client: Client) -> None:
    now = timezone.now()
    cases_of(group.company_a, "quality.packing", 4, at=now - timedelta(days=2))
    cases_of(group.company_a, "delivery.late", 5, at=now - timedelta(days=2))
    make_plain("sales_manager")
    manager = join(group.company_a, "sales_manager", "jingli.a", group.system_admin, group.security_admin)
    seen = causes_seen(manager)

    assert {label: one.count for label, one in seen.items()} == {"产品质量 / 包装破损": None, "配送 / 送得晚": 5}
    sign_in(client, manager.user.username)
    page = client.get("/complaints/statistics/").content.decode()
    assert "少于 5" in page and "/complaints/?" not in page
    assert client.get("/complaints/").status_code == 403


def test_who_has_neither_right_counts_nothing(group: Group, client: Client) -> None:
    sign_in(client, group.sales_a.user.username)
    assert client.get("/complaints/statistics/").status_code == 403


def test_how_they_were_handled(group: Group) -> None:
    agent, now = agent_of(group), timezone.now()
    for started, took in ((20, 2), (20, 10)):
        case = complain(group.company_a, f"漏{took}", at=now - timedelta(days=started)).complaint
        care_for_complaints(at=now - timedelta(days=started))
        ended = now - timedelta(days=started - took)
        with acting(agent):
            accept_complaint(complaint_id=case.pk, actor=agent, at=ended)
            answer_complaint(complaint_id=case.pk, text="换", actor=agent, at=ended)
            close_complaint(complaint_id=case.pk, how=Closing("已换", "电话"), actor=agent, at=ended)
        assert again(case).is_in_time is (took == 2)
    span = figures.span_of("30", day_of(now))
    with acting(agent), figures.counting(agent, span=span, asked=CaseFilter()) as seen:
        done = figures.handled(seen)

    [holder] = done.holders
    assert (holder.label, holder.count, holder.in_time, holder.repeats) == (agent.user.name, 2, 0.5, 1)
    assert holder.days == pytest.approx(6)
    assert done.total.count == 2 and [one.label for one in done.regions] != ["—"]


@pytest.mark.parametrize("span", ["30", "365"])
def test_the_page_takes_as_many_statements_however_many_cases_there_are(
    group: Group, client: Client, span: str
) -> None:
    now = timezone.now()
    sign_in(client, agent_of(group).user.username)
    taken = []
    for _ in range(2):
        for cause in ("quality.packing", "delivery.late", "refund.slow"):
            cases_of(group.company_a, cause, 3, at=now - timedelta(days=1))
        client.get(f"/complaints/statistics/?span={span}")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/complaints/statistics/?span={span}").status_code == 200
        taken.append(len(captured))
    assert taken == [SIGNING_IN + 11, SIGNING_IN + 11]


def test_what_is_shown_is_taken_out(group: Group, client: Client) -> None:
    cases_of(group.company_a, "quality.packing", 2, at=timezone.now())
    sign_in(client, agent_of(group).user.username)
    answer = client.post("/tables/complaint-statistics/?span=30", {"ending": "xlsx", "reason": "月度分析会"})

    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = [[cell.value for cell in row] for row in load_workbook(BytesIO(content)).active]
    assert ["原因", "产品质量 / 包装破损", 2] in [row[:3] for row in rows]


def test_cases_of_other_companies_count_for_nobody_else(group: Group) -> None:
    cases_of(group.company_b, "quality.packing", 9, at=timezone.now())
    assert causes_seen(agent_of(group)) == {}
    with scope(entities={group.company_b.pk}):
        assert Complaint.objects.count() == 9


def test_one_index_holds_all_that_the_sums_ask_for(group: Group) -> None:
    agent = agent_of(group)
    cases_of(group.company_a, "quality.packing", 3, at=timezone.now())
    span = figures.span_of("30", timezone.localdate())
    with acting(agent), figures.counting(agent, span=span, asked=CaseFilter()) as seen:
        with CaptureQueriesContext(connection) as captured:
            figures.by_cause(seen, (0, 0)), figures.by_product(seen, (0, 0)), figures.heat(seen), figures.handled(seen)
        sums = [one["sql"] for one in captured if "complaints_complaint" in one["sql"] and "GROUP BY" in one["sql"]]
        used = {name for sql in sums for name in re.findall(r'"complaints_complaint"\."(\w+)"', sql)}
    [index] = [one for one in Complaint._meta.indexes if one.name == "complaint_figures"]
    held = {Complaint._meta.get_field(name).column for name in (*index.fields, *index.include)}
    assert len(sums) == 4 and used - held == set() and len(used) > 8
