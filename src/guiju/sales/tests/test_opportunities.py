"""Opportunities are entered, changed, moved, won, lost, reopened and given away; what can't be is said (商机)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.customers.models import Customer
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.sales.models import Opportunity
from guiju.sales.services.details import Details
from guiju.sales.services.moving import lose_opportunity, move_opportunity, reopen_opportunity, win_opportunity
from guiju.sales.services.opportunities import add_opportunity, assign_opportunity, change_opportunity
from guiju.sales.tests.factories import customer_of, offer

IDENTITY = "110101199003077571"
LATER = AT + timedelta(hours=1)


@pytest.fixture
def firm(group: Group) -> Customer:
    return customer_of(group.sales_a)


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refusal.value.problems}


def test_without_a_stage_it_is_a_lead_of_who_entered_it(group: Group, firm: Customer) -> None:
    made = offer(group.sales_a, firm, "  年货\n礼盒  ")
    assert (made.name, made.stage, made.state, made.owner) == ("年货 礼盒", "lead", "open", group.sales_a)
    with acting(group.sales_a):
        assert [one.action for one in history_of(made)] == ["sales.add_opportunity"]


def test_it_goes_from_stage_to_stage_and_is_won(group: Group, firm: Customer) -> None:
    made, actor = offer(group.sales_a, firm), group.sales_a
    with acting(actor):
        moved = move_opportunity(opportunity_id=made.pk, stage="quote", actor=actor, at=LATER)
        assert (moved.stage, moved.staged_at) == ("quote", LATER)
        won = win_opportunity(opportunity_id=made.pk, amount=Decimal("900.50"), actor=actor, at=LATER)
        assert (won.state, won.stage, won.amount, won.closed_at) == ("won", "quote", Decimal("900.50"), LATER)
        assert [one.action for one in history_of(made)] == [
            "sales.win_opportunity",
            "sales.move_opportunity",
            "sales.add_opportunity",
        ]


def test_losing_asks_for_a_reason_and_reopening_takes_it_back(group: Group, firm: Customer) -> None:
    made, actor = offer(group.sales_a, firm, stage="need"), group.sales_a
    with acting(actor):
        for reason in ("", "whim", "erased"):
            with pytest.raises(Refused) as refusal:
                lose_opportunity(opportunity_id=made.pk, reason=reason, actor=actor, at=LATER)
            assert codes(refusal) == {"lost_reason"}
        lost = lose_opportunity(opportunity_id=made.pk, reason="price", note="贵了两成", actor=actor, at=LATER)
        assert (lost.state, lost.lost_reason, lost.lost_note) == ("lost", "price", "贵了两成")
        back = reopen_opportunity(opportunity_id=made.pk, actor=actor, at=LATER)
        assert (back.state, back.stage, back.closed_at, back.lost_reason) == ("open", "need", None, "")
        with pytest.raises(Refused) as refusal:
            reopen_opportunity(opportunity_id=made.pk, actor=actor, at=LATER)
        assert codes(refusal) == {"open_already"}


def test_what_is_closed_stays_as_it_is(group: Group, firm: Customer) -> None:
    made, actor = offer(group.sales_a, firm), group.sales_a
    acts: list[Any] = [
        lambda: move_opportunity(opportunity_id=made.pk, stage="quote", actor=actor, at=LATER),
        lambda: win_opportunity(opportunity_id=made.pk, actor=actor, at=LATER),
        lambda: lose_opportunity(opportunity_id=made.pk, reason="price", actor=actor, at=LATER),
        lambda: change_opportunity(opportunity_id=made.pk, details=Details("x"), actor=actor, at=LATER),
    ]
    with acting(actor):
        win_opportunity(opportunity_id=made.pk, actor=actor, at=AT)
        for act in acts:
            with pytest.raises(Refused) as refusal:
                act()
            assert codes(refusal) == {"opportunity_closed"} and "赢单" in refusal.value.sentence


def test_what_somebody_moved_meanwhile_isn_t_moved_again(group: Group, firm: Customer, colleague: Member) -> None:
    made = offer(group.sales_a, firm)
    with acting(group.sales_a):
        assign_opportunity(opportunity_id=made.pk, to=colleague, actor=group.sales_a, at=AT)
    with acting(colleague):
        now = move_opportunity(opportunity_id=made.pk, stage="quote", actor=colleague, at=LATER)
        with pytest.raises(Refused) as refusal:
            move_opportunity(opportunity_id=made.pk, stage="need", actor=colleague, at=LATER, seen=AT)
        assert "xiaoshou.a2" in refusal.value.sentence and "方案报价" in refusal.value.sentence
        move_opportunity(opportunity_id=made.pk, stage="need", actor=colleague, at=LATER, seen=now.changed_at)


def test_stages_that_aren_t_there_or_are_there_already_are_refused(group: Group, firm: Customer) -> None:
    made, actor = offer(group.sales_a, firm), group.sales_a
    with acting(actor):
        for stage, code in (("nirvana", "stage_unknown"), ("", "stage_unknown"), ("lead", "nothing_changed")):
            with pytest.raises(Refused) as refusal:
                move_opportunity(opportunity_id=made.pk, stage=stage, actor=actor, at=LATER)
            assert codes(refusal) == {code}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "name_empty"),
        ({"name": "长" * 101}, "text_long"),
        ({"name": "a\x00b"}, "text_characters"),
        ({"name": f"礼盒 {IDENTITY}"}, "text_sensitive"),
        ({"next_step": f"办卡 {IDENTITY}"}, "text_sensitive"),
        ({"amount": Decimal("-0.01")}, "amount_negative"),
        ({"amount": Decimal("NaN")}, "amount_shape"),
        ({"amount": Decimal("-Infinity")}, "amount_shape"),
        ({"amount": Decimal("1E+30")}, "amount_large"),
        ({"amount": Decimal("0.001")}, "amount_decimals"),
        ({"expected_on": date(1999, 12, 31)}, "day_range"),
        ({"expected_on": date(9999, 12, 31)}, "day_range"),
        ({"next_on": date(1, 1, 1)}, "day_range"),
        ({"next_on": day_of(AT) - timedelta(days=1)}, "next_past"),
        ({"source": "dream"}, "source_unknown"),
    ],
)
def test_impossible_values_are_named_and_nothing_is_kept(
    group: Group, firm: Customer, wrong: dict[str, Any], code: str
) -> None:
    details = replace(Details("年货礼盒"), **wrong)
    with acting(group.sales_a):
        with pytest.raises(Refused) as refusal:
            add_opportunity(customer_id=firm.pk, details=details, actor=group.sales_a, at=AT)
        assert codes(refusal) == {code}
        assert not Opportunity.objects.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=120),
    amount=st.none() | st.decimals(allow_nan=True, allow_infinity=True),
    day=st.none() | st.dates(),
)
def test_whatever_is_typed_is_kept_or_refused(
    group: Group, firm: Customer, name: str, amount: Decimal | None, day: date | None
) -> None:
    details = Details(name, amount=amount, expected_on=day, next_step=name, next_on=day)
    with acting(group.sales_a):
        try:
            made = add_opportunity(customer_id=firm.pk, details=details, actor=group.sales_a, at=AT)
        except Refused:
            return
        made.refresh_from_db()
        assert (made.amount, made.expected_on) == (amount, day)


def test_a_next_step_that_waits_already_may_stay_when_something_else_changes(group: Group, firm: Customer) -> None:
    tomorrow = day_of(AT) + timedelta(days=1)
    made, actor = offer(group.sales_a, firm, next_on=tomorrow, next_step="发报价单"), group.sales_a
    much_later = AT + timedelta(days=5)
    with acting(actor):
        details = Details("年货礼盒200份", next_on=tomorrow)
        changed = change_opportunity(opportunity_id=made.pk, details=details, actor=actor, at=much_later)
        assert (changed.name, changed.next_on, changed.amount) == ("年货礼盒200份", tomorrow, None)
        details = replace(details, next_on=tomorrow + timedelta(days=1))
        with pytest.raises(Refused) as refusal:
            change_opportunity(opportunity_id=made.pk, details=details, actor=actor, at=much_later)
        assert codes(refusal) == {"next_past"}


def test_only_who_sees_the_customer_sells_to_them(group: Group, firm: Customer, colleague: Member) -> None:
    for stranger in (colleague, group.sales_b):
        with acting(stranger), pytest.raises(Missing):
            add_opportunity(customer_id=firm.pk, details=Details("x"), actor=stranger, at=AT)
    officer = join(group.company_a, "data_officer", "shuju.a", group.system_admin, group.security_admin)
    with acting(officer), pytest.raises(NotAllowed):
        add_opportunity(customer_id=firm.pk, details=Details("x"), actor=officer, at=AT)


def test_only_who_has_it_in_hand_works_on_it(group: Group, firm: Customer, colleague: Member) -> None:
    made = offer(group.sales_a, firm)
    for stranger in (colleague, group.sales_b):
        with acting(stranger), pytest.raises(Missing):
            move_opportunity(opportunity_id=made.pk, stage="quote", actor=stranger, at=AT)


def test_it_is_given_to_a_colleague_who_may_see_it(group: Group, firm: Customer, colleague: Member) -> None:
    made, actor = offer(group.sales_a, firm), group.sales_a
    contractor = join(group.company_a, "contractor", "waibao.a", group.system_admin, group.security_admin)
    with acting(actor):
        for to, code in ((group.sales_b, "owner_company"), (contractor, "owner_right"), (actor, "nothing_changed")):
            with pytest.raises(Refused) as refusal:
                assign_opportunity(opportunity_id=made.pk, to=to, actor=actor, at=AT)
            assert codes(refusal) == {code}
        assert assign_opportunity(opportunity_id=made.pk, to=colleague, actor=actor, at=AT).owner == colleague


def test_who_leaves_hands_over_what_is_open(group: Group, firm: Customer, colleague: Member) -> None:
    from guiju.evidence.services import Act

    made = offer(group.sales_a, firm)
    [holding] = [one for one in HOLDINGS if one.label == "商机"]
    with acting(group.sales_a):
        assert holding.count(group.sales_a) == 1
        holding.hand_over(group.sales_a, colleague, Act("accounts.end_member", group.sales_a, LATER))
        made.refresh_from_db()
        assert (made.owner, holding.count(group.sales_a)) == (colleague, 0)
