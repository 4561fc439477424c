"""From received to closed and open again: what each step does, and what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import (
    MOST_MESSAGES,
    Key,
    agree_to_answer,
    opened_case,
    rate_handling,
    say_more,
    send_phone_code,
    verify_phone,
)
from guiju.complaints.services.entering import add_complaint
from guiju.complaints.services.handling import (
    Closing,
    accept_complaint,
    answer_complaint,
    assign_complaint,
    close_complaint,
    note_internally,
    refuse_complaint,
    reopen_complaint,
    write_to_complainant,
)
from guiju.complaints.services.intake import Complained
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.keys.values import sealed_values
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


@pytest.fixture
def agent(group: Group) -> Member:
    return agent_of(group)


@pytest.fixture
def taken(group: Group):
    found = complain(group.company_a, wish="exchange")
    care_for_complaints(at=AT)
    return found


def duties_of(case: Complaint) -> dict[str, str]:
    with scope(entities={case.entity_id}):
        return dict(Duty.objects.filter(subject_id=case.pk).order_by("made_at").values_list("kind", "state"))


def texts_of(case: Complaint, *, public: bool = True) -> list[tuple[str, str]]:
    with scope(entities={case.entity_id}):
        rows = Step.objects.filter(complaint=case, is_public=public).order_by("at", "pk")
        return [(one.kind, str(sealed_values(one, "sealed").get("text", ""))) for one in rows]


def test_accepted_answered_agreed_closed(group: Group, agent: Member, taken) -> None:
    case, key = taken.complaint, Key(taken.complaint.number, taken.code)
    with acting(agent):
        accept_complaint(complaint_id=case.pk, actor=agent, at=LATER)
        write_to_complainant(complaint_id=case.pk, text="请把照片发来", actor=agent, at=LATER)
    with scope(entities={case.entity_id}):
        say_more(key=key, text="照片见附件", at=LATER)
    with acting(agent):
        answer_complaint(complaint_id=case.pk, text="明天换一盒新的", actor=agent, at=LATER)
    with scope(entities={case.entity_id}):
        agree_to_answer(key=key, agrees=True, text="好", at=LATER)
    with acting(agent):
        close_complaint(complaint_id=case.pk, how=Closing("已换货"), actor=agent, at=LATER)
    with scope(entities={case.entity_id}):
        rate_handling(key=key, stars=5, at=LATER)

    found = again(case)
    assert (found.state, found.holder_id, found.satisfaction, found.tell_at) == ("closed", agent.pk, 5, None)
    assert found.received_at < found.decided_at == found.closed_at
    assert duties_of(case) == {
        "complaints.decide": "met",
        "complaints.settle": "met",
        "complaints.remedy": "met",
    }
    kinds = [kind for kind, _ in texts_of(case)]
    assert kinds == ["confirmed", "assigned", "accepted", "told", "said", "answered", "agreed", "closed", "rated"]


def test_a_refusal_needs_a_reason_and_ends_the_clocks(group: Group, agent: Member, taken) -> None:
    case = taken.complaint
    with acting(agent), pytest.raises(Refused, match="请写明不予受理的理由"):
        refuse_complaint(complaint_id=case.pk, reason=" ", actor=agent, at=LATER)
    with acting(agent):
        refuse_complaint(complaint_id=case.pk, reason="不是我们卖的，请找卖家", actor=agent, at=LATER)

    assert again(case).closed_at == LATER
    assert ("refused", "不是我们卖的，请找卖家") in texts_of(case)
    assert set(duties_of(case).values()) == {"met", "cancelled"}
    with acting(agent), pytest.raises(Refused, match="已经决定过"):
        accept_complaint(complaint_id=case.pk, actor=agent, at=LATER)


def test_nothing_is_closed_before_it_was_answered_and_nothing_answered_before_it_was_accepted(
    group: Group, agent: Member, taken
) -> None:
    with acting(agent):
        with pytest.raises(Refused, match="先决定受理"):
            answer_complaint(complaint_id=taken.complaint.pk, text="换", actor=agent, at=LATER)
        with pytest.raises(Refused, match="先答复"):
            close_complaint(complaint_id=taken.complaint.pk, how=Closing("好了"), actor=agent, at=LATER)


def test_who_does_not_agree_has_the_case_open_again(group: Group, agent: Member, taken) -> None:
    case, key = taken.complaint, Key(taken.complaint.number, taken.code)
    with acting(agent):
        accept_complaint(complaint_id=case.pk, actor=agent, at=LATER)
        answer_complaint(complaint_id=case.pk, text="不换", actor=agent, at=LATER)
    with scope(entities={case.entity_id}):
        agree_to_answer(key=key, agrees=False, text="包装是你们破的", at=LATER)
    assert again(case).state == "accepted"

    with acting(agent):
        answer_complaint(complaint_id=case.pk, text="换", actor=agent, at=LATER)
        close_complaint(complaint_id=case.pk, how=Closing("已换"), actor=agent, at=LATER)
    with scope(entities={case.entity_id}):
        agree_to_answer(key=key, agrees=False, text="没有收到", at=LATER + timedelta(days=1))
    found = again(case)
    assert (found.state, found.reopened, found.closed_at) == ("accepted", 1, None)
    assert found.tell_at is not None
    assert list(duties_of(case).values()).count("open") == 1


def test_staff_open_again_with_a_reason(group: Group, agent: Member, taken) -> None:
    case = taken.complaint
    with acting(agent):
        with pytest.raises(Refused, match="还在办理"):
            reopen_complaint(complaint_id=case.pk, reason="再看看", actor=agent, at=LATER)
        refuse_complaint(complaint_id=case.pk, reason="不是我们卖的", actor=agent, at=LATER)
        reopen_complaint(complaint_id=case.pk, reason="查到是我们卖的", actor=agent, at=LATER)

    assert again(case).state == "accepted"


def test_what_is_noted_internally_is_not_public(group: Group, agent: Member, taken) -> None:
    with acting(agent):
        note_internally(complaint_id=taken.complaint.pk, text="仓库说是运输", actor=agent, at=LATER)

    assert texts_of(taken.complaint, public=False) == [("noted", "仓库说是运输")]


def test_assigning_moves_the_clocks_too_and_only_to_who_may_handle(group: Group, agent: Member, taken) -> None:
    case = taken.complaint
    with acting(agent):
        with pytest.raises(Refused, match="可以办理投诉的成员"):
            assign_complaint(complaint_id=case.pk, to=group.sales_a, actor=agent, at=LATER)
        assign_complaint(complaint_id=case.pk, to=agent, actor=agent, at=LATER)

    with scope(entities={case.entity_id}):
        assert set(Duty.objects.filter(subject_id=case.pk).values_list("holder_id", flat=True)) == {agent.pk}


def test_who_has_no_right_or_is_of_another_company_does_nothing(group: Group, agent: Member, taken) -> None:
    other = agent_of(group, group.company_b)
    for member in (group.sales_a, other, group.compliance):
        with acting(member), pytest.raises(Missing):
            accept_complaint(complaint_id=taken.complaint.pk, actor=member, at=LATER)
    with acting(group.sales_a), pytest.raises(NotAllowed, match="登记投诉"):
        add_complaint(said=Complained("坏了"), channel=Complaint.Channel.PHONE, actor=group.sales_a, at=AT)


def test_a_call_is_entered_through_the_same_door(group: Group, agent: Member) -> None:
    with acting(agent):
        made = add_complaint(
            said=Complained("坏了", phone="13900000000"), channel=Complaint.Channel.PHONE, actor=agent, at=AT
        )

    assert (made.complaint.made_by_id, made.complaint.channel, made.is_new) == (agent.pk, "phone", True)


def test_a_wrong_code_opens_nothing(group: Group, taken) -> None:
    other = complain(group.company_a, "另一件", phone="13900000001")
    with scope(entities={group.company_a.pk}):
        for number, code in (
            (taken.complaint.number, other.code),
            (taken.complaint.number, ""),
            ("TS1", taken.code),
            (other.complaint.number, taken.code),
        ):
            with pytest.raises(Missing):
                opened_case(Key(number, code))


def test_nobody_writes_without_end(group: Group, taken) -> None:
    key = Key(taken.complaint.number, taken.code)
    with scope(entities={group.company_a.pk}):
        for number in range(MOST_MESSAGES):
            say_more(key=key, text=f"第{number}句", at=LATER)
        with pytest.raises(Refused, match="您的留言已经很多"):
            say_more(key=key, text="再说一句", at=LATER)


def test_it_is_rated_once_it_is_closed_from_one_to_five(group: Group, agent: Member, taken) -> None:
    key = Key(taken.complaint.number, taken.code)
    with scope(entities={group.company_a.pk}), pytest.raises(Refused, match="办结以后"):
        rate_handling(key=key, stars=5, at=LATER)
    with acting(agent):
        refuse_complaint(complaint_id=taken.complaint.pk, reason="不是我们卖的", actor=agent, at=LATER)
    with scope(entities={group.company_a.pk}):
        for stars in (0, 6, -1):
            with pytest.raises(Refused, match="1 到 5"):
                rate_handling(key=key, stars=stars, at=LATER)
        rate_handling(key=key, stars=1, at=LATER)
    assert again(taken.complaint).satisfaction == 1


def test_a_phone_is_proved_by_the_code_that_it_was_sent(group: Group, taken) -> None:
    from guiju.notifications.models import Notice
    from guiju.notifications.sealing import open_content

    key = Key(taken.complaint.number, taken.code)
    with scope(entities={group.company_a.pk}):
        send_phone_code(key=key, origin="", at=LATER)
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        code = open_content(bytes(notice.content), entity=notice.entity_id, notice=notice.pk).values["code"]
        wrong = "000000" if code != "000000" else "111111"
        assert not verify_phone(key=key, code=wrong, at=LATER)
        assert verify_phone(key=key, code=code, at=LATER)
    assert again(taken.complaint).verified_at == LATER
