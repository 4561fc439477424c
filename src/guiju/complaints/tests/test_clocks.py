"""The clocks of a case: pauses only by the house's own rule, ends that move with the calendar, and who hears in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from guiju.complaints.clocks import ALL, RETURNED_OTHERWISE
from guiju.complaints.models import Complaint, Remedy, Step
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.handling import Closing, accept_complaint, answer_complaint, close_complaint
from guiju.complaints.services.remedies import (
    GoodsBack,
    Offer,
    Proof,
    drop_remedy,
    fulfil_remedy,
    note_goods_back,
    offer_remedy,
    set_limit,
)
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.complaints.tests.test_handling import duties_of, texts_of
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.deadlines.services import enter_notice
from guiju.deadlines.services.duties import pause_duty, recompute_duties, resume_duty
from guiju.deadlines.services.signals import keep_signals
from guiju.deadlines.tests.factories import china, told
from guiju.deadlines.tests.notice_2027 import NEXT
from guiju.kernel.errors import Refused
from guiju.orders.services.orders import return_order
from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


def accepted(group: Group, agent: Member, *, at: datetime = AT, **said: str) -> Complaint:
    found = complain(group.company_a, at=at, **said).complaint
    care_for_complaints(at=at)
    with acting(agent):
        return accept_complaint(complaint_id=found.pk, actor=agent, at=at)


def clock(case: Complaint, kind: str) -> Duty:
    with scope(entities={case.entity_id}):
        return Duty.objects.get(subject_id=case.pk, kind=f"complaints.{kind}")


def test_only_our_own_rule_lets_a_clock_stand_still() -> None:
    assert [one.kind for one in ALL if one.may_pause] == ["complaints.settle"]
    assert all(one.basis == Duty.Basis.INTERNAL for one in ALL if one.may_pause)


def test_waiting_for_goods_the_target_stands_still_and_the_queue_goes_by_what_still_runs(
    group: Group, agent: Member
) -> None:
    case = accepted(group, agent, wish="exchange")
    settle, remedy = clock(case, "settle"), clock(case, "remedy")
    assert again(case).due_at == settle.due_at
    with acting(group.compliance), pytest.raises(Refused, match="不能中止"):
        pause_duty(duty_id=remedy.pk, why="等寄回", actor=group.compliance, at=AT)
    with acting(agent):
        pause_duty(duty_id=settle.pk, why="等消费者寄回", actor=agent, at=AT)
    assert again(case).due_at == remedy.due_at
    with acting(agent):
        resume_duty(duty_id=settle.pk, actor=agent, at=AT + timedelta(days=2))
    assert again(case).due_at == clock(case, "settle").due_at


def test_when_the_calendar_changes_the_queue_follows(group: Group, agent: Member) -> None:
    case = accepted(group, agent, at=china(date(2027, 2, 5), 10))
    was = again(case).due_at
    with acting(group.system_admin):
        enter_notice(text=NEXT, source="国办发明电〔2026〕9号", actor=group.system_admin, at=AT + timedelta(days=90))
    moved = recompute_duties(actor=None, at=AT + timedelta(days=90))
    assert moved
    assert again(case).due_at == clock(case, "settle").due_at != was


def test_goods_that_came_back_start_seven_days_and_are_never_closed_without_the_money(
    group: Group, agent: Member
) -> None:
    case = accepted(group, agent)
    with acting(group.compliance):
        set_limit(entity_id=case.entity_id, kind="refund", amount=Decimal(500), actor=group.compliance, at=AT)
    with acting(agent):
        made = offer_remedy(complaint_id=case.pk, offer=Offer("refund", "退", Decimal(100)), actor=agent, at=AT)
        back = GoodsBack(date(2026, 11, 23), is_without_reason=True)
        note_goods_back(remedy_id=made.pk, back=back, actor=agent, at=AT)
        with pytest.raises(Refused, match="已登记"):
            note_goods_back(remedy_id=made.pk, back=back, actor=agent, at=AT)
        with pytest.raises(Refused, match="不能撤回"):
            drop_remedy(remedy_id=made.pk, reason="不退了", actor=agent, at=AT)
        answer_complaint(complaint_id=case.pk, text="退", actor=agent, at=AT)
        with pytest.raises(Refused):
            close_complaint(complaint_id=case.pk, how=Closing("好了"), actor=agent, at=AT)
    running = clock(case, "refund")
    assert (running.basis, running.due_on) == ("statutory", date(2026, 11, 30))
    with acting(agent):
        fulfil_remedy(remedy_id=made.pk, proof=Proof(date(2026, 11, 24), "流水 1", Decimal(100)), actor=agent, at=AT)
    assert duties_of(case)["complaints.refund"] == "met"


def test_goods_back_for_another_reason_follow_the_house_rule_and_say_so() -> None:
    assert RETURNED_OTHERWISE.basis == Duty.Basis.INTERNAL and "内部规则" in RETURNED_OTHERWISE.article


def test_with_an_order_its_own_clock_is_shown_and_no_second_one_runs(
    group: Group, agent: Member, client: Client
) -> None:
    seller, customer, product = a_shop(group)
    order = some_order(seller, customer, product, number="D-7", delivered_on=date(2026, 11, 2))
    case = accepted(group, agent, order_no="D-7")
    with acting(agent):
        made = offer_remedy(complaint_id=case.pk, offer=Offer("refund", "退", Decimal(1)), actor=agent, at=AT)
        Remedy.objects.filter(pk=made.pk).update(state="offered")
        with pytest.raises(Refused, match="订单 D-7 里登记退货"):
            note_goods_back(remedy_id=made.pk, back=GoodsBack(date(2026, 11, 23)), actor=agent, at=AT)
        return_order(
            order_id=order.pk, on=date(2026, 11, 23), quantity=Decimal(1), ground="no_reason", actor=agent, at=AT
        )
    sign_in(client, agent.user.username)
    page = client.get(f"/complaints/{case.pk}/").content.decode()
    assert "订单 D-7 退货，应退款" in page and "消费者权益保护法第二十五条" in page
    assert "怎么算的" in page and clock(case, "settle").proof in page


def test_who_oversees_hears_before_the_end_and_the_case_says_who_was_told(group: Group, agent: Member) -> None:
    case = accepted(group, agent)
    settle = clock(case, "settle")
    assert settle.due_at is not None
    keep_signals(at=settle.due_at - timedelta(hours=12))
    heard = [one for one in told(group.compliance) if case.number in one]
    assert heard
    said = [text for kind, text in texts_of(case, public=False) if kind == Step.Kind.ESCALATED]
    assert any(group.compliance.user.name in one and "办结投诉" in one for one in said)
    count = len(said)
    keep_signals(at=settle.due_at - timedelta(hours=12))
    assert len([1 for kind, _ in texts_of(case, public=False) if kind == Step.Kind.ESCALATED]) == count
