"""How customers stand to each other (客户关系): both pages tell it to who sees both, and it goes with either."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.models import Customer
from guiju.customers.relating import Tie
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.ties import ties_of
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.ties import add_tie, count_ties, end_tie
from guiju.customers.tests.merging import AFTERWARDS, LATER, firm, merge, part, person
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field, retire_field
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def tie(one: Customer, other: Customer, kind: str, actor: Member) -> Tie:
    with acting(actor):
        return add_tie(one_id=one.pk, other_id=other.pk, kind=kind, actor=actor, at=AT)


def told(member: Member, customer: Customer, purpose: str = "sales") -> list[tuple[str, str]]:
    with acting(member), reading(member, purpose=purpose, on=day_of(LATER)) as seen:
        return [(one.label, one.other.shown_name) for one in ties_of(seen, seen.customer(customer.pk))]


def test_both_sides_tell_what_the_other_is(seller: Member) -> None:
    mother, daughter = firm(seller, "东方集团"), firm(seller, "东方餐饮")
    li = person(seller)
    tie(daughter, mother, "parent", seller)
    tie(li, daughter, "employer", seller)
    assert told(seller, mother) == [("下属单位", "东方餐饮")]
    assert told(seller, daughter) == [("上级单位", "东方集团"), ("任职的人", "李小明")]
    assert told(seller, li) == [("任职单位", "东方餐饮")]


def test_what_cannot_be_is_refused_with_what_to_do(seller: Member) -> None:
    li, wang, works = person(seller), person(seller, "王五"), firm(seller)
    tie(li, wang, "family", seller)
    for one, other, kind, code in (
        (li, wang, "guardian", "tie_unknown"),
        (li, li, "family", "tie_itself"),
        (li, works, "family", "tie_kinds"),
        (works, li, "employer", "tie_kinds"),
        (wang, li, "family", "tie_twice"),
    ):
        with pytest.raises(Refused) as refusal:
            tie(one, other, kind, seller)
        assert refusal.value.code == code
    tie(li, wang, "introducer", seller)
    with pytest.raises(Refused) as refusal:
        tie(wang, li, "introducer", seller)
    assert refusal.value.code == "tie_reverse"


def test_who_sees_one_of_the_two_is_told_nothing(group: Group, seller: Member) -> None:
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    li, wang = person(seller), person(colleague, "王五")
    for one, other, actor in ((li, wang, seller), (wang, li, seller), (li, wang, group.sales_b)):
        with pytest.raises(Missing):
            tie(one, other, "family", actor)
    both = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    made = tie(li, wang, "family", both)
    assert told(both, li) == [("家人", "王五")] and told(seller, li) == [] and told(colleague, wang) == []
    with acting(seller), pytest.raises(Missing):
        end_tie(tie_id=made.pk, actor=seller, at=LATER)


def test_an_ended_tie_stays_in_the_history(seller: Member) -> None:
    li, wang = person(seller), person(seller, "王五")
    made = tie(li, wang, "family", seller)
    with acting(seller):
        end_tie(tie_id=made.pk, actor=seller, at=LATER)
        with pytest.raises(Refused):
            end_tie(tie_id=made.pk, actor=seller, at=LATER)
        assert [one.action for one in history_of(made)] == ["customers.end_tie", "customers.add_tie"]
    tie(li, wang, "family", seller)


def test_a_merge_takes_ties_along_and_gives_them_back(seller: Member) -> None:
    kept, gone, wang, zhao = (person(seller, name) for name in ("李小明", "李晓明", "王五", "赵六"))
    both, between = tie(kept, wang, "family", seller), tie(kept, gone, "introducer", seller)
    moved, same = tie(zhao, gone, "family", seller), tie(gone, wang, "family", seller)
    made = merge(kept, gone, seller)
    assert made.moved["customers.tie"] == [str(moved.pk)]
    assert told(seller, kept) == [("家人", "王五"), ("家人", "赵六")]
    part(made, seller, at=AFTERWARDS)
    assert told(seller, kept) == [("家人", "王五"), ("介绍人", "李晓明")]
    assert sorted(told(seller, gone)) == [("介绍来的客户", "李小明"), ("家人", "王五"), ("家人", "赵六")]
    assert len({both.pk, between.pk, moved.pk, same.pk}) == 4


def test_a_mutual_tie_that_both_had_shows_once_after_a_merge_whichever_way_it_was_written(seller: Member) -> None:
    kept, gone, wang = (person(seller, name) for name in ("李小明", "李晓明", "王五"))
    for one, other in ((gone, wang), (wang, kept)):
        tie(one, other, "family", seller)
        tie(one, other, "introducer", seller)
    made = merge(kept, gone, seller)
    assert sorted(told(seller, kept)) == [("介绍人", "王五"), ("介绍来的客户", "王五"), ("家人", "王五")]
    assert sorted(told(seller, wang)) == [("介绍人", "李小明"), ("介绍来的客户", "李小明"), ("家人", "李小明")]
    part(made, seller, at=AFTERWARDS)
    assert ("家人", "王五") in told(seller, gone) and ("家人", "王五") in told(seller, kept)


def test_with_either_of_them_it_goes_from_every_version(group: Group, seller: Member) -> None:
    li, wang = person(seller), person(seller, "王五")
    made = tie(li, wang, "family", seller)
    officer = data_officer(group)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    assert li.subject_id
    with acting(officer):
        disposal = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(li.subject_id)],
            basis="withdrawn",
            reason="客户要求删除，已核对身份",
            actor=officer,
            at=AT,
        )
    with acting(archivist):
        approval = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=archivist, at=LATER)
        assert Disposal.objects.get(pk=disposal.pk).counts["customers.ties"] == 1
    assert told(seller, wang) == []
    with acting(seller):
        row = Tie.objects.get(pk=made.pk)
        assert (row.one_id, row.other_id, row.kind) == (None, None, "")
        said = [(change.old, change.new) for one in history_of(row) for change in one.changes]
        assert str(wang.pk) not in str(said) and GONE_BY_LAW in str(said)


def retire(group: Group) -> None:
    officer = data_officer(group)
    how = {"entity_id": officer.entity_id, "record_kind": "tie", "code": "kind", "actor": officer, "at": AT}
    with acting(officer):
        retire_field(reason="用不着", **how)


@pytest.mark.parametrize(("purpose", "shows"), [("sales", True), ("service", True), ("orders", False)])
def test_ties_show_for_what_the_catalogue_gives_them(seller: Member, purpose: str, shows: bool) -> None:
    li, wang = person(seller), person(seller, "王五")
    tie(li, wang, "family", seller)
    assert told(seller, li, purpose) == ([("家人", "王五")] if shows else [])


def test_a_company_that_uses_none_writes_none_down_and_shows_none(group: Group, seller: Member) -> None:
    li, wang = person(seller), person(seller, "王五")
    tie(li, wang, "family", seller)
    retire(group)
    assert told(seller, li) == []
    with pytest.raises(Refused) as refusal:
        tie(li, wang, "introducer", seller)
    assert refusal.value.code == "ties_inactive"


def test_the_notice_tells_of_ties(group: Group, seller: Member) -> None:
    assert ". 与其他客户的关系：用于" in publish(group).text


def test_where_it_takes_a_consent_both_have_to_agree_and_all_are_asked_at_once(group: Group, seller: Member) -> None:
    li, *others = (person(seller, name) for name in ("李小明", "王五", "赵六", "孙七"))
    for one in others:
        tie(li, one, "family", seller)
    officer = data_officer(group)
    how = {"entity_id": officer.entity_id, "record_kind": "tie", "code": "kind", "actor": officer, "at": AT}
    with acting(officer):
        details = FieldDetails("与其他客户的关系", uses={"sales": "consent"}, retention=36)
        change_field(details=details, **how)
        activate_field(**how)
    publish(group, at=LATER)
    assert told(seller, li) == []
    with acting(seller):
        for one in (li, others[0], others[2]):
            record_customer_consent(customer_id=one.pk, consents=[given("sales", at=LATER)], actor=seller, at=LATER)
    assert told(seller, li) == [("家人", "王五"), ("家人", "孙七")]

    def asked() -> int:
        with acting(seller), reading(seller, purpose="sales", on=day_of(LATER)) as seen:
            customer = seen.customer(li.pk)
            with CaptureQueriesContext(connection) as statements:
                ties_of(seen, customer)
        return len(statements)

    before = asked()
    more = [person(seller, f"钱{number}", at=LATER) for number in range(4)]
    with acting(officer):
        change_field(details=FieldDetails("与其他客户的关系", uses={"sales": "contract"}, retention=36), **how)
        activate_field(**how)
    for one in more:
        tie(li, one, "family", seller)
    asked()
    assert asked() == before - 1


def test_the_kind_goes_by_itself_where_only_that_is_deleted(group: Group, seller: Member) -> None:
    li, wang = person(seller), person(seller, "王五")
    made = tie(li, wang, "family", seller)
    assert li.subject_id
    only = Target(li.subject_id, ("tie.kind",))
    with acting(seller):
        assert count_ties(made.entity_id, [only]) == {li.subject_id: 1}
        assert count_ties(made.entity_id, [Target(li.subject_id, ("person.phone",))]) == {}


def test_the_page_finds_the_other_and_ends_it_again(seller: Member, client: Client) -> None:
    li, works = person(seller), firm(seller, "东方餐饮")
    sign_in(client, "xiaoshou.a")
    page = f"/customers/{li.pk}/"
    assert f"{page}ties/add/" in client.get(page).content.decode()
    found = client.get(f"{page}ties/add/", {"search": "东方"}).content.decode()
    assert "东方餐饮" in found and "任职单位" in found and "上级单位" not in found
    assert "请填写另一位" in client.post(f"{page}ties/add/", {"kind": "employer"}).content.decode()
    done = client.post(f"{page}ties/add/", {"kind": "employer", "other": str(works.pk)}, follow=True)
    assert "任职单位：东方餐饮" in done.content.decode()
    theirs = client.get(f"/customers/{works.pk}/").content.decode()
    assert "任职的人" in theirs
    end = re.search(rf'action="(/customers/{works.pk}/ties/[^"]+/end/)"', theirs)[1]  # type: ignore[index]
    assert "关系已结束" in client.post(end, follow=True).content.decode()
    client.post(f"/customers/{works.pk}/ties/add/", {"kind": "-employer", "other": str(li.pk)})
    assert told(seller, li) == [("任职单位", "东方餐饮"), ("任职单位", "东方餐饮")]


def test_programs_do_the_same(seller: Member) -> None:
    li, wang = person(seller), person(seller, "王五")
    with acting(seller):
        secret = create_token(member=seller, name="关系", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    address = f"/api/v1/customers/{li.pk}/ties"

    def send(where: str, body: dict[str, str]) -> tuple[int, dict[str, str]]:
        answer = Client().post(where, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    status, made = send(address, {"other_id": str(wang.pk), "kind": "introducer"})
    assert status == 201
    [line] = Client().get(f"{address}?purpose=sales", headers=headers).json()
    assert (line["label"], line["other_name"], line["ended_at"]) == ("介绍人", "王五", None)
    assert send(f"/api/v1/customer-ties/{made['id']}/end", {})[0] == 200
    assert send(f"/api/v1/customer-ties/{li.pk}/end", {})[0] == 404
