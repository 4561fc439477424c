"""Who gets which case, what the supervisor sees, how a shift is handed over, and words that are used again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.complaints.models import Complaint, Route, Snippet
from guiju.complaints.selectors.cases import LABELS
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import Key, say_more
from guiju.complaints.services.handling import accept_complaint, assign_complaint
from guiju.complaints.services.sharing import add_route, end_route, hand_over_cases
from guiju.complaints.services.snippets import Words, end_snippet, put_snippet
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.complaints.tests.test_handling import texts_of
from guiju.complaints.tests.test_two_at_one_case import seen_on
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


@pytest.fixture
def second(group: Group, agent: Member) -> Member:
    return join(group.company_a, "service", "kefu.2", group.system_admin, group.security_admin)


def came_in(group: Group, number: int, **said: str) -> Complaint:
    found = complain(group.company_a, f"第{number}件", phone=f"1390000{number:04d}", **said).complaint
    care_for_complaints(at=AT)
    return again(found)


def test_new_cases_go_to_whoever_has_the_fewest_and_its_clocks_with_them(
    group: Group, agent: Member, second: Member
) -> None:
    assert came_in(group, 1).holder_id is None
    for member in (agent, second):
        with acting(agent):
            add_route(to=member, product=None, actor=agent, at=AT)
    got = [came_in(group, number).holder_id for number in range(2, 6)]
    assert sorted(map(str, got)) == sorted(map(str, [agent.pk, second.pk] * 2))
    with scope(entities={group.company_a.pk}):
        assert set(Duty.objects.filter(kind="complaints.settle").values_list("holder_id", flat=True)) == {
            None,
            agent.pk,
            second.pk,
        }


def test_a_rule_for_the_product_goes_before_that_for_all_and_ends_when_it_is_ended(
    group: Group, agent: Member, second: Member
) -> None:
    seller, customer, product = a_shop(group)
    some_order(seller, customer, product, number="D-7")
    with acting(agent):
        add_route(to=agent, product=None, actor=agent, at=AT)
        rule = add_route(to=second, product=product, actor=agent, at=AT)
        with pytest.raises(Refused, match="已经有这条规则"):
            add_route(to=second, product=product, actor=agent, at=AT)
    assert came_in(group, 1, order_no="D-7").holder_id == second.pk
    with acting(agent):
        end_route(route_id=rule.pk, actor=agent, at=AT)
        with pytest.raises(Missing):
            end_route(route_id=rule.pk, actor=agent, at=AT)
    assert came_in(group, 2, order_no="D-7").holder_id == agent.pk


def test_a_shift_is_handed_over_with_a_word_all_or_some(group: Group, agent: Member, second: Member) -> None:
    cases = [came_in(group, number) for number in range(1, 4)]
    with acting(agent):
        for case in cases:
            assign_complaint(complaint_id=case.pk, to=agent, actor=agent, at=AT)
        with pytest.raises(Refused, match="交接的说明"):
            hand_over_cases(of=agent, complaint_ids=[], to=second, note=" ", actor=agent, at=AT)
        hand_over_cases(of=agent, complaint_ids=[cases[0].pk], to=second, note="等仓库", actor=agent, at=AT)
        assert len(hand_over_cases(of=agent, complaint_ids=[], to=second, note="下班", actor=agent, at=AT)) == 2
        with pytest.raises(Refused, match="没有要交接的"):
            hand_over_cases(of=agent, complaint_ids=[], to=second, note="下班", actor=agent, at=AT)
        with pytest.raises(Refused, match="可以办理投诉的成员"):
            hand_over_cases(of=second, complaint_ids=[], to=group.sales_a, note="下班", actor=agent, at=AT)
    assert {again(case).holder_id for case in cases} == {second.pk}
    assert ("noted", "交接：等仓库") in texts_of(cases[0], public=False)


def test_the_supervisor_sees_each_agent_and_each_number_opens_its_list(
    group: Group, agent: Member, client: Client
) -> None:
    now = timezone.now()
    late = complain(group.company_a, "逾期的", at=now - timedelta(days=20), phone="13900000001")
    fresh = complain(group.company_a, "新的", at=now, phone="13900000002")
    for one in (late, fresh):
        care_for_complaints(at=one.complaint.made_at)
    with acting(agent):
        for one in (late, fresh):
            accept_complaint(complaint_id=one.complaint.pk, actor=agent, at=one.complaint.made_at)
    with scope(entities={group.company_a.pk}):
        Complaint.objects.filter(pk=fresh.complaint.pk).update(due_at=now + timedelta(days=3))
        say_more(key=Key(fresh.complaint.number, fresh.code), text="在吗", at=now)
    sign_in(client, agent.user.username)
    page = client.get("/complaints/agents/").content.decode()
    found = re.findall(r'href="(/complaints/\?[^"]+)"[^>]*>(\d+)<', page)
    counted = {re.search(r"state=(\w+)", address)[1]: (address, int(count)) for address, count in found}  # type: ignore[index]
    assert {code: count for code, (_, count) in counted.items()} == {"open": 2, "late": 1, "week": 1, "unread": 1}
    for address, count in counted.values():
        shown = client.get(address.replace("&amp;", "&")).content.decode()
        assert f"{count} 件" in shown
    assert client.get("/complaints/", {"state": "late", "hand": "x", "company": "\x00"}).status_code == 200
    assert len(LABELS) == 14


def test_words_of_the_company_are_put_into_an_answer_without_script(
    group: Group, agent: Member, client: Client
) -> None:
    case = came_in(group, 1, name="李女士")
    with acting(agent):
        accept_complaint(complaint_id=case.pk, actor=agent, at=AT)
        with pytest.raises(Refused, match="填不了"):
            put_snippet(words=Words("坏的", "{手机}"), actor=agent, at=AT)
        put_snippet(words=Words("换货", "{称呼}，您的投诉{编号}，我们换新。"), actor=agent, at=AT)
        with pytest.raises(Refused, match="已经有叫"):
            put_snippet(words=Words("换货", "x"), actor=agent, at=AT)
        made = Snippet.objects.get()
    sign_in(client, agent.user.username)
    address = f"/complaints/{case.pk}/answer/"
    before = client.get(address).content.decode()
    typed = {"text": "您好！", "snippet": str(made.pk), "insert": "1", "seen": seen_on(before)}
    page = client.post(address, typed)
    assert page.status_code == 200
    assert f"您好！\n李女士，您的投诉{case.number}，我们换新。" in page.content.decode()
    assert again(case).state == "accepted"
    with acting(agent):
        end_snippet(snippet_id=made.pk, actor=agent, at=AT)
    assert "插入常用语" not in client.get(address).content.decode()


def test_the_pages_of_rules_words_and_handing_over(group: Group, agent: Member, second: Member, client: Client) -> None:
    case = came_in(group, 1)
    with acting(agent):
        assign_complaint(complaint_id=case.pk, to=agent, actor=agent, at=AT)
    sign_in(client, agent.user.username)
    client.post("/complaints/routes/", {"to": str(second.pk)})
    with acting(agent):
        rule = Route.objects.get()
    assert second.user.name in client.get("/complaints/routes/").content.decode()
    client.post(f"/complaints/routes/{rule.pk}/end/")
    client.post("/complaints/snippets/", {"title": "道歉", "text": "非常抱歉"})
    with acting(agent):
        words = Snippet.objects.get()
    client.post(f"/complaints/snippets/?change={words.pk}", {"title": "道歉", "text": "对不起"})
    assert "对不起" in client.get("/complaints/snippets/").content.decode()
    client.post(f"/complaints/snippets/{words.pk}/end/")
    assert case.number in client.get("/complaints/hand-over/").content.decode()
    sent = {"of": str(agent.pk), "to": str(second.pk), "note": "下班", "cases": [str(case.pk)]}
    assert client.post("/complaints/hand-over/", sent).status_code == 302
    assert again(case).holder_id == second.pk


def test_who_may_not_assign_sets_nothing(group: Group, agent: Member) -> None:
    with acting(group.sales_a):
        for act in (
            lambda: add_route(to=agent, product=None, actor=group.sales_a, at=AT),
            lambda: put_snippet(words=Words("a", "b"), actor=group.sales_a, at=AT),
            lambda: hand_over_cases(of=agent, complaint_ids=[], to=agent, note="x", actor=group.sales_a, at=AT),
        ):
            with pytest.raises(NotAllowed):
                act()
