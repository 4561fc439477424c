"""Many opportunities go to a colleague and come back, and a wrong edit is taken back from the history
(assign_opportunities, undo_assignment, restore_opportunity)."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Role
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, let, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.models import DealBulk, Opportunity
from guiju.sales.services.bulk import MOST, assign_opportunities, undo_assignment
from guiju.sales.services.details import Details
from guiju.sales.services.moving import move_opportunity, win_opportunity
from guiju.sales.services.opportunities import assign_opportunity, change_opportunity
from guiju.sales.services.restoring import restore_opportunity
from guiju.sales.tests.factories import customer_of, offer

LATER = AT + timedelta(hours=1)


@pytest.fixture
def manager(group: Group) -> Member:
    return join(group.company_a, "sales_manager", "jingli.a", group.system_admin, group.security_admin)


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def owners(member: Member) -> dict[str, str]:
    with acting(member):
        return dict(Opportunity.objects.values_list("name", "owner__user__username"))


def test_many_go_over_on_the_page_and_come_back(
    group: Group, client: Client, manager: Member, colleague: Member
) -> None:
    firm = customer_of(group.sales_a)
    rows = [offer(group.sales_a, firm, f"第{number}单") for number in range(3)]
    sign_in(client, "jingli.a")
    page = client.get("/opportunities/list/").content.decode()
    assert page.count('name="opportunity"') == 3 and 'form="bulk"' in page
    chosen = [str(one.pk) for one in rows[:2]]
    answer = client.post("/opportunities/assign/", {"opportunity": chosen, "owner": str(colleague.pk)}, follow=True)
    found = re.search(r'href="(/opportunities/assign/[^"]*/undo/)"', answer.content.decode())
    assert found is not None
    assert owners(manager) == {"第0单": "xiaoshou.a2", "第1单": "xiaoshou.a2", "第2单": "xiaoshou.a"}
    with acting(manager):
        # What went on to somebody else meanwhile stays there.
        assign_opportunity(opportunity_id=rows[1].pk, to=manager, actor=manager, at=timezone.now())
    assert "2个商机分配给" in client.get(found[1]).content.decode()
    assert "1个商机回到原来的负责人" in client.post(found[1], follow=True).content.decode()
    assert owners(manager) == {"第0单": "xiaoshou.a", "第1单": "jingli.a", "第2单": "xiaoshou.a"}
    assert "已经撤销过" in client.post(found[1], follow=True).content.decode()


def test_past_acts_are_listed_with_their_way_back(
    group: Group, client: Client, manager: Member, colleague: Member
) -> None:
    firm, now = customer_of(group.sales_a), timezone.now()
    rows = [offer(group.sales_a, firm, f"第{number}单") for number in range(3)]
    sign_in(client, "jingli.a")
    assert "还没有批量分配过" in client.get("/opportunities/assigned/").content.decode()
    with acting(manager):
        for row, at in zip(rows, (now - timedelta(days=2), now - timedelta(minutes=5), now), strict=True):
            made = assign_opportunities(opportunities=[row.pk], to=colleague, actor=manager, at=at)
        undo_assignment(deal_bulk_id=made.pk, actor=manager, at=now)
    address = "/opportunities/assigned/"
    assert f'href="{address}"' in client.get("/opportunities/list/").content.decode()
    page = client.get(address).content.decode()
    assert page.count("1 个") == 3 and "超过24小时" in page and "已撤销" in page
    [undo] = re.findall(r'href="(/opportunities/assign/[^"]*/undo/)"', page)
    assert client.post(undo)["Location"] == address
    assert "/undo/" not in client.get(address).content.decode()
    sign_in(client, "xiaoshou.a2")
    assert "还没有批量分配过" in client.get(address).content.decode()


def test_all_of_them_or_none(group: Group, manager: Member, colleague: Member) -> None:
    mine = offer(group.sales_a, customer_of(group.sales_a), "张三的")
    theirs = offer(colleague, customer_of(colleague, "西方餐饮"), "李四的")
    me, wanted = group.sales_a, [mine.pk, theirs.pk]
    with acting(me):
        for chosen in (wanted, [mine.pk, uuid4()], []):
            with pytest.raises((Missing, Refused)):
                assign_opportunities(opportunities=chosen, to=manager, actor=me, at=AT)
        with pytest.raises(Refused):
            assign_opportunities(opportunities=[uuid4() for _ in range(MOST + 1)], to=manager, actor=me, at=AT)
    with acting(manager):
        for to in (group.sales_b, colleague):
            with pytest.raises(Refused):
                assign_opportunities(opportunities=[theirs.pk], to=to, actor=manager, at=AT)
        made = assign_opportunities(opportunities=wanted, to=manager, actor=manager, at=LATER)
        with pytest.raises(Refused):
            undo_assignment(deal_bulk_id=made.pk, actor=manager, at=LATER + timedelta(days=2))
    with acting(me), pytest.raises(Missing):
        undo_assignment(deal_bulk_id=made.pk, actor=me, at=LATER)
    with acting(group.sales_b):
        assert not DealBulk.objects.exists()


def test_who_lost_the_right_takes_nothing_back(group: Group, manager: Member, colleague: Member) -> None:
    row = offer(group.sales_a, customer_of(group.sales_a))
    with acting(manager):
        made = assign_opportunities(opportunities=[row.pk], to=colleague, actor=manager, at=AT)
    role = Role.objects.get(code="sales_manager")
    role.rights = {right: reach for right, reach in role.rights.items() if right != "opportunity.assign"}
    role.save(update_fields=["rights"])
    with acting(manager):
        now = Member.objects.get(pk=manager.pk)
        with pytest.raises(NotAllowed):
            undo_assignment(deal_bulk_id=made.pk, actor=now, at=LATER)
    # Whose right covers their own only takes back what they gave away themselves.
    let("sales_manager", "opportunity.assign", "own")
    with acting(manager):
        now = Member.objects.get(pk=manager.pk)
        with pytest.raises(Refused) as refusal:
            undo_assignment(deal_bulk_id=made.pk, actor=now, at=LATER)
    assert refusal.value.code == "changed_meanwhile"
    assert owners(manager) == {"年货礼盒": "xiaoshou.a2"}


def test_who_may_assign_their_own_takes_back_what_they_gave_away(group: Group, colleague: Member) -> None:
    me = group.sales_a
    row = offer(me, customer_of(me))
    with acting(me):
        made = assign_opportunities(opportunities=[row.pk], to=colleague, actor=me, at=AT)
        assert undo_assignment(deal_bulk_id=made.pk, actor=me, at=LATER).count == 1


def test_of_people_frozen_since_nothing_goes_back(
    group: Group, client: Client, manager: Member, colleague: Member
) -> None:
    publish(group)
    now, li = timezone.now(), customer_of(group.sales_a, "李小明", kind="person")
    rows = [offer(group.sales_a, li, "李家装修"), offer(group.sales_a, customer_of(group.sales_a), "年货礼盒")]
    with acting(manager):
        made = assign_opportunities(opportunities=[one.pk for one in rows], to=colleague, actor=manager, at=now)
        alone = offer(group.sales_a, li, "第二单")
        other = assign_opportunities(opportunities=[alone.pk], to=colleague, actor=manager, at=now)
    officer = data_officer(group)
    with acting(officer):
        freeze_subject(subject_id=li.subject_id, fields=(), reason="客户要求，已核对身份", actor=officer, at=now)
    sign_in(client, "jingli.a")
    said = client.post(f"/opportunities/assign/{made.pk}/undo/", follow=True).content.decode()
    assert "1个商机回到原来的负责人" in said and "1个商机的客户信息仅存储，没有动" in said
    assert owners(manager) == {"李家装修": "xiaoshou.a2", "年货礼盒": "xiaoshou.a", "第二单": "xiaoshou.a2"}
    with acting(manager), pytest.raises(Refused) as refusal:
        undo_assignment(deal_bulk_id=other.pk, actor=manager, at=now)
    assert refusal.value.code == "subject_frozen"


def test_a_wrong_edit_is_taken_back_from_the_history(group: Group, client: Client) -> None:
    me, now = group.sales_a, timezone.now()
    row = offer(me, customer_of(me), "年货礼盒", amount="1000", at=now, source="walk_in")
    with acting(me):
        change_opportunity(opportunity_id=row.pk, details=Details("打错了"), actor=me, at=now + timedelta(minutes=1))
        move_opportunity(opportunity_id=row.pk, stage="quote", actor=me, at=now + timedelta(minutes=2))
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/opportunities/{row.pk}/").content.decode()
    assert "撤销第2版的修改" in page and "撤销第3版的修改" in page and "撤销第1版的修改" not in page
    client.post(f"/opportunities/{row.pk}/versions/2/restore/", {})
    with acting(me):
        row.refresh_from_db()
        # The stage, which another version changed, stays.
        assert (row.name, str(row.amount), row.source, row.stage) == ("年货礼盒", "1000.00", "walk_in", "quote")
        with pytest.raises(Refused):
            restore_opportunity(opportunity_id=row.pk, number=2, actor=me, at=now)
        restore_opportunity(opportunity_id=row.pk, number=3, actor=me, at=now)
        row.refresh_from_db()
        assert row.stage == "lead"
        for number, error in ((1, Refused), (99, Missing)):
            with pytest.raises(error):
                restore_opportunity(opportunity_id=row.pk, number=number, actor=me, at=now)
        win_opportunity(opportunity_id=row.pk, actor=me, at=now)
        with pytest.raises(Refused):
            restore_opportunity(opportunity_id=row.pk, number=3, actor=me, at=now)
    stale = client.post(f"/opportunities/{row.pk}/versions/{10**12}/restore/", {"seen": "gestern"}, follow=True)
    assert stale.status_code == 200


def test_who_may_not_see_the_history_takes_nothing_back(group: Group, colleague: Member) -> None:
    row = offer(group.sales_a, customer_of(group.sales_a))
    for other in (colleague, group.sales_b, group.compliance):
        with acting(other), pytest.raises((Missing, NotAllowed)):
            restore_opportunity(opportunity_id=row.pk, number=1, actor=other, at=AT)
