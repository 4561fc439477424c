"""Opportunities by stage: what is open in the company's order, then won, then lost, each part along an index."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from guiju.customers.models import Customer
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.sales.models import Opportunity
from guiju.sales.selectors.by_stage import ByStage
from guiju.sales.selectors.filtering import ALL, OpportunityFilter
from guiju.sales.selectors.reading import deals
from guiju.sales.selectors.stages import BUILT_IN, BUILT_IN_REASONS
from guiju.sales.services.setting_up import set_pipeline
from guiju.sales.tests.factories import customer_of


@pytest.fixture
def firm(group: Group) -> Customer:
    return customer_of(group.sales_a)


def fill(member: Member, firm: Customer, count: int) -> None:
    """So many in any state and stage, several of them in the same moment."""
    chance = random.Random(7)
    ends = {"won": {"closed_at": AT}, "lost": {"closed_at": AT, "lost_reason": "price"}}

    def one(number: int) -> Opportunity:
        state, at = chance.choice(("open", "open", "won", "lost")), AT + timedelta(days=chance.randrange(9))
        said = {"name": f"商机{number}", "customer": firm, "entity_id": member.entity_id, "owner": member}
        times = {"made_by": member, "made_at": at, "changed_at": at, "staged_at": at}
        stage = chance.choice(BUILT_IN).code
        return Opportunity(stage=stage, state=state, **said, **times, **ends.get(state, {}))

    with acting(member):
        Opportunity.objects.bulk_create(one(number) for number in range(count))


def test_each_part_goes_along_the_index(group: Group, firm: Customer) -> None:
    sales = group.sales_a
    with acting(sales), deals(sales, on=AT.date()) as seen, connection.cursor() as cursor:
        # The planner takes an index wherever there is one, however few rows there are.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        rows = Opportunity.objects.filter(entity_id=sales.entity_id)
        for state in (ALL, "open", "won"):
            asked = OpportunityFilter(state=state, sort="stage")
            pages = asked.paged(asked.of(rows, seen), seen)
            assert isinstance(pages, ByStage)
            plans = [part[:50].explain() for part in pages.parts()]
            walked = [plan for plan in plans if "One-Time Filter: false" not in plan]
            assert len(walked) == len(BUILT_IN) * (3 if state == ALL else 1)
            for plan in walked:
                assert "opportunity_by_stage" in plan and "Sort Key" not in plan, plan


def test_its_pages_put_together_are_the_whole_in_the_company_s_order(
    group: Group, firm: Customer, client: Client
) -> None:
    sales = group.sales_a
    fill(sales, firm, 130)
    head = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    with acting(head):
        reasons = [one.label for one in BUILT_IN_REASONS]
        set_pipeline(entity_id=head.entity_id, stages=BUILT_IN[::-1], reasons=reasons, actor=head, at=AT)
    sign_in(client, "xiaoshou.a")
    for state in (ALL, "open", "lost"):
        asked = OpportunityFilter(state=state, sort="stage")
        with acting(sales), deals(sales, on=AT.date()) as seen:
            whole = list(asked.of(seen.rows(), seen))
        places = [
            (one.state != "open", one.state == "lost", -[s.code for s in BUILT_IN].index(one.stage)) for one in whole
        ]
        assert places == sorted(places) and len(set(places)) > 4
        shown = []
        for number in range(1, len(whole) // 50 + 2):
            page = client.get(f"/opportunities/list/?state={state}&sort=stage&page={number}")
            shown += [line.row.pk for line in page.context["lines"]]
        assert shown == [one.pk for one in whole]
        assert f"{len(whole)} 个" in page.content.decode()


def test_an_odd_filter_finds_nothing(group: Group, firm: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    for odd in ("owner=x", "made_from=x", "stage=x", "state=x", "search=x"):
        page = client.get(f"/opportunities/list/?sort=stage&{odd}")
        assert page.status_code == 200 and not page.context["lines"]
