"""Clocks that stop, move, run in hours, belong to the authority, or pass into other hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import end_member
from guiju.database.scope import scope
from guiju.deadlines import exports
from guiju.deadlines.exports import counted_by
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import DUTIES, USUAL_PLAN, DutyKind, register_duty
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import DutyFilter, due_words, duties_for, left_of
from guiju.deadlines.services.duties import (
    NewDuty,
    add_duty,
    cancel_duty,
    finish_duty,
    pause_duty,
    resume_duty,
    stale_duties,
    start_duty,
)
from guiju.deadlines.services.feeds import end_feeds_of, member_of_feed, open_feed
from guiju.deadlines.services.signals import keep_signals
from guiju.deadlines.tests.factories import add, china, told
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.deadlines import MARKET_COMPLAINTS
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice, Sort
from guiju.notifications.selectors.notices import shown
from guiju.notifications.services.digests import post_digests
from guiju.notifications.tests.factories import set_channel
from guiju.organisations.models import Role, Substitute, User
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db


def test_a_pause_on_the_last_day_makes_nobody_late(group: Group) -> None:
    duty = add(group, may_pause="等待检验报告", basis=Duty.Basis.INTERNAL)
    keep_signals(at=china(date(2026, 10, 13), 12))
    with acting(group.sales_a):
        pause_duty(duty_id=duty.pk, why="送检", actor=group.sales_a, at=china(date(2026, 10, 13), 15))
        again = resume_duty(duty_id=duty.pk, actor=group.sales_a, at=china(date(2026, 11, 13), 9))
    assert again.due_on == date(2026, 11, 16)
    assert keep_signals(at=china(date(2026, 11, 13), 10)) == 0
    # The reminders of the last day are given again for the new last day.
    assert keep_signals(at=china(date(2026, 11, 16), 8)) == 1
    assert told(group.sales_a)[-1] == "回复监管局的询问函：今天到期"


def test_a_statutory_clock_is_not_stopped_or_cancelled_by_its_holder_alone(group: Group) -> None:
    duty = add(group, may_pause="等待检验报告")
    with acting(group.sales_a):
        for stop in (pause_duty, cancel_duty):
            with pytest.raises(NotAllowed, match="法定期限"):
                stop(duty_id=duty.pk, why="忙", actor=group.sales_a, at=china(date(2026, 9, 29)))  # type: ignore[operator]
    with acting(group.compliance):
        assert (
            pause_duty(duty_id=duty.pk, why="送检", actor=group.compliance, at=china(date(2026, 9, 29))).due_at is None
        )


def test_what_is_met_by_doing_something_else_is_not_finished_here(group: Group) -> None:
    kind = register_duty(DutyKind("tests.other", "别处的事", lambda duty: "/x/", USUAL_PLAN))
    try:
        wanted = NewDuty(
            kind.code,
            group.company_a.pk,
            "投诉",
            AT,
            Period(7, Unit.DAYS),
            Duty.Basis.INTERNAL,
            "制度",
            holder=group.sales_a,
        )
        with acting(group.sales_a):
            duty = start_duty(wanted, Act("deadlines.add_duty", group.sales_a, AT))
            with pytest.raises(Refused, match="不能在这里"):
                finish_duty(duty_id=duty.pk, outcome="好了", actor=group.sales_a, at=AT)
            with pytest.raises(Refused, match="不能在这里"):
                cancel_duty(duty_id=duty.pk, why="不办了", actor=group.sales_a, at=AT)
    finally:
        del DUTIES[kind.code]


def test_hours_are_reminded_of_in_hours_and_shown_to_the_minute(group: Group) -> None:
    duty = add(group, start=date(2026, 9, 28), period=Period(4, Unit.HOURS))
    assert duty.due_at == china(date(2026, 9, 28), 4)
    with scope(trees={group.headquarters.pk}):
        moments = dict(Signal.objects.values_list("name", "at"))
    assert moments["before_3"] is None, "over before it was written at ten"
    assert moments["late_3_up"] == china(date(2026, 9, 28), 6)
    later = add(group, start=date(2026, 9, 28), period=Period(20, Unit.HOURS))
    assert keep_signals(at=china(date(2026, 9, 28), 15)) >= 1
    assert "回复监管局的询问函：还剩5小时" in told(group.sales_a)
    assert (
        due_words(later) == "9月28日20:00"
        and left_of(later, work_calendar(), china(date(2026, 9, 28), 21)) == "已逾期1小时"
    )


def test_the_authority_s_clock_stands_apart_and_makes_nobody_late(group: Group) -> None:
    duty = add(group, basis=Duty.Basis.AUTHORITY)
    with acting(group.sales_a):
        mine = duties_for(group.sales_a)
        assert list(DutyFilter("all").of(mine, group.sales_a, at=AT)) == []
        assert list(DutyFilter("all", "authority").of(mine, group.sales_a, at=AT)) == [duty]
    assert keep_signals(at=china(date(2026, 10, 20), 12)) == 1 and told(group.compliance) == []
    assert left_of(duty, work_calendar(), china(date(2026, 10, 20), 12)) == "时限已过"


def test_a_statute_with_its_own_counting_is_counted_by_it(group: Group) -> None:
    wanted = NewDuty(
        OWN.code,
        group.company_a.pk,
        "答复",
        china(date(2026, 9, 2)),
        Period(10, Unit.DAYS),
        Duty.Basis.STATUTORY,
        "市场监督管理投诉举报处理办法第十五条",
        holder=group.sales_a,
        rule=MARKET_COMPLAINTS,
        closes_at=time(17, 30),
    )
    with acting(group.sales_a):
        duty = add_duty(wanted=wanted, actor=group.sales_a, at=AT)
    assert duty.due_at == china(date(2026, 9, 12), 17) + timedelta(minutes=30), "a Saturday, and it stays one"
    assert "第四十五条" in counted_by(duty)


def test_who_stands_in_sees_and_settles_and_overseers_have_deputies_too(group: Group) -> None:
    deputy = join(group.company_a, "sales", "daiban", group.system_admin, group.security_admin)
    with scope(entities={group.company_a.pk}):
        Substitute.objects.create(
            entity=group.company_a,
            member=group.sales_a,
            substitute=deputy,
            since=date(2026, 1, 1),
            until=date(2099, 1, 1),
            reason="年假",
        )
    duty = add(group)
    keep_signals(at=china(date(2026, 10, 9), 8))
    assert told(deputy) == ["回复监管局的询问函：还剩3个工作日"]
    with acting(deputy):
        assert DutyFilter(mine=True).of(duties_for(deputy), deputy, at=AT).get() == duty
        assert finish_duty(duty_id=duty.pk, outcome="已回复", actor=deputy, at=AT).state == Duty.State.MET


def test_what_nobody_could_be_told_is_tried_again(group: Group) -> None:
    duty = add(group)
    with scope(trees={group.headquarters.pk}):
        Role.objects.filter(rights__has_key="duty.oversee").update(retired_at=AT)
    keep_signals(at=china(date(2026, 10, 20), 12))
    with scope(trees={group.headquarters.pk}):
        left = Signal.objects.get(duty=duty, name="late_3_up")
        assert left.done_at is None and left.tried_at == china(date(2026, 10, 20), 12)
        Role.objects.update(retired_at=None)
    assert keep_signals(at=china(date(2026, 10, 20), 13)) == 0
    assert keep_signals(at=china(date(2026, 10, 21), 12)) == 2


def test_the_morning_s_digest_says_what_is_true_by_then(group: Group) -> None:
    with scope(entities={group.company_a.pk}):
        User.objects.filter(pk=group.sales_a.user_id).update(email="sales@example.cn")
    set_channel(
        group.headquarters, Sort.SMTP, "", host="127.0.0.1", port=9, security="none", sender="notice@example.cn"
    )
    done, open_ = add(group), add(group)
    keep_signals(at=china(date(2026, 10, 9), 8))
    with acting(group.sales_a):
        finish_duty(duty_id=done.pk, outcome="已回复", actor=group.sales_a, at=china(date(2026, 10, 9), 8))
    assert post_digests(at=china(date(2026, 10, 10), 9)) == 1
    with scope(entities={group.company_a.pk}):
        [digest] = shown(Notice.objects.filter(kind="notifications.digest"))
    assert digest.text == f"1. {open_.title}：还剩2个工作日"


def test_headquarters_hand_over_by_page_to_a_member_of_the_subsidiary(group: Group, client: Client) -> None:
    other = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    duty = add(group)
    sign_in(client, "hegui")
    address = reverse("hand_over_duty", args=[duty.pk])
    assert "xiaoshou.a2" in client.get(address).text
    assert "已交给" in client.post(address, {"to": str(other.pk)}, follow=True).text
    assert told(other) == ["回复监管局的询问函交给您办理"]
    sign_in(client, "xiaoshou.a2")
    page = client.post(address, {"to": str(group.sales_a.pk)}, follow=True)
    assert page.status_code == 200 and "已交给" in page.text


def test_a_correction_that_commits_while_a_duty_is_counted_reaches_it(group: Group) -> None:
    duty = add(group)
    with scope(trees={group.headquarters.pk}):
        # As if it had been counted, later by its clock, in a calendar that did not have the notice yet.
        Duty.objects.filter(pk=duty.pk).update(calendar="0" * 64, computed_at=AT + timedelta(days=900))
        assert list(stale_duties()) == [duty.pk]


def test_the_printed_list_says_what_it_leaves_out(
    group: Group, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        add(group)
    sign_in(client, "xiaoshou.a")
    notes: list[str] = []
    made = exports.list_data

    def noted(lines: Any, note: str, *, count: int) -> dict[str, Any]:
        data = made(lines, note, count=count)
        notes.append(data["note"])
        return data

    monkeypatch.setattr("guiju.deadlines.views.duties._MOST_PRINTED", 2)
    monkeypatch.setattr(exports, "list_data", noted)
    assert client.get(f"{reverse('print_duties')}?basis=statutory&mine=1")["Content-Type"] == "application/pdf"
    assert notes == ["计时中；法定；全部事项；只列本人经办的；共3项，本清单只列先到期的2项"]


def test_a_calendar_without_titles_says_only_that_something_is_due(group: Group, client: Client) -> None:
    add(group)
    sign_in(client, "xiaoshou.a")
    page = client.post(reverse("subscribe_calendar"), {"what": "open"})
    text = Client().get("/" + page.context["address"].partition("//")[2].partition("/")[2]).content.decode()
    assert "SUMMARY:有期限到期" in text and "询问函" not in text


def test_the_address_of_who_becomes_an_administrator_ends_with_its_entry(group: Group) -> None:
    with acting(group.sales_a):
        secret = open_feed(has_titles=True, actor=group.sales_a, at=AT)
        feed = member_of_feed(secret)[1]
    with acting(group.security_admin):
        end_feeds_of(group.sales_a.user, AT + timedelta(days=1))
    with pytest.raises(Missing):
        member_of_feed(secret)
    with scope(entities={group.company_a.pk}):
        assert [one.action for one in history_of(feed)] == ["deadlines.end_feed", "deadlines.open_feed"]


def test_whoever_takes_over_many_is_told_once(group: Group) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    for _ in range(3):
        add(group)
    with acting(group.system_admin):
        end_member(
            member=group.sales_a, successor=colleague, reason="离职", actor=group.system_admin, at=AT, origin=Origin()
        )
    assert told(colleague) == ["回复监管局的询问函等3项交给您办理"]


def test_a_statute_counts_nothing_that_began_before_it_was_in_force(group: Group) -> None:
    wanted = NewDuty(
        OWN.code,
        group.company_a.pk,
        "答复",
        china(date(2026, 4, 14)),
        Period(10, Unit.DAYS),
        Duty.Basis.STATUTORY,
        "市场监督管理投诉举报处理办法第十五条",
        holder=group.sales_a,
        rule=MARKET_COMPLAINTS,
    )
    with acting(group.sales_a):
        with pytest.raises(Refused, match="2026年4月15日起施行"):
            add_duty(wanted=wanted, actor=group.sales_a, at=AT)
        later = replace(wanted, started_at=china(date(2026, 4, 15)))
        made = add_duty(wanted=later, actor=group.sales_a, at=AT)
    assert "（按市场监督管理投诉举报处理办法第四十五条）" in made.proof
