"""What is due: started, told of once, paused, handed over, and moved when the calendar changes."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import resources

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.accounts.origin import Origin
from guiju.accounts.services.leaving import end_member
from guiju.database.scope import scope
from guiju.deadlines.cli import deadlines as commands
from guiju.deadlines.exports import counted_by
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import DutyFilter, duties_for, left_of
from guiju.deadlines.services import enter_notice
from guiju.deadlines.services.duties import (
    NewDuty,
    add_duty,
    cancel_duty,
    finish_duty,
    hand_over_duty,
    pause_duty,
    recompute_duties,
    resume_duty,
    stale_duties,
    start_duty,
)
from guiju.deadlines.services.feeds import end_feed, member_of_feed, open_feed
from guiju.deadlines.services.signals import keep_signals
from guiju.deadlines.tests.factories import add, china, told
from guiju.deadlines.tests.notice_2027 import NEXT
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.deadlines import COUNTING_RULES
from guiju.kernel.errors import GuijuError, Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db


def test_a_duty_shows_its_own_proof_and_the_words_that_are_left(group: Group) -> None:
    duty = add(group)

    assert duty.due_on == date(2026, 10, 13) and duty.due_at == china(date(2026, 10, 14))
    assert duty.proof.startswith("自2026年9月28日的次日起算7个工作日") and "国庆节" in duty.proof
    known = work_calendar()
    assert left_of(duty, known, china(date(2026, 10, 10), 9)) == "还剩2个工作日"
    assert left_of(duty, known, china(date(2026, 10, 13), 23)) == "今天到期"
    assert left_of(duty, known, china(date(2026, 10, 16), 9)) == "已逾期3个工作日"
    with acting(group.sales_a):
        assert [one.action for one in history_of(duty)] == ["deadlines.add_duty"]


def test_reminders_and_escalations_come_once_at_their_time_and_none_before(group: Group) -> None:
    add(group)
    assert keep_signals(at=china(date(2026, 10, 9), 7)) == 0
    assert keep_signals(at=china(date(2026, 10, 9), 8)) == 1
    assert keep_signals(at=china(date(2026, 10, 9), 8)) == 0
    assert told(group.sales_a) == ["回复监管局的询问函：还剩3个工作日"]


def test_what_became_due_while_everything_was_down_is_told_at_the_next_start_in_order(group: Group) -> None:
    add(group)

    assert keep_signals(at=china(date(2026, 10, 20), 12)) == 6
    with scope(trees={group.headquarters.pk}):
        names = list(Signal.objects.order_by("at", "pk").values_list("name", flat=True))
    assert names == ["before_3", "before_1", "due", "late_1", "late_1_up", "late_3_up"]
    assert len(told(group.sales_a)) == 4
    assert told(group.compliance) == ["回复监管局的询问函：已逾期5个工作日，请督办"] * 2
    assert keep_signals(at=china(date(2026, 10, 30))) == 0


def test_what_was_late_when_it_was_written_down_is_told_once_to_each_side(group: Group) -> None:
    duty = add(group, start=date(2026, 10, 26), written=date(2026, 11, 24))

    assert duty.due_on == date(2026, 11, 4) and keep_signals(at=china(date(2026, 11, 24), 12)) == 2
    assert told(group.sales_a) == ["回复监管局的询问函：已逾期14个工作日"]
    assert len(told(group.compliance)) == 1


def test_what_is_done_is_not_reminded_of(group: Group) -> None:
    duty = add(group)
    with acting(group.sales_a):
        finish_duty(duty_id=duty.pk, outcome="已书面回复", actor=group.sales_a, at=china(date(2026, 9, 29)))

    assert keep_signals(at=china(date(2026, 12, 1))) == 0 and told(group.sales_a) == []


def test_a_pause_moves_the_end_and_the_reminders_and_only_where_it_is_allowed(group: Group) -> None:
    inside = Duty.Basis.INTERNAL
    duty, other = add(group, may_pause="等待检验报告", basis=inside), add(group, basis=inside)
    with acting(group.sales_a):
        with pytest.raises(Refused, match="不能中止"):
            pause_duty(duty_id=other.pk, why="忙", actor=group.sales_a, at=AT)
        paused = pause_duty(duty_id=duty.pk, why="送检", actor=group.sales_a, at=china(date(2026, 9, 29), 15))
        assert paused.due_at is None and left_of(paused, work_calendar(), AT) == "中止"
        assert Signal.objects.filter(duty=duty).exclude(at=None).count() == 0
        again = resume_duty(duty_id=duty.pk, actor=group.sales_a, at=china(date(2026, 10, 12), 9))
    assert again.due_on == date(2026, 10, 20)
    assert "中止" in again.proof
    for moment, done in ((china(date(2026, 10, 15), 7), 0), (china(date(2026, 10, 15), 8), 1)):
        keep_signals(at=moment)
        with scope(trees={group.headquarters.pk}):
            assert Signal.objects.filter(duty=duty).exclude(done_at=None).count() == done


def test_hours_do_not_stand_still(group: Group) -> None:
    duty = add(group, period=Period(48, Unit.HOURS), may_pause="停电", basis=Duty.Basis.INTERNAL)
    with acting(group.sales_a), pytest.raises(Refused, match="按小时计"):
        pause_duty(duty_id=duty.pk, why="停电", actor=group.sales_a, at=china(date(2026, 9, 28), 12))


def test_a_deadline_past_the_last_notice_is_provisional_listed_and_moved_when_it_is_entered(group: Group) -> None:
    duty = add(group, start=date(2027, 2, 1), period=Period(7, Unit.WORKING_DAYS))
    with acting(group.sales_a):
        assert duty.lacks == [2027] and "暂定" in duty.proof
        listed = DutyFilter("provisional").of(duties_for(group.sales_a), group.sales_a, at=AT)
        assert list(listed) == [duty]
    with acting(group.system_admin):
        enter_notice(text=NEXT, source="国办发明电〔2026〕9号", actor=group.system_admin, at=AT + timedelta(days=90))

    [moved] = recompute_duties(actor=None, at=AT + timedelta(days=90))
    assert (moved.was, moved.duty.due_on) == (date(2027, 2, 10), date(2027, 2, 18))
    assert moved.duty.lacks == [] and recompute_duties(actor=None, at=AT + timedelta(days=91)) == []
    with scope(trees={group.headquarters.pk}):
        first = Signal.objects.get(duty=duty, name="before_1")
    assert first.at == china(date(2027, 2, 17), 8)
    assert told(group.sales_a) == ["回复监管局的询问函：到期日改为2月18日"]


def test_what_no_notice_can_end_is_not_counted_over_and_over(group: Group) -> None:
    add(group, start=date(2027, 2, 1))
    add(group, start=date(2003, 2, 1))
    add(group)
    with scope(trees={group.headquarters.pk}):
        assert list(stale_duties()) == []


def test_a_period_that_ends_on_a_day_off_ends_after_it_and_hours_are_not_offered(group: Group) -> None:
    assert add(group, start=date(2026, 9, 24), period=Period(7, Unit.DAYS)).due_on == date(2026, 10, 8)


def test_whoever_leaves_hands_over_what_is_due(group: Group) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    duty = add(group)
    with acting(group.system_admin):
        end_member(
            member=group.sales_a,
            successor=colleague,
            reason="离职",
            actor=group.system_admin,
            at=AT,
            origin=Origin(),
        )
    with scope(trees={group.headquarters.pk}):
        assert Duty.objects.get(pk=duty.pk).holder == colleague


def test_others_neither_see_nor_settle_what_is_not_theirs(group: Group) -> None:
    duty = add(group)
    with acting(group.sales_b), pytest.raises(Missing):
        finish_duty(duty_id=duty.pk, outcome="好了", actor=group.sales_b, at=AT)
    service = join(group.company_a, "service", "kefu", group.system_admin, group.security_admin)
    with acting(service), pytest.raises(NotAllowed):
        cancel_duty(duty_id=duty.pk, why="不办了", actor=service, at=AT)
    with acting(group.compliance):
        hand_over_duty(duty_id=duty.pk, to=service, actor=group.compliance, at=AT)
    with acting(service):
        assert duties_for(service).get().holder == service


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"article": ""}, "article"),
        ({"basis": Duty.Basis.STATUTORY, "article": "责令改正通知书"}, "article"),
        ({"started_at": china(date(1948, 1, 1))}, "count"),
        ({"started_at": china(date(2298, 1, 1)), "period": Period(30, Unit.YEARS)}, "count"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_its_field(group: Group, changes: dict[str, object], field: str) -> None:
    values = {
        "kind": OWN.code,
        "entity_id": group.company_a.pk,
        "title": "回复",
        "started_at": AT,
        "period": Period(7, Unit.DAYS),
        "basis": Duty.Basis.INTERNAL,
        "article": "客服制度",
        "holder": group.sales_a,
        **changes,
    }
    with acting(group.sales_a), pytest.raises(GuijuError) as refused:
        add_duty(wanted=NewDuty(**values), actor=group.sales_a, at=AT)  # type: ignore[arg-type]
    assert isinstance(refused.value, Refused) and refused.value.problems[0].field == field


def test_what_the_printed_account_says_of_counting_stands_in_the_law() -> None:
    law = resources.files("guiju.rulebook") / "law"
    for rule in COUNTING_RULES.values():
        text = (law / f"{rule.law.partition('第')[0]}.md").read_text("utf-8")
        assert all(quote in text for quote in rule.quotes), rule.code
    for unit, articles in (("个月", "对应日"), ("工作日", "开始的当日"), ("小时", "按照小时")):
        duty = Duty(count=3, unit=unit, rule="civil_code")
        assert articles in counted_by(duty) and ("对应日" in counted_by(duty)) == (unit == "个月")


def test_the_pages_add_show_and_settle(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    form = {
        "title": "提交年度报告",
        "basis": "statutory",
        "article": "企业信息公示暂行条例第八条",
        "started_on": "2026-11-24",
        "count": "10",
        "unit": "工作日",
        "holder": str(group.sales_a.pk),
        "rule": "civil_code",
        "closes_at": "",
        "may_pause": "",
    }
    bad = client.post(reverse("add_duty"), form | {"count": "0", "title": ""})
    assert bad.status_code == 422 and "请填写要办的事" in bad.text
    made = client.post(reverse("add_duty"), form, follow=True)
    assert "2026-12-08" in made.text and "怎么算的" in made.text
    assert "提交年度报告" in client.get(reverse("duty_list")).text
    assert "提交年度报告" in client.get(f"{reverse('duty_list')}?view=month&month=2026-12").text
    assert client.get(f"{reverse('duty_list')}?view=month&month=9999-99").status_code == 200
    with acting(group.sales_a):
        duty = duties_for(group.sales_a).get()
    done = client.post(reverse("finish_duty", args=[duty.pk]), {"words": "已公示"}, follow=True)
    assert "已办结" in done.text and "已公示" in done.text


def test_a_calendar_program_reads_what_is_due_until_the_address_ends(group: Group, client: Client) -> None:
    add(group)
    sign_in(client, "xiaoshou.a")
    page = client.post(reverse("subscribe_calendar"), {"what": "open", "titles": "1"})
    address = page.context["address"].partition("//")[2].partition("/")[2]
    text = Client().get(f"/{address}")

    assert text["Content-Type"] == "text/calendar; charset=utf-8"
    lines = text.content.decode().split("\r\n")
    assert "DTSTART;VALUE=DATE:20261013" in lines and max(len(line.encode()) for line in lines) <= 75
    assert "SUMMARY:回复监管局的询问函（法定）" in lines
    client.post(reverse("subscribe_calendar"), {"what": "end"})
    assert Client().get(f"/{address}").status_code == 404


def test_a_new_address_ends_the_one_before_it_and_that_of_who_left_is_nobody_s(group: Group) -> None:
    with acting(group.sales_a):
        first = open_feed(has_titles=True, actor=group.sales_a, at=AT)
        second = open_feed(has_titles=True, actor=group.sales_a, at=AT)
        assert end_feed(actor=group.sales_b, at=AT) == "没有日历订阅"
    with pytest.raises(Missing):
        member_of_feed(first)
    assert member_of_feed(second)[0].pk == group.sales_a.pk
    with scope(entities={group.company_a.pk}):
        Member.objects.filter(pk=group.sales_a.pk).update(left_at=AT)
    with pytest.raises(Missing):
        member_of_feed(second)


def test_a_kind_that_nobody_registered_is_a_fault_of_the_program(group: Group) -> None:
    wanted = NewDuty("nobody.s", group.company_a.pk, "x", AT, Period(1, Unit.DAYS), Duty.Basis.INTERNAL, "x", right="x")
    with acting(group.sales_a), pytest.raises(ValueError, match="nobody"):
        start_duty(wanted, Act("deadlines.add_duty", group.sales_a, AT))


def test_the_commands_list_explain_and_recompute(group: Group) -> None:
    duty = add(group)
    with acting(group.compliance):
        secret = create_token(member=group.compliance, name="命令行", days=1, at=timezone.now())
    run = CliRunner()
    listed = run.invoke(commands, ["list", "--format", "json"], obj=secret)
    assert '"due_on": "2026-10-13"' in listed.output
    explained = run.invoke(commands, ["explain", str(duty.pk)], obj=secret)
    assert "自2026年9月28日的次日起算7个工作日" in explained.output
    counted = run.invoke(commands, ["explain", "--start", "2026-09-28", "--period", "7个工作日"], obj=secret)
    assert counted.output.strip() == duty.proof
    hours = run.invoke(commands, ["explain", "--start", "2026-09-30 17:00", "--period", "4服务小时"], obj=secret)
    assert "至2026年10月8日12:00止" in hours.output
    for wrong in ("七天", "0日", "99999999年"):
        refused = run.invoke(commands, ["explain", "--start", "2026-09-28", "--period", wrong], obj=secret)
        assert isinstance(refused.exception, Refused) and wrong in refused.exception.sentence
