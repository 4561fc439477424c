"""Many complain of one thing: the likely ones are proposed and explained, tied, answered together, and taken out again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as some

from guiju.complaints.models import Complaint, Group
from guiju.complaints.selectors.groups import pairs_of
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.groups import answer_group, tie_cases, untie_case
from guiju.complaints.services.handling import accept_complaint
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.complaints.tests.test_handling import duties_of, texts_of
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, sign_in
from guiju.organisations.tests.factories import Group as Companies

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)
STORIES = ("收到的牛奶外包装破损漏了一半", "牛奶收到时外包装破损，漏了不少", "客服电话一直打不通")


@pytest.fixture
def agent(group: Companies) -> Member:
    return agent_of(group)


@pytest.fixture
def cases(group: Companies, agent: Member) -> list[Complaint]:
    found = [
        complain(group.company_a, text, phone=f"1390000000{number}").complaint for number, text in enumerate(STORIES)
    ]
    care_for_complaints(at=AT)
    return found


def tie(agent: Member, *cases: Complaint, title: str = "包装破损") -> Group:
    with acting(agent):
        return tie_cases(complaint_ids=[one.pk for one in cases], title=title, actor=agent, at=LATER)


def test_likely_ones_are_proposed_with_the_reason(agent: Member, cases: list[Complaint], client: Client) -> None:
    sign_in(client, agent.user.username)
    page = client.get(f"/complaints/{cases[0].pk}/same/").content.decode()
    assert cases[1].number in page and cases[2].number not in page
    assert "文字重合" in page and "“包装”" in page

    done = client.post(f"/complaints/{cases[0].pk}/same/", {"title": "包装破损", "cases": [str(cases[1].pk), "x"]})
    shown = client.get(done["Location"]).content.decode()
    assert cases[0].number in shown and cases[1].number in shown
    assert "包装破损" in client.get(f"/complaints/{cases[1].pk}/").content.decode()
    assert cases[1].number not in client.get(f"/complaints/{cases[0].pk}/same/").content.decode()
    told = client.post(done["Location"], {"text": "我们在换货"}, follow=True).content.decode()
    assert "已告诉2件的投诉人" in told
    client.post(f"/complaints/{cases[1].pk}/untie/")
    assert cases[1].number not in client.get(done["Location"]).content.decode()


def test_one_text_to_all_is_a_step_and_a_notice_of_each_and_each_keeps_its_clock(
    group: Companies, agent: Member, cases: list[Complaint]
) -> None:
    made = tie(agent, *cases[:2])
    with acting(agent):
        accept_complaint(complaint_id=cases[0].pk, actor=agent, at=LATER)
        said = answer_group(group_id=made.pk, text="每位换一箱", is_answer=True, actor=agent, at=LATER)
    assert [one.pk for one in said.to] == [cases[0].pk]
    assert said.left == [(cases[1].number, "先决定受理，再答复")]
    assert (again(cases[0]).state, again(cases[1]).state) == ("answered", "received")
    assert duties_of(cases[1])["complaints.decide"] == "open"
    with acting(agent):
        assert len(answer_group(group_id=made.pk, text="快了", is_answer=False, actor=agent, at=LATER).to) == 2
    for case in cases[:2]:
        assert ("told", "快了") in texts_of(case)
    with scope(entities={group.company_a.pk}):
        assert Notice.objects.filter(kind="complaints.told").count() == 2


def test_a_tie_is_undone_and_a_case_belongs_to_one_group_only(agent: Member, cases: list[Complaint]) -> None:
    made = tie(agent, *cases[:2])
    with pytest.raises(Refused, match="先移出"):
        tie(agent, cases[1], cases[2], title="另一组")
    with acting(agent):
        untie_case(complaint_id=cases[1].pk, actor=agent, at=LATER)
        with pytest.raises(Refused, match="不在群体投诉里"):
            untie_case(complaint_id=cases[1].pk, actor=agent, at=LATER)
    tie(agent, cases[1], cases[2], title="另一组")
    with acting(agent):
        assert tie_cases(complaint_ids=[cases[0].pk], group_id=made.pk, actor=agent, at=LATER).pk == made.pk


def test_a_group_needs_two_a_name_and_the_right(group: Companies, agent: Member, cases: list[Complaint]) -> None:
    with pytest.raises(Refused, match="至少选两件"):
        tie(agent, cases[0])
    with pytest.raises(Refused, match="请填写名称"):
        tie(agent, *cases[:2], title=" ")
    with pytest.raises(NotAllowed):
        tie(group.sales_a, *cases[:2])
    other = complain(group.company_b).complaint
    with pytest.raises(Missing):
        tie(agent, cases[0], other)


@given(some.text())
def test_signs_and_spaces_change_no_pairs(text: str) -> None:
    assert pairs_of(f" {text}！\n") == pairs_of(text)
