"""What follows by itself: the confirmation, the clocks (start_clocks, start_clock), and a word every third day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.handling import Closing, accept_complaint, answer_complaint, close_complaint
from guiju.complaints.tests.factories import again, agent_of, complain
from guiju.database.scope import scope
from guiju.deadlines.models import Duty
from guiju.kernel.calendar.clock import CHINA
from guiju.notifications.models import Notice
from guiju.notifications.sealing import open_content
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group

pytestmark = pytest.mark.django_db


def notices_of(case: Complaint) -> list[str]:
    with scope(entities={case.entity_id}):
        rows = Notice.objects.filter(key__contains=str(case.pk)).order_by("made_at", "pk")
        return [open_content(bytes(one.content), entity=one.entity_id, notice=one.pk).text for one in rows]


def steps_of(case: Complaint) -> list[str]:
    with scope(entities={case.entity_id}):
        return list(Step.objects.filter(complaint=case).order_by("at", "pk").values_list("kind", flat=True))


def clocks_of(case: Complaint) -> dict[str, tuple[str, str]]:
    with scope(entities={case.entity_id}):
        rows = Duty.objects.filter(subject_id=case.pk)
        return {one.kind: (one.basis, f"{one.due_on}") for one in rows}


def test_it_is_confirmed_once_and_its_clocks_run_from_when_it_came(group: Group) -> None:
    taken = complain(group.company_a, wish="refund")

    assert care_for_complaints(at=AT + timedelta(seconds=1)) == 1
    assert care_for_complaints(at=AT + timedelta(seconds=2)) == 0

    [word] = notices_of(taken.complaint)
    assert taken.complaint.number in word and taken.code in word
    assert steps_of(taken.complaint) == ["confirmed"]
    # 2026-11-24 is a Tuesday: seven working days end on Thursday of the next week.
    assert clocks_of(taken.complaint) == {
        "complaints.decide": ("internal", "2026-12-03"),
        "complaints.settle": ("internal", "2026-11-30"),
        "complaints.remedy": ("statutory", "2026-12-09"),
    }
    assert again(taken.complaint).due_at == datetime(2026, 12, 1, tzinfo=CHINA)


def test_without_a_phone_it_is_taken_care_of_all_the_same(group: Group) -> None:
    taken = complain(group.company_a, phone="")
    care_for_complaints(at=AT)

    assert notices_of(taken.complaint) == []
    assert steps_of(taken.complaint) == ["confirmed"]
    assert set(clocks_of(taken.complaint)) == {"complaints.decide", "complaints.settle"}


def test_every_third_day_until_the_end_somebody_hears_how_it_stands(group: Group) -> None:
    agent = agent_of(group)
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)
    with acting(agent):
        accept_complaint(complaint_id=case.pk, actor=agent, at=AT + timedelta(hours=1))
    told = []
    for hour in range(0, 24 * 11, 6):
        at = AT + timedelta(hours=hour)
        if care_for_complaints(at=at):
            told.append(at)
    progress = [text for text in notices_of(case) if text.startswith("您的投诉") and "，详情：" in text]

    assert [f"{one.astimezone(CHINA):%m-%d}" for one in told] == ["11-27", "11-30", "12-03"]
    assert len(progress) == 3
    assert "已交给经办人，已受理" in progress[0]
    assert "暂时没有新的进展，现在是“已受理，办理中”" in progress[1]
    with acting(agent):
        answer_complaint(complaint_id=case.pk, text="换一盒新的", actor=agent, at=AT + timedelta(days=11))
        close_complaint(
            complaint_id=case.pk, how=Closing("已换货", "电话里同意"), actor=agent, at=AT + timedelta(days=11)
        )
    assert care_for_complaints(at=AT + timedelta(days=30)) == 0


def test_a_machine_that_stood_still_for_a_week_tells_once_and_goes_on(group: Group) -> None:
    case = complain(group.company_a).complaint
    care_for_complaints(at=AT)
    late = AT + timedelta(days=8)

    assert care_for_complaints(at=late) == 1
    assert again(case).tell_at == datetime(2026, 12, 5, 9, tzinfo=CHINA)


def test_what_is_doubted_gets_no_confirmation_by_short_message(group: Group) -> None:
    case = complain(group.company_a).complaint
    with scope(entities={group.company_a.pk}):
        Complaint.objects.filter(pk=case.pk).update(is_doubtful=True)
    care_for_complaints(at=AT)

    assert notices_of(case) == []
    assert steps_of(case) == ["confirmed"]
