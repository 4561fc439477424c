"""Minors show masked until an officer has allowed it, and each look is written down (查看未成年人信息).

The log of looks is `note_minors_seen`.
"""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import UUID

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.tests.test_add_customer import add
from guiju.database.models import new_id
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Disclosure, Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.disclosures import (
    MOST_LOOKUPS,
    MOST_NAMED,
    note_lookup,
    note_minors_seen,
    unmask_field,
)
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.models import MinorAccess
from guiju.privacy.selectors.minors import looks_at_minor
from guiju.privacy.services.minors import ask_minor_access, end_minor_access
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

CHILD = {"name": "小禾", "phone": "13800138000", "birthday": "2020-05-01", "company": "阳光小学"}


@pytest.fixture
def child(group: Group) -> Customer:
    publish(group)
    return add(group.sales_a, CHILD, given("sales", by_guardian=True), given("service", by_guardian=True)).customer


def shown(actor: Member, customer: Customer, purpose: str = "sales", *, listed: bool = False) -> dict[str, str]:
    with acting(actor), reading(actor, purpose=purpose, on=timezone.localdate()) as seen:
        one = seen.customer(customer.pk)
        found = seen.cells([one])[one.pk] if listed else seen.cells_of(one)
        return {code: cell.text for code, cell in found.items()}


def ask(
    actor: Member, subject: UUID | None, *, days: int = 7, purpose: str = "sales", reason: str = "通知家长开课"
) -> MinorAccess:
    with acting(actor):
        return ask_minor_access(
            subject_id=subject,
            purpose=purpose,
            until=timezone.localdate() + timedelta(days=days),
            reason=reason,
            actor=actor,
            at=timezone.now(),
        )


def decide(group: Group, asked: MinorAccess, *, allows: bool = True) -> None:
    officer = data_officer(group)
    with acting(officer):
        approval = Approval.objects.get(subject_id=asked.pk)
        decide_approval(approval_id=approval.pk, allows=allows, note="不需要", actor=officer, at=timezone.now())


def looks(member: Member) -> list[tuple[int, UUID | None, str]]:
    with acting(member):
        found = Disclosure.objects.filter(member=member, sort=Disclosure.Sort.MINOR).order_by("at")
        return [(one.count, one.subject_id, one.purpose) for one in found]


def test_a_childs_values_show_masked_whatever_the_role_says_and_nothing_unmasks_them(
    group: Group, child: Customer
) -> None:
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    assert shown(group.sales_a, child)["company"] != CHILD["company"]
    with acting(group.sales_a):
        for code in ("customer.minor", "customer.birth"):
            unmask_field(
                code=code,
                subject_id=child.pk,
                entity_id=child.entity_id,
                reason="核对回访电话",
                actor=group.sales_a,
                at=timezone.now(),
            )
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    assert looks(group.sales_a) == []


def test_after_an_officer_allowed_it_they_show_and_each_look_is_written_down(group: Group, child: Customer) -> None:
    asked = ask(group.sales_a, child.subject_id)
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    decide(group, asked)

    assert shown(group.sales_a, child)["phone"] == CHILD["phone"]
    assert shown(group.sales_a, child, listed=True)["phone"] == CHILD["phone"]
    assert looks(group.sales_a) == [(1, child.pk, "sales")] * 2
    # For another purpose, to a colleague, after it was taken back: masked.
    assert "13800138000" not in shown(group.sales_a, child, "service").values()
    with acting(group.sales_a):
        end_minor_access(access_id=asked.pk, actor=group.sales_a, at=timezone.now())
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    assert len(looks(group.sales_a)) == 2


def test_what_was_allowed_for_all_covers_all_and_what_was_allowed_for_one_that_one(
    group: Group, child: Customer
) -> None:
    other = add(
        group.sales_a,
        {**CHILD, "name": "小麦", "phone": "13900139000"},
        given("sales", by_guardian=True),
        given("service", by_guardian=True),
    ).customer
    decide(group, ask(group.sales_a, child.subject_id))
    assert (shown(group.sales_a, other)["phone"], shown(group.sales_a, child)["phone"]) == (
        "139****9000",
        "13800138000",
    )
    decide(group, ask(group.sales_a, None))
    assert shown(group.sales_a, other)["phone"] == "13900139000"


def test_what_was_allowed_for_all_covers_nobody_whom_one_only_stands_in_for(group: Group, child: Customer) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    with acting(group.sales_a):
        Customer.objects.filter(pk=child.pk).update(owner=colleague)
    decide(group, ask(group.sales_a, None))
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=timezone.localdate()) as seen:
        row = Customer.objects.select_related("subject").get(pk=child.pk)
        assert seen.cells_of(row)["phone"].text == "138****8000" and row.shown_name == "小*"
        row.owner_id = group.sales_a.pk
        seen._names.clear()
        assert row.shown_name == "小禾"


def test_a_refusal_and_the_end_of_the_day_open_nothing(group: Group, child: Customer) -> None:
    decide(group, ask(group.sales_a, child.subject_id), allows=False)
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    decide(group, ask(group.sales_a, child.subject_id, days=0))
    with acting(group.sales_a):
        later = timezone.localdate() + timedelta(days=1)
        with reading(group.sales_a, purpose="sales", on=later) as seen:
            assert seen.cells_of(seen.customer(child.pk))["phone"].text == "138****8000"


def test_an_adult_shows_as_the_role_says_and_a_pupil_of_unknown_age_as_a_minor(group: Group, child: Customer) -> None:
    adult = add(group.sales_a, {"name": "李小明", "phone": "13700137000"}).customer
    assert shown(group.sales_a, adult)["phone"] == "13700137000"
    assert looks(group.sales_a) == []
    with acting(group.system_admin):
        Entity.objects.filter(pk=group.company_a.pk).update(sector="education")
    group.sales_a.entity.sector = "education"
    assert shown(group.sales_a, adult)["phone"] == "137****7000"
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=timezone.localdate()) as seen:
        assert "年龄不明" in seen.refusal_of_minor(seen.customer(adult.pk))
        assert "未满十八周岁" in seen.refusal_of_minor(seen.customer(child.pk))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"days": -1}, "已经过去"),
        ({"days": 93}, "最多92天"),
        ({"subject": None, "days": 32}, "最多31天"),
        ({"purpose": "没有"}, "请选择用于什么"),
        ({"reason": "看\x00"}, "至少4个字"),
    ],
)
def test_bad_requests_are_refused_in_one_sentence(
    group: Group, child: Customer, wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        ask(group.sales_a, **{"subject": child.subject_id, **wrong})  # type: ignore[arg-type]


def test_nobody_asks_twice_for_others_or_without_the_right(group: Group, child: Customer) -> None:
    asked = ask(group.sales_a, child.subject_id)
    with pytest.raises(Refused, match="正在等待批准"):
        ask(group.sales_a, child.subject_id)
    decide(group, asked)
    with pytest.raises(Refused, match="现在就可以看"):
        ask(group.sales_a, child.subject_id)
    with pytest.raises(Missing):
        ask(group.sales_b, child.subject_id)
    with pytest.raises(NotAllowed):
        ask(data_officer(group), child.subject_id)
    with pytest.raises(Missing), acting(group.sales_b):
        end_minor_access(access_id=asked.pk, actor=group.sales_b, at=timezone.now())


def test_the_pages_lead_from_the_customer_to_the_officer_and_back(
    group: Group, child: Customer, client: Client
) -> None:
    sign_in(client, group.sales_a.user.username)
    page = client.get(f"/customers/{child.pk}/").content.decode()
    assert "未满十八周岁，查看明文须经审批" in page and f"/customers/{child.pk}/minor/" in page
    form = client.get(f"/customers/{child.pk}/minor/").content.decode()
    assert "未成年人网络保护条例第三十六条" in form
    said = {"purpose": "sales", "until": f"{day_of(timezone.now()):%Y-%m-%d}", "reason": ""}
    assert client.post(f"/customers/{child.pk}/minor/", said).status_code == 422
    answer = client.post(f"/customers/{child.pk}/minor/", {**said, "reason": "通知家长开课"}, follow=True)
    assert "已申请" in answer.content.decode()
    listed = client.get("/catalogue/minors/").content.decode()
    assert "等待批准" in listed and "通知家长开课" in listed

    with acting(group.sales_a):
        asked = MinorAccess.objects.get()
    decide(group, asked)
    assert "13800138000" in client.get(f"/customers/{child.pk}/").content.decode()
    assert "收回" in client.get("/catalogue/minors/").content.decode()
    client.post(f"/catalogue/minors/{asked.pk}/end/")
    assert "13800138000" not in client.get(f"/customers/{child.pk}/").content.decode()
    assert client.get("/catalogue/minors/ask/").status_code == 200


def test_where_nobody_reads_for_a_purpose_no_minors_name_shows(group: Group, child: Customer) -> None:
    with acting(group.sales_a):
        row = Customer.objects.select_related("subject").get(pk=child.pk)
        assert (row.shown_name, str(row)) == ("小*", "小*")
        assert row.without_name("小禾来电") == "小*来电"
        row.subject.minor_until = timezone.localdate() - timedelta(days=1)  # type: ignore[union-attr]
        assert row.shown_name == "小禾"


def searched(actor: Member, words: str) -> list[UUID]:
    with acting(actor), reading(actor, purpose="sales", on=timezone.localdate()) as seen:
        return [one.pk for one in CustomerFilter(words).of(seen.customers(), seen)]


def lookups(member: Member) -> int:
    with acting(member):
        return Disclosure.objects.filter(member=member, sort=Disclosure.Sort.LOOKUP).count()


@pytest.mark.parametrize("words", ["小禾", "禾", "xh", "13800138000", "8000"])
def test_a_search_that_tells_of_a_minor_who_shows_masked_is_counted_and_ends(
    group: Group, child: Customer, words: str
) -> None:
    assert searched(group.sales_a, words) == [child.pk] and lookups(group.sales_a) == 1
    with acting(group.sales_a):
        for _ in range(MOST_LOOKUPS - 1):
            note_lookup(code="customer.minor", actor=group.sales_a, at=timezone.now())
    with pytest.raises(Refused, match="没有批准您查看未成年人的信息"):
        searched(group.sales_a, words)
    assert searched(group.sales_a, "赵六") == searched(group.sales_a, "13900139999") == []


def test_a_wrong_number_with_the_digits_that_show_of_a_minors_phone_is_counted_too(
    group: Group, child: Customer
) -> None:
    assert searched(group.sales_a, "13811118000") == [] and lookups(group.sales_a) == 1


def test_who_was_allowed_to_see_a_minor_and_who_looks_for_adults_is_not_counted(group: Group, child: Customer) -> None:
    adult = add(group.sales_a, {"name": "何小禾", "phone": "13900139001"}, given("sales")).customer
    assert searched(group.sales_a, "13900139001") == searched(group.sales_a, "何小") == [adult.pk]
    assert lookups(group.sales_a) == 0
    decide(group, ask(group.sales_a, child.subject_id))
    for words in ("小禾", "13800138000", "8000"):
        assert child.pk in searched(group.sales_a, words)
    assert lookups(group.sales_a) == 0


def test_who_has_seen_this_child_is_answered_also_of_lists(group: Group, child: Customer, client: Client) -> None:
    other = add(
        group.sales_a,
        {**CHILD, "name": "小麦", "phone": "13900139000"},
        given("sales", by_guardian=True),
        given("service", by_guardian=True),
    ).customer
    decide(group, ask(group.sales_a, None))
    today = timezone.localdate()
    with acting(group.sales_a):
        # One look at a list of both, and one at the other alone.
        with reading(group.sales_a, purpose="sales", on=today) as seen:
            seen.cells(seen.customers())
        with reading(group.sales_a, purpose="sales", on=today) as seen:
            seen.cells_of(seen.customer(other.pk))
        found = Disclosure.objects.filter(sort=Disclosure.Sort.MINOR)
        assert sorted(len(one.records) for one in found) == [1, 2]
    officer = data_officer(group)
    with acting(officer):
        for record, count in ((child.pk, 1), (child.subject_id, 1), (other.pk, 2)):
            assert record is not None
            with looks_at_minor(officer, record) as looked:
                assert looked.rows.count() == count and {one.member_id for one in looked.rows} == {group.sales_a.pk}
        with pytest.raises(Missing), looks_at_minor(officer, group.company_a.pk):
            pass
    with acting(group.sales_a), pytest.raises(NotAllowed), looks_at_minor(group.sales_a, child.pk):
        pass
    sign_in(client, officer.user.username)
    address = f"/catalogue/minors/{child.pk}/looks/"
    assert address in client.get(f"/customers/{child.pk}/").content.decode()
    page = client.get(address).content.decode()
    assert group.sales_a.user.name in page and "谁看过" in page and "小禾" not in page
    file = f"/tables/minor-looks/?record_id={child.pk}"
    assert f'href="{file}"' in page
    made = client.get(file)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(made.streaming_content))).active  # type: ignore[attr-defined]
    _, header, row = ([cell.value for cell in line] for line in sheet)
    assert header[1] == "谁" and (row[1], row[4]) == (group.sales_a.user.name, 2)
    sign_in(client, group.sales_a.user.username)
    assert client.get(file).status_code == 403
    with acting(officer):
        secret = create_token(member=officer, name="x", days=1, at=timezone.now())
    answer = Client().get(
        "/api/v1/minor-looks", {"record_id": str(child.pk)}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert [(one["who"], one["count"]) for one in answer.json()] == [(group.sales_a.user.name, 2)]


def test_of_thousands_each_is_named_in_lines_of_a_thousand(group: Group) -> None:
    many = [new_id() for _ in range(MOST_NAMED + 1)]
    with acting(group.sales_a):
        made = note_minors_seen(
            resource="customer", records=many, purpose="sales", actor=group.sales_a, at=timezone.now()
        )
    assert [one.count for one in made] == [MOST_NAMED, 1] and made[1].records == [str(many[-1])]
