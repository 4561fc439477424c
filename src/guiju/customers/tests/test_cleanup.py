"""Values that are held against the law are found as of any day, frozen, and deleted by two people (违规数据清理)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guiju.archives.models import Disposal
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.contacts import add_contact, end_contact
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.values import put_values, values_of
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.exports import report_data
from guiju.privacy.models import CatalogueField, Cleanup, CleanupFinding, Consent, PrivacyNotice, Subject
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.cleanup import cleanup_for, destroyed_and_kept, lines_of
from guiju.privacy.selectors.notices import notice_in_force
from guiju.privacy.services import cleanup as services
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field, propose_field, retire_field
from guiju.privacy.services.cleanup import (
    carry_on_cleanups,
    digest_over,
    freeze_found,
    propose_found,
    start_cleanup,
)
from guiju.privacy.services.collections import found_collection
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.rulebook import VERSION
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

WHY = "对照字段台账清理"
DAY = timedelta(days=1)


def find(group: Group, *, at: datetime = AT, on: date | None = None) -> Cleanup:
    officer = data_officer(group)
    with acting(officer):
        return start_cleanup(entity_id=officer.entity_id, on=on or day_of(at), actor=officer, at=at)


def why(found: Cleanup) -> dict[str, set[str]]:
    """Field to the rules, without their chapter."""
    return {name: {rule.removeprefix("privacy.") for rule in one["why"]} for name, one in found.counts.items()}


def freeze(group: Group, found: Cleanup, *, at: datetime = AT) -> Cleanup:
    officer = data_officer(group)
    with acting(officer):
        return freeze_found(cleanup_id=found.pk, reason=WHY, actor=officer, at=at)


def propose(group: Group, found: Cleanup, *, basis: str = "unlawful", at: datetime = AT) -> Disposal:
    officer = data_officer(group)
    with acting(officer):
        made = propose_found(cleanup_id=found.pk, basis=basis, reason=WHY, actor=officer, at=at)
    assert made.disposal is not None
    return made.disposal


def archivist(group: Group) -> Member:
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username="dangan.a").first()
    return found or join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)


def decide(group: Group, disposal: Disposal, *, at: datetime = AT) -> Disposal:
    second = archivist(group)
    with acting(second):
        approval = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=second, at=at)
        return Disposal.objects.get(pk=disposal.pk)


def enter(group: Group, values: Mapping[str, str], how: How | None = None, *, at: datetime = AT) -> Customer:
    with acting(group.sales_a):
        return add_customer(kind="person", values=values, how=how or How(), actor=group.sales_a, at=at).customer


def withdraw(group: Group, customer: Customer, purpose: str, *, at: datetime) -> None:
    with acting(group.sales_a):
        consent = Consent.objects.get(subject=customer.subject, purpose=purpose, ended_at=None)
        withdraw_customer_consent(customer_id=customer.pk, consent_id=consent.pk, actor=group.sales_a, at=at)


def test_what_is_held_lawfully_is_not_found(group: Group) -> None:
    publish(group)
    enter(group, {"name": "李小明", "phone": "13800138000", "gender": "女"}, How(consents=[given("service")]))
    found = find(group)
    assert found.state == Cleanup.State.FOUND and found.counts == {} and found.records == {"person": 1}
    assert found.filled["person.phone"] == {"count": 1, "last": "2026-11-24"}
    assert found.basis == {"catalogue": 0, "notice": 1, "rules": VERSION}


def test_withdrawn_consent_is_found_frozen_deleted_and_found_no_more(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明", "gender": "女"}, How(consents=[given("service")]))
    withdraw(group, li, "service", at=AT + DAY)
    later = AT + 2 * DAY
    found = find(group, at=later)
    assert why(found) == {"person.gender": {"consent_first", "delete_after_withdrawal"}}
    assert freeze(group, found, at=later).frozen_values == 1
    with acting(group.sales_a), reading(group.sales_a, purpose="service", on=day_of(later)) as seen:
        assert seen.cells_of(seen.customer(li.pk))["gender"].why == "仅存储，不能使用"
    done = decide(group, propose(group, found, basis="withdrawn", at=later), at=later)
    assert done.state == Disposal.State.DONE and done.counts == {"customers.values": 1}
    assert find(group, at=later + DAY).counts == {}


def past_the_door(group: Group, customer: Customer, *, notice: bool | PrivacyNotice = False, **values: str) -> None:
    """Put values into a record as an older system did: without a notice, or without asking anybody."""
    with acting(group.sales_a):
        row = Customer.objects.get(pk=customer.pk)
        told = notice if isinstance(notice, PrivacyNotice) else notice_in_force(row.entity_id) if notice else None
        act = Act("customers.change_customer", group.sales_a, AT)
        origin = found_collection(act, entity_id=row.entity_id, channel=Channel.IMPORT, source="旧系统", notice=told)
        row.origins = row.origins | dict.fromkeys(values, str(origin.pk))
        put_values(row, fields_of(row.entity_id, "person"), values_of(row) | values)
        row.save()
        record(act, entity_id=row.entity_id, subject=row)


def own_field(group: Group, label: str = "鞋码", **details: object) -> str:
    """A field of the company's own, in use; its code."""
    officer = data_officer(group)
    known = FieldDetails(label, uses={"service": "consent"}, retention=12)
    with acting(officer):
        row = propose_field(
            entity_id=officer.entity_id,
            record_kind="person",
            details=replace(known, **details),  # type: ignore[arg-type]
            actor=officer,
            at=AT,
        )
        activate_field(entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT)
    return row.code


def test_what_came_in_without_a_notice_is_found(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明"})
    past_the_door(group, li, address="杭州市西湖区某路1号")
    assert why(find(group)) == {"person.address": {"told_first"}}


def test_what_nobody_consented_to_is_found(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明"})
    past_the_door(group, li, notice=True, gender="女")
    assert why(find(group)) == {"person.gender": {"consent_first"}}


def test_what_nobody_consented_to_separately_is_found(group: Group) -> None:
    code = own_field(group, consent="separate", uses={"service": "contract"})
    publish(group)
    li = enter(group, {"name": "李小明"})
    past_the_door(group, li, notice=True, **{code: "42"})
    assert why(find(group)) == {f"person.{code}": {"separate_consent_first"}}


def test_what_no_guardian_consented_to_is_found(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明"})
    past_the_door(group, li, notice=True, birthday="2015-05-01")
    found = why(find(group))
    assert found["person.name"] == {"guardian_first"}
    assert found["person.birthday"] == {"guardian_first", "consent_first"}


def test_what_the_catalogue_does_not_know_or_use_is_found(group: Group) -> None:
    code = own_field(group, uses={"service": "contract"})
    publish(group)
    li = enter(group, {"name": "李小明", code: "42", "wechat": "liming"})
    past_the_door(group, li, notice=True, x99="什么")
    officer = data_officer(group)
    with acting(officer):
        retire_field(
            entity_id=officer.entity_id, record_kind="person", code=code, reason="用不着", actor=officer, at=AT
        )
        details = FieldDetails("微信", visibility="masked", retention=36)
        change_field(
            entity_id=officer.entity_id, record_kind="person", code="wechat", details=details, actor=officer, at=AT
        )
    assert why(find(group)) == {
        "person.x99": {"declared_first"},
        f"person.{code}": {"active_first"},
        "person.wechat": {"purpose_first"},
    }


def test_what_is_kept_too_long_after_the_relation_is_found(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明", "phone": "13800138000"})
    with scope(entities={li.entity_id}):
        Customer.objects.filter(pk=li.pk).update(ended_on=date(2026, 11, 30))
    at = datetime(2029, 11, 30, 2, tzinfo=UTC)
    assert find(group, at=at).counts == {}
    found = find(group, at=at + DAY)
    assert why(found) == {"person.name": {"delete_when_over"}, "person.phone": {"delete_when_over"}}
    done = decide(group, propose(group, found, basis="expired", at=at + DAY), at=at + DAY)
    assert done.state == Disposal.State.DONE
    # Nothing is left that may be held: the person goes as a whole.
    with scope(entities={li.entity_id}):
        assert Subject.objects.get(pk=li.subject_id).erased_at is not None
    after = find(group, at=at + 2 * DAY)
    assert after.counts == {} and after.records == {}


def test_a_contact_is_kept_no_longer_than_the_relation_and_its_time(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        firm = add_customer(kind="company", values={"name": "某厂"}, how=How(), actor=group.sales_a, at=AT).customer
        wang, zhao = (
            add_contact(customer_id=firm.pk, values={"name": name}, how=How(), actor=group.sales_a, at=AT).contact
            for name in ("王经理", "赵经理")
        )
        end_contact(contact_id=wang.pk, actor=group.sales_a, at=AT)
    over = datetime(2029, 11, 25, 2, tzinfo=UTC)
    found = find(group, at=over)
    assert why(found) == {"contact.name": {"delete_when_over"}}
    assert [one.holder_id for one in findings(group, found)] == [wang.pk]
    with scope(entities={firm.entity_id}):
        Customer.objects.filter(pk=firm.pk).update(ended_on=day_of(AT))
    assert {one.holder_id for one in findings(group, find(group, at=over))} == {wang.pk, zhao.pk}


def test_at_a_school_a_pupil_is_found_by_the_rule_of_the_house(group: Group) -> None:
    publish(group)
    enter(group, {"name": "李小明"})
    with scope(entities={group.company_a.pk}, trees={group.company_a.pk}):
        Entity.objects.filter(pk=group.company_a.pk).update(sector="education")
        found = find(group)
        [line] = lines_of(found)
    assert why(found) == {"person.name": {"pupil_as_sensitive", "pupil_guardian_first"}}
    assert {(one.words, one.law) for one in line.whys} == {
        ("学员没有单独同意", "内部规则"),
        ("年龄不明的学员没有监护人同意", "内部规则"),
    }


def test_it_is_judged_as_of_a_day(group: Group) -> None:
    """Consented, withdrawn the day after, consented again two days later."""
    publish(group)
    li = enter(group, {"name": "李小明", "gender": "女"}, How(consents=[given("service")]))
    withdraw(group, li, "service", at=AT + DAY)
    now = AT + 3 * DAY
    with acting(group.sales_a):
        again = [given("service", at=AT + 2 * DAY)]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=AT + 2 * DAY)
    on = [day_of(AT + days * DAY) for days in range(4)]
    found = [set(find(group, at=now, on=day).counts) for day in on]
    assert found == [set(), {"person.gender"}, set(), set()]
    before = find(group, at=now, on=on[0] - DAY)
    assert before.counts == {} and before.left_out == {"later": 2}


def test_what_was_wrong_on_a_day_and_is_right_now_is_left_alone(group: Group) -> None:
    publish(group)
    li = enter(group, {"name": "李小明", "gender": "女"}, How(consents=[given("service")]))
    withdraw(group, li, "service", at=AT + DAY)
    found = find(group, at=AT + DAY)
    with acting(group.sales_a):
        again = [given("service", at=AT + 2 * DAY)]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=AT + 2 * DAY)
    assert freeze(group, found, at=AT + 2 * DAY).frozen_values == 0
    with pytest.raises(Refused) as refusal:
        propose(group, found, at=AT + 2 * DAY)
    assert refusal.value.code == "nothing_chosen"


def test_the_catalogue_of_the_day_decides(group: Group) -> None:
    code = own_field(group, uses={"service": "contract"})
    publish(group)
    li = enter(group, {"name": "李小明", code: "42"})
    officer = data_officer(group)
    later = AT + 2 * DAY
    with acting(officer):
        retire_field(
            entity_id=officer.entity_id, record_kind="person", code=code, reason="用不着", actor=officer, at=later
        )
    yesterday, now = find(group, at=later, on=day_of(AT)), find(group, at=later)
    assert yesterday.counts == {} and why(now) == {f"person.{code}": {"active_first"}}
    assert (yesterday.basis["catalogue"], now.basis["catalogue"]) == (2, 3)
    assert li.pk in {one.holder_id for one in findings(group, now)}


def findings(group: Group, found: Cleanup) -> list[CleanupFinding]:
    with scope(entities={group.company_a.pk}):
        return list(CleanupFinding.objects.filter(cleanup=found))


def test_where_the_log_does_not_know_the_catalogue_of_the_day_it_is_said(group: Group) -> None:
    code = own_field(group, uses={"service": "contract"})
    publish(group)
    enter(group, {"name": "李小明", code: "42"})
    later = AT + 2 * DAY
    with scope(entities={group.company_a.pk}, trees={group.company_a.pk}):
        row = CatalogueField.objects.get(code=code)
        # As a row that stands in no log: nobody can say how it was decided then.
        twin = CatalogueField.objects.get(pk=row.pk)
        CatalogueField.objects.filter(pk=row.pk).update(code=f"{code}old")
        twin.pk, twin.code, twin.label = new_id(), "x50", "帽码"
        twin.save(force_insert=True)
    past_the_door(group, enter(group, {"name": "王小二"}), notice=True, x50="58")
    found = find(group, at=later, on=day_of(AT))
    assert why(found)["person.x50"] == {"unknown"}
    assert freeze(group, found, at=later).frozen_values == 0


def test_what_is_held_back_stays_and_is_told(group: Group) -> None:
    publish(group)
    li, wang = (enter(group, {"name": name}) for name in ("李小明", "王小二"))
    for one in (li, wang):
        past_the_door(group, one, address="杭州市西湖区某路1号")
    officer = data_officer(group)
    with acting(officer):
        assert li.subject_id is not None
        place_hold(
            entity_id=li.entity_id,
            subject_id=li.subject_id,
            sort="dispute",
            reason="投诉没有办结",
            actor=officer,
            at=AT,
        )
    found = find(group)
    decide(group, propose(group, found))
    with acting(officer):
        found = cleanup_for(officer, found.pk)
        gone, kept = destroyed_and_kept(found)
        said = report_data(found, group.company_a)["text"]
    assert gone == 1 and kept == [(1, "已登记保全（争议）")]
    assert "保留1人（户）：已登记保全（争议）" in said and "李小明" not in said
    assert {name: one["found"] for name, one in find(group).counts.items()} == {"person.address": 1}


def test_what_lies_with_a_company_is_deleted_through_the_same_door(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        firm = add_customer(
            kind="company", values={"name": "某厂", "industry": "食品"}, how=How(), actor=group.sales_a, at=AT
        ).customer
    officer = data_officer(group)
    with acting(officer):
        retire_field(
            entity_id=officer.entity_id, record_kind="company", code="industry", reason="用不着", actor=officer, at=AT
        )
    found = find(group)
    assert why(found) == {"company.industry": {"active_first"}}
    assert freeze(group, found).frozen_values == 0
    assert decide(group, propose(group, found)).counts == {"customers.values": 1}
    with acting(group.sales_a):
        assert values_of(Customer.objects.get(pk=firm.pk)) == {"name": "某厂"}
    assert find(group).counts == {}


def test_many_go_batch_after_batch(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_A_TIME", 2)
    publish(group)
    for number in range(5):
        li = enter(group, {"name": f"李{number}号"})
        past_the_door(group, li, address="杭州市西湖区某路1号")
    found = find(group)
    assert found.state == Cleanup.State.FINDING and sum(found.records.values()) == 2
    with pytest.raises(Refused) as refusal:
        freeze(group, found)
    assert refusal.value.code == "cleanup_running"
    assert carry_on_cleanups(at=AT) == 3
    with acting(data_officer(group)):
        found = Cleanup.objects.get(pk=found.pk)
    assert found.state == Cleanup.State.FOUND and found.counts["person.address"]["found"] == 5 == found.holders
    assert found.digest == digest_over("", findings(group, found))
    assert freeze(group, found).state == Cleanup.State.FREEZING
    assert carry_on_cleanups(at=AT) == 2
    with acting(data_officer(group)):
        assert Cleanup.objects.get(pk=found.pk).frozen_values == 5
    assert decide(group, propose(group, found)).things == 5


def test_a_batch_costs_the_same_however_many_it_holds(group: Group) -> None:
    publish(group)
    counted = []
    for number in range(6):
        past_the_door(group, enter(group, {"name": f"李{number}号"}), address="杭州市西湖区某路1号")
        if number in (0, 5):
            with CaptureQueriesContext(connection) as queries:
                find(group)
            counted.append(len(queries))
    assert counted[0] == counted[1]


def test_what_is_refused(group: Group) -> None:
    publish(group)
    officer = data_officer(group)
    for on, entity_id, code in (
        (day_of(AT) + DAY, officer.entity_id, "day_in_future"),
        (date.max, officer.entity_id, "day_in_future"),
    ):
        with acting(officer), pytest.raises(Refused) as refusal:
            start_cleanup(entity_id=entity_id, on=on, actor=officer, at=AT)
        assert refusal.value.code == code
    with acting(officer), pytest.raises(NotAllowed):
        start_cleanup(entity_id=group.company_b.pk, on=day_of(AT), actor=officer, at=AT)
    with acting(group.sales_a), pytest.raises(NotAllowed):
        start_cleanup(entity_id=group.company_a.pk, on=day_of(AT), actor=group.sales_a, at=AT)
    past_the_door(group, enter(group, {"name": "李小明"}), address="杭州市西湖区某路1号")
    found = find(group, on=date.min)
    assert found.counts == {}
    with pytest.raises(Refused) as refusal:
        freeze(group, found)
    assert refusal.value.code == "nothing_found"
    found = find(group)
    freeze(group, found)
    with pytest.raises(Refused) as refusal:
        freeze(group, found)
    assert refusal.value.code == "frozen_already"
    # What is frozen already is found again, and told as such.
    assert find(group).counts["person.address"]["frozen"] == 1
    propose(group, found)
    with pytest.raises(Refused) as refusal:
        propose(group, found)
    assert refusal.value.code == "proposed_already"
    other = data_officer(group, group.company_b)
    with acting(other), pytest.raises(Missing):
        cleanup_for(other, found.pk)
    with acting(other), pytest.raises((Missing, NotAllowed)):
        propose_found(cleanup_id=found.pk, basis="unlawful", reason=WHY, actor=other, at=AT)
