"""What members are told: in the inbox at once, outside as they like it, and once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.models import Notice, Sort
from guiju.notifications.selectors.notices import count_unread, inbox_of, shown
from guiju.notifications.services.digests import post_digests
from guiju.notifications.services.inbox import choose_preference, read_notice
from guiju.notifications.tests.factories import STAFF, URGENT, again, set_channel, tell_member
from guiju.organisations.models import User
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # ten in the evening in China
MORNING = datetime(2026, 11, 25, 8, 30, tzinfo=CHINA)


@pytest.fixture
def mail(group: Group) -> None:
    """The group has a mail server, and the salesperson an address."""
    set_channel(
        group.headquarters, Sort.SMTP, "", host="127.0.0.1", port=2525, security="none", sender="notice@example.cn"
    )
    User.objects.filter(pk=group.sales_a.user_id).update(email="a@example.cn")
    group.sales_a.user.refresh_from_db()


def test_what_can_wait_comes_as_one_digest_in_the_morning(group: Group, mail: None) -> None:
    notices = [tell_member(group.sales_a, STAFF, at=AT) for _ in range(3)]
    assert {one.state for one in notices} == {Notice.State.DIGEST} and notices[0].due_at == MORNING
    with acting(group.sales_a):
        read_notice(notice_id=notices[0].pk, actor=group.sales_a, at=AT)

    assert post_digests(at=MORNING - timedelta(minutes=1)) == 0
    assert post_digests(at=MORNING) == 1 and post_digests(at=MORNING) == 0
    with acting(group.sales_a):
        [digest] = shown(inbox_of(group.sales_a).filter(kind="notifications.digest"))
        assert digest.title == "11月25日的通知摘要（2条）" and digest.text.startswith("1. 整改快到期了")
        assert digest.notice.state == Notice.State.WAITING
    assert again(notices[1]).state == Notice.State.INBOX


def test_what_was_read_already_makes_no_digest(group: Group, mail: None) -> None:
    notice = tell_member(group.sales_a, STAFF)
    with acting(group.sales_a):
        read_notice(notice_id=notice.pk, actor=group.sales_a, at=AT)

    assert post_digests(at=MORNING) == 0 and again(notice).state == Notice.State.INBOX


def test_in_quiet_hours_what_is_urgent_waits_for_their_end(group: Group, mail: None) -> None:
    assert tell_member(group.sales_a, URGENT, at=AT).due_at == AT
    assert tell_member(group.sales_a, URGENT, at=NIGHT).due_at == datetime(2026, 11, 25, 8, tzinfo=CHINA)


def test_a_member_chooses_channels_and_hours(group: Group, mail: None) -> None:
    with acting(group.sales_a):
        choose_preference(route=["smtp"], digest_at=time(7), quiet=(time(22), time(6)), actor=group.sales_a, at=AT)
        with pytest.raises(Refused, match="起止时间"):
            choose_preference(route=[], digest_at=time(7), quiet=(time(7), time(7)), actor=group.sales_a, at=AT)
    assert tell_member(group.sales_a, STAFF).due_at == datetime(2026, 11, 25, 7, tzinfo=CHINA)
    with acting(group.sales_a):
        choose_preference(route=[], digest_at=time(7), quiet=(time(22), time(6)), actor=group.sales_a, at=AT)
    assert tell_member(group.sales_a, STAFF).state == Notice.State.INBOX


def test_the_inbox_leads_to_where_it_is_done_and_forgets_nothing(group: Group, client: Client) -> None:
    notice = tell_member(group.sales_a)
    sign_in(client, "xiaoshou.a")
    page = client.get(reverse("inbox"))
    assert "整改" in page.text and "新" in page.text
    assert "未读通知" in client.get(reverse("dashboard")).text
    went = client.post(reverse("read_notice", args=[notice.pk]))
    assert went["Location"] == "/tasks/"
    with acting(group.sales_a):
        assert count_unread(group.sales_a) == 0
    tell_member(group.sales_a)
    assert "1条通知标为已读" in client.post(reverse("read_all"), follow=True).text


def test_nobody_opens_what_was_told_to_another(group: Group) -> None:
    notice = tell_member(group.sales_a)
    with acting(group.compliance), pytest.raises(Missing):
        read_notice(notice_id=notice.pk, actor=group.compliance, at=AT)


def test_preferences_are_chosen_on_a_page(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    form = {"route": ["smtp"], "digest_at": "07:45", "quiet_from": "22:00", "quiet_until": "22:00"}
    bad = client.post(reverse("choose_preference"), form)
    assert bad.status_code == 422 and "起止时间不能相同" in bad.text
    assert "已保存" in client.post(reverse("choose_preference"), form | {"quiet_until": "06:30"}, follow=True).text
    assert "07:45" in client.get(reverse("choose_preference")).text
