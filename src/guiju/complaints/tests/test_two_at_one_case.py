"""Two agents in one case see each other, and neither overwrites what the other did."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.complaints.desk import Presence
from guiju.complaints.models import Complaint
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import Key, say_more
from guiju.complaints.services.presence import note_presence
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.database.scope import scope
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(group: Group) -> tuple[Member, Member]:
    return agent_of(group), join(group.company_a, "service", "kefu.2", group.system_admin, group.security_admin)


@pytest.fixture
def browsers(two: tuple[Member, Member]) -> tuple[Client, Client]:
    made = Client(), Client()
    for client, member in zip(made, two, strict=True):
        sign_in(client, member.user.username)
    return made


@pytest.fixture
def case(group: Group) -> Complaint:
    found = complain(group.company_a).complaint
    care_for_complaints(at=found.made_at)
    return found


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_write_on_an_older_version_is_refused_with_what_happened_and_keeps_what_was_typed(
    case: Complaint, two: tuple[Member, Member], browsers: tuple[Client, Client]
) -> None:
    first, second = browsers
    first.post(f"/complaints/{case.pk}/accept/")
    address = f"/complaints/{case.pk}/answer/"
    before = seen_on(second.get(address).content.decode())
    first.post(address, {"text": "明天换一盒", "seen": seen_on(first.get(address).content.decode())})

    refused = second.post(address, {"text": "我们不换", "seen": before})
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert two[0].user.name in shown and "答复：“明天换一盒”" in shown
    assert "我们不换</textarea>" in shown
    assert second.post(address, {"text": "我们也退运费", "seen": seen_on(shown)}).status_code == 302


def test_what_the_consumer_wrote_meanwhile_is_seen_before_the_answer_goes(
    group: Group, case: Complaint, browsers: tuple[Client, Client]
) -> None:
    taken = complain(group.company_a, "另一件", phone="13900000009")
    browser, address = browsers[0], f"/complaints/{taken.complaint.pk}/refuse/"
    before = seen_on(browser.get(address).content.decode())
    with scope(entities={group.company_a.pk}):
        say_more(key=Key(taken.complaint.number, taken.code), text="已经和店里谈好了", at=timezone.now())

    shown = browser.post(address, {"text": "不是我们卖的", "seen": before}).content.decode()
    assert "投诉人 消费者留言：“已经和店里谈好了”" in shown
    assert again(taken.complaint).state == "received"


def test_the_button_of_an_old_page_does_nothing_and_says_why(case: Complaint, browsers: tuple[Client, Client]) -> None:
    first, second = browsers
    before = seen_on(second.get(f"/complaints/{case.pk}/").content.decode())
    first.post(f"/complaints/{case.pk}/note/", {"text": "仓库说不是我们的货"})

    told = second.post(f"/complaints/{case.pk}/accept/", {"seen": before}, follow=True).content.decode()
    assert "仓库说不是我们的货" in told and again(case).state == "received"


def test_who_else_has_the_case_open_shows_and_is_gone_a_minute_later(
    case: Complaint, two: tuple[Member, Member], browsers: tuple[Client, Client]
) -> None:
    first, second = browsers
    address, opened = f"/complaints/{case.pk}/present/", {"opened": int(timezone.now().timestamp())}
    assert two[1].user.name not in first.post(address, opened).content.decode()
    assert two[0].user.name in second.post(address, opened).content.decode()
    assert "也打开着这件投诉" in first.post(address, opened).content.decode()

    with acting(two[0]):
        Presence.objects.update(at=timezone.now() - timedelta(seconds=61))
    assert "也打开着" not in first.post(address, opened).content.decode()
    with acting(two[0]):
        note_presence(case=case, actor=two[0], at=timezone.now() + timedelta(days=2))
        assert Presence.objects.count() == 1


def test_an_open_page_hears_what_is_new(case: Complaint, browsers: tuple[Client, Client]) -> None:
    first, second = browsers
    page = second.get(f"/complaints/{case.pk}/").content.decode()
    asked = {"opened": int(timezone.now().timestamp()), "seen": seen_on(page)}
    assert "有新的情况" not in second.post(f"/complaints/{case.pk}/present/", asked).content.decode()
    first.post(f"/complaints/{case.pk}/note/", {"text": "已问仓库"})
    assert "已问仓库" in second.post(f"/complaints/{case.pk}/present/", asked).content.decode()


@pytest.mark.parametrize("opened", ["", "x", "1", "9" * 400])
def test_a_page_that_was_left_open_asks_no_more(case: Complaint, browsers: tuple[Client, Client], opened: str) -> None:
    asked = {"opened": opened, "seen": "-1"}
    assert browsers[0].post(f"/complaints/{case.pk}/present/", asked).status_code == 286
