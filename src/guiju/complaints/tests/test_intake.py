"""Complaints come in by one door: each once, none lost, none that says nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.intake import LONGEST_TEXT, MANY
from guiju.complaints.tests.factories import PHONE, complain
from guiju.database.scope import scope
from guiju.kernel.errors import Refused
from guiju.keys.values import sealed_values
from guiju.organisations.tests.factories import AT, Group

pytestmark = pytest.mark.django_db


def test_a_complaint_is_received_with_a_number_and_lies_sealed(group: Group) -> None:
    taken = complain(group.company_a, name="李女士", wish="refund", order_no="D-1", product="月饼礼盒")

    case = taken.complaint
    assert taken.is_new and len(taken.code) == 10
    assert (case.state, case.received_at, case.cared_at) == ("received", AT, None)
    with scope(entities={group.company_a.pk}):
        row = Complaint.objects.values().get(pk=case.pk)
        said = sealed_values(Complaint.objects.get(pk=case.pk), "sealed")
    assert said == {"text": "包装破了，漏了一半", "name": "李女士", "phone": PHONE, "code": taken.code}
    clear = {name: value for name, value in row.items() if name != "sealed"}
    assert not any(secret in str(clear) for secret in ("李女士", PHONE, "包装破", taken.code))


def test_the_same_sending_again_gives_the_same_number_and_code(group: Group) -> None:
    first = complain(group.company_a, key="abc")
    again = complain(group.company_a, "网络断了以后浏览器又发了一次", key="abc", at=AT + timedelta(hours=1))

    assert (again.complaint.pk, again.code, again.is_new) == (first.complaint.pk, first.code, False)


def test_five_hundred_times_the_same_words_are_one_case_that_says_so(group: Group) -> None:
    first = complain(group.company_a)
    others = {complain(group.company_a, "包装破了, 漏了一半!!").complaint.pk for _ in range(500 // 10)}

    with scope(entities={group.company_a.pk}):
        [case] = Complaint.objects.all()
        repeated = Step.objects.filter(complaint=case, kind="repeated").count()
    assert others == {first.complaint.pk} and (case.times, repeated) == (51, 50)


def test_who_writes_the_same_words_gets_no_code_of_the_case(group: Group) -> None:
    complain(group.company_a)

    assert complain(group.company_a).code == ""


def test_the_same_words_tomorrow_or_from_somebody_else_or_without_a_phone_are_another_case(group: Group) -> None:
    complain(group.company_a)
    others = [
        complain(group.company_a, at=AT + timedelta(days=1)),
        complain(group.company_a, phone="13812345679"),
        complain(group.company_a, phone=""),
        complain(group.company_a, phone=""),
        complain(group.company_b),
    ]

    assert all(one.is_new for one in others)


@pytest.mark.parametrize(
    ("text", "said", "field", "sentence"),
    [
        ("", {}, "text", "请写明发生了什么事"),
        (" \x00\u200b\n", {}, "text", "请写明发生了什么事"),
        ("字" * (LONGEST_TEXT + 1), {}, "text", f"最多{LONGEST_TEXT}个"),
        ("坏了", {"phone": "12345"}, "contact_phone", "手机"),
        ("坏了", {"wish": "gold"}, "wish", "诉求可选"),
        ("坏了", {"happened_on": date(2027, 1, 1)}, "happened_on", "还没有到"),
        ("坏了", {"happened_on": date(1900, 1, 1)}, "happened_on", "太早"),
        ("坏了", {"order_no": "1" * 61}, "order_no", "订单号有61个字，最多60个"),
    ],
)
def test_what_says_nothing_or_cannot_be_is_refused_with_its_field(
    group: Group, text: str, said: dict[str, object], field: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        complain(group.company_a, text, **said)
    assert [one.field for one in refused.value.problems] == [field]


@pytest.mark.parametrize(
    "text", ["😡😡😡", "I want my money back", "字" * LONGEST_TEXT, "<script>alert(1)</script>", "你们这群骗子"]
)
def test_odd_and_angry_complaints_are_complaints(group: Group, text: str) -> None:
    taken = complain(group.company_a, text)

    assert taken.is_new and sealed_values(taken.complaint, "sealed")["text"] == text


def test_from_one_place_very_many_are_doubted_and_taken_in_all_the_same(group: Group) -> None:
    most = MANY[0][1]
    cases = [complain(group.company_a, f"第{n}件", origin="203.0.113.7").complaint for n in range(most + 2)]

    assert [one.is_doubtful for one in cases] == [False] * most + [True] * 2
