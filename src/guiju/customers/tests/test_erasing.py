"""What is destroyed is gone from every copy and every version, by two people, and the log stays whole (销毁)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.registry import HOLDERS, Holder, Kept, Target
from guiju.archives.selectors import copies_of
from guiju.archives.services import disposals
from guiju.archives.services.disposals import carry_out_disposal, propose_disposal
from guiju.archives.services.holds import lift_hold, place_hold
from guiju.customers.models import BulkAct, Customer, CustomerImport, Note
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.values import values_of
from guiju.database.scope import scope
from guiju.evidence.selectors import GONE_BY_LAW, history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.models import Refusal, Subject
from guiju.privacy.selectors.refusals import refused_among
from guiju.privacy.services.refusals import Said, add_refusal
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

LATER = AT + timedelta(hours=1)
WHY = "客户要求删除，已核对身份"


@pytest.fixture
def li(group: Group) -> Customer:
    """A person with a past: two phones, a note, a tag, a consent."""
    publish(group)
    actor = group.sales_a
    with acting(actor):
        values = {"name": "李小明", "phone": "13800138000", "company": "某某公司", "address": "杭州市西湖区某路1号"}
        how = How(consents=[given("marketing")])
        li = add_customer(kind="person", values=values, how=how, actor=actor, at=AT).customer
        change_customer(
            customer_id=li.pk,
            values={"phone": "13900139000"},
            how=How(),
            actor=actor,
            at=AT,
            reason="原来的 13800138000 停用",
        )
        add_note(customer_id=li.pk, details=NoteDetails("李小明来电"), actor=actor, at=AT)
        tag_many(customers=[li.pk], tag="老客户", actor=actor, at=AT)
        tag_many(customers=[li.pk], tag="爱钓鱼", actor=actor, at=AT)
    return li


def archivist(group: Group) -> Member:
    return join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)


def propose(group: Group, li: Customer, *fields: str, basis: str = "withdrawn") -> Disposal:
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        targets = [Target(li.subject_id, fields)]
        return propose_disposal(
            entity_id=officer.entity_id, targets=targets, basis=basis, reason=WHY, actor=officer, at=AT
        )


def decide(actor: Member, disposal: Disposal, *, allows: bool = True, at: datetime = LATER) -> Disposal:
    with acting(actor):
        approval = Approval.objects.get(subject_id=disposal.pk)
        decide_approval(approval_id=approval.pk, allows=allows, note="核对过", actor=actor, at=at)
        return Disposal.objects.get(pk=disposal.pk)


def all_that_is_kept(group: Group, li: Customer) -> str:
    """Everything that the record, its notes and their versions say."""
    with acting(group.sales_a), scope(entities={group.company_a.pk}):
        row = Customer.objects.get(pk=li.pk)
        said: list[Any] = [values_of(row), row.tags]
        rows = [row, *Note.objects.filter(customer=li), *BulkAct.objects.all()]
        # What a tag is called stays with the act; who has it does not.
        said += [
            (one.reason, change.old, change.new)
            for each in rows
            for one in history_of(each)
            for change in one.changes
            if change.field != "detail"
        ]
        said += [one.changes for one in BulkAct.objects.all()]
        return str(said)


def test_one_value_goes_from_the_record_and_from_every_version(group: Group, li: Customer) -> None:
    done = decide(archivist(group), propose(group, li, "person.phone"))
    assert done.state == Disposal.State.DONE and done.counts == {"customers.values": 1}
    kept = all_that_is_kept(group, li)
    assert "13800138000" not in kept and "13900139000" not in kept
    assert "李小明" in kept and GONE_BY_LAW in kept
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
        assert not CustomerFilter("13900139000").of(seen.customers(), seen).exists()


def test_the_relation_ends_on_the_day_that_it_is_in_china(group: Group, li: Customer) -> None:
    decide(archivist(group), propose(group, li), at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    with scope(entities={group.company_a.pk}):
        assert Customer.objects.get(pk=li.pk).ended_on == date(2026, 11, 25)


def test_a_person_goes_as_a_whole_and_what_stays_is_said(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        preview = {label: count for label, count, _ in copies_of(li.entity_id, [Target(li.subject_id)])}
    done = decide(archivist(group), propose(group, li))
    assert done.counts == {"customers.values": 4, "customers.notes": 1, "customers.bulk": 2}
    assert preview["客户和联系人的字段"] == 4 and preview["同意和撤回的记录"] == 1
    assert [one["count"] for one in done.kept] == [1] and "第六十九条" in done.kept[0]["why"]
    kept = all_that_is_kept(group, li)
    for secret in ("李小明", "13800138000", "13900139000", "某某公司", "西湖区", "老客户", "爱钓鱼", "停用"):
        assert secret not in kept
    with acting(group.sales_a):
        assert Subject.objects.get(pk=li.subject_id).erased_at == LATER
        item = DisposalItem.objects.get(disposal=done)
        assert item.state == DisposalItem.State.DESTROYED and item.copies == 7
        with reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
            assert not seen.customers().filter(pk=li.pk).exists()


def test_the_file_by_which_somebody_came_in_goes_too(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        row = Customer.objects.get(pk=li.pk)
        brought = CustomerImport.objects.create(
            entity=group.company_a,
            member=group.sales_a,
            kind="person",
            file_name="会员.xlsx",
            file_digest="0" * 64,
            content=b"sealed",
            collection_id=UUID(row.origins["*"]),
            state="done",
            made_at=AT,
            ended_at=AT,
        )
    assert decide(archivist(group), propose(group, li, "person.phone")).counts["customers.files"] == 1
    with acting(group.sales_a):
        brought.refresh_from_db()
        assert not brought.content


def test_who_proposes_does_not_decide_and_sales_do_neither(group: Group, li: Customer) -> None:
    made = propose(group, li, "person.phone")
    officer = data_officer(group)
    for person in (officer, group.sales_a):
        with pytest.raises(NotAllowed):
            decide(person, made)
    with acting(group.sales_a), pytest.raises(NotAllowed):
        propose_disposal(
            entity_id=li.entity_id,
            targets=[Target(li.subject_id)],
            basis="withdrawn",
            reason=WHY,
            actor=group.sales_a,
            at=AT,
        )
    both = archivist(group)
    with acting(both):
        own = propose_disposal(
            entity_id=li.entity_id,
            targets=[Target(li.subject_id, ("person.company",))],
            basis="fulfilled",
            reason=WHY,
            actor=both,
            at=AT,
        )
    with pytest.raises(Refused) as refusal:
        decide(both, own)
    assert refusal.value.code == "own_approval"
    assert "13900139000" in all_that_is_kept(group, li)


def test_nothing_is_destroyed_before_the_second_person_or_after_a_no(group: Group, li: Customer) -> None:
    made = propose(group, li)
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        carry_out_disposal(disposal_id=made.pk, at=LATER)
    assert refusal.value.code == "not_decided"
    assert decide(archivist(group), made, allows=False).state == Disposal.State.REFUSED
    assert "13900139000" in all_that_is_kept(group, li)


def test_the_same_is_not_proposed_twice(group: Group, li: Customer) -> None:
    propose(group, li)
    with pytest.raises(Refused) as refusal:
        propose(group, li)
    assert refusal.value.code == "proposed_already"


def test_a_hold_keeps_everything_whenever_it_comes(group: Group, li: Customer) -> None:
    officer, second = data_officer(group), archivist(group)
    made = propose(group, li, "person.phone")
    with acting(officer):
        hold = place_hold(
            entity_id=li.entity_id,
            subject_id=li.subject_id,
            sort="litigation",
            reason="已收到应诉通知",
            actor=officer,
            at=AT,
        )
    done = decide(second, made)
    assert done.counts == {} and done.kept == [{"why": "已登记保全（诉讼、仲裁）", "count": 1}]
    assert "13900139000" in all_that_is_kept(group, li)
    with pytest.raises(Refused) as refusal:
        propose(group, li, "person.phone")
    assert refusal.value.code == "held_back"
    with acting(officer):
        lift_hold(hold_id=hold.pk, reason="案件已经办结", actor=officer, at=LATER)
    assert decide(second, propose(group, li, "person.phone")).counts == {"customers.values": 1}


def test_what_a_statute_keeps_longer_stays(group: Group, li: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    def floor(entity_id: UUID, targets: Any, on: date) -> dict[UUID, Kept]:
        kept = Kept("交易记录自交易完成之日起不少于三年（电子商务法第三十一条）", date(2029, 1, 1))
        return {one.subject_id: kept for one in targets}

    monkeypatch.setitem(HOLDERS, "orders", Holder("orders", "订单", lambda *_: {}, floor=floor, keeps="订单"))
    with pytest.raises(Refused) as refusal:
        propose(group, li)
    assert "电子商务法第三十一条" in refusal.value.sentence and "2029-01-01" in refusal.value.sentence


def test_the_database_lets_no_version_be_changed_past_the_door(group: Group, li: Customer) -> None:
    with acting(group.sales_a), connection.cursor() as cursor:
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("UPDATE evidence_revision SET sealed = ''")
        cursor.execute("SELECT id FROM evidence_revision WHERE subject_id = %s", [li.pk])
        keys = [pk for (pk,) in cursor.fetchall()]
        with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
            # No erasure names these versions.
            cursor.execute("SELECT evidence_erase(%s::uuid[], %s::bytea[])", [keys, [b""] * len(keys)])


def test_what_is_more_than_one_batch_is_carried_out_by_the_worker(
    group: Group, li: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disposals, "AT_A_TIME", 1)
    officer, second = data_officer(group), archivist(group)
    with acting(group.sales_a):
        wang = add_customer(kind="person", values={"name": "王小二"}, how=How(), actor=group.sales_a, at=AT).customer
    assert li.subject_id is not None and wang.subject_id is not None
    with acting(officer):
        made = propose_disposal(
            entity_id=officer.entity_id,
            targets=[Target(li.subject_id), Target(wang.subject_id)],
            basis="expired",
            reason=WHY,
            actor=officer,
            at=AT,
        )
    assert decide(second, made).state == Disposal.State.ALLOWED
    assert "李小明" in all_that_is_kept(group, li)
    assert disposals.carry_out_allowed(at=LATER) == 2
    assert disposals.carry_out_allowed(at=LATER) == 0
    with acting(officer):
        made.refresh_from_db()
        assert made.state == Disposal.State.DONE and made.counts["customers.values"] == 5
    assert "李小明" not in all_that_is_kept(group, li)


@pytest.mark.parametrize("fields", [(), ("person.phone",)])
def test_what_proves_that_somebody_refused_goes_with_them_and_the_refusal_stays(
    group: Group, li: Customer, fields: tuple[str, ...]
) -> None:
    said = Said("call", day_of(AT), "录音 0012 号，李小明本人")
    with acting(group.sales_a):
        add_refusal(addresses=["13900139000"], said=said, actor=group.sales_a, at=AT)
        add_refusal(addresses=["13700137000"], said=said, actor=group.sales_a, at=AT)
        assert {label: count for label, count, _ in copies_of(li.entity_id, [Target(li.subject_id)])}["拒收的凭据"] == 1
    done = decide(archivist(group), propose(group, li, *fields))
    assert done.counts["privacy.refusals"] == 1
    with acting(group.sales_a):
        assert refused_among(["13900139000"], li.entity_id)
        proofs = {one.proof: history_of(one) for one in Refusal.objects.all()}
        assert proofs.keys() == {"", said.proof}
        assert "录音" not in str([change for one in proofs[""] for change in one.changes])


@pytest.mark.parametrize("fields", [(), ("person.phone",)])
def test_a_proof_under_a_phone_that_was_replaced_goes_too_and_not_that_of_who_has_the_number_now(
    group: Group, li: Customer, fields: tuple[str, ...]
) -> None:
    old, mine, later = "13800138000", "录音 0013 号，李小明本人", "录音 0014 号，王小二本人"
    with acting(group.sales_a):
        add_refusal(addresses=[old], said=Said("call", day_of(AT), mine), actor=group.sales_a, at=AT)
        values = {"name": "王小二", "phone": old}
        add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT, is_another=True)
        tomorrow = AT + timedelta(days=2)
        add_refusal(addresses=[old], said=Said("call", day_of(tomorrow), later), actor=group.sales_a, at=tomorrow)
        assert {label: count for label, count, _ in copies_of(li.entity_id, [Target(li.subject_id)])}["拒收的凭据"] == 1
    done = decide(archivist(group), propose(group, li, *fields), at=AT + timedelta(days=3))
    assert done.counts["privacy.refusals"] == 1
    with acting(group.sales_a):
        assert refused_among([old], li.entity_id)
        rows = list(Refusal.objects.all())
        assert {one.proof for one in rows} == {"", later}
        assert "0013" not in str([change for one in rows for version in history_of(one) for change in version.changes])
    assert old not in all_that_is_kept(group, li)


def test_a_proof_of_a_refusal_that_tells_something_sensitive_is_refused(group: Group) -> None:
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        said = Said("call", day_of(AT), "录音 0012 号，本人说怀孕了不想被打扰")
        add_refusal(addresses=["13900139000"], said=said, actor=group.sales_a, at=AT)
    assert refusal.value.code == "proof_sensitive" and "健康" in refusal.value.sentence
