"""What else was decided after the moment of a restore: what was taken away, answered, ended, or half done (重放)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.registry import Target
from guiju.archives.services import disposals, replaying
from guiju.archives.services.disposals import carry_out_allowed, carry_out_disposal, propose_disposal
from guiju.customers.models import Customer, CustomerImport, Note, Wanting
from guiju.customers.services.import_undo import KIND as AFTER_UNDO
from guiju.customers.services.import_undo import undo_batch, undo_import
from guiju.customers.services.notes import NoteDetails, add_note, remove_note
from guiju.customers.tests.test_import_customers import load
from guiju.database.scope import scope
from guiju.files.models import Attachment
from guiju.files.services.attachments import remove_attachment
from guiju.files.services.removal import KIND as AFTER_REMOVAL
from guiju.files.tests.factories import general
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Relation
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation, confirm_relation, end_relation
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, sign_in
from guiju.privacy.models import Consent, ConsentRequest, Message, MinorAccess, PrivacyNotice, Subject
from guiju.privacy.selectors.notices import told_of
from guiju.privacy.services.asking import Question, answer_link, ask_consent
from guiju.privacy.services.earlier_notices import correct_earlier_notice, register_earlier_notice
from guiju.privacy.services.messages import KIND as MESSAGE
from guiju.privacy.services.messages import Written, answer_message, leave_message
from guiju.privacy.services.minors import ask_minor_access, end_minor_access
from guiju.privacy.terms import AgeGroup
from guiju.safekeeping.services import end_looking
from guiju.safekeeping.services.looking import KIND as LOOKING
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval
from tests.restored import LATER, NOW, Two, installation

PHONES = [f"1380013800{number}" for number in range(5)]


@pytest.fixture
def two(group: Group) -> Two:
    return installation(group)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disposals, "AT_A_TIME", 2)
    monkeypatch.setattr(replaying, "AT_A_TIME", 2)


def all_of(two: Two, people: list[Customer]) -> Disposal:
    with acting(two.officer):
        return propose_disposal(
            entity_id=two.officer.entity_id,
            targets=[Target(one.subject_id) for one in people if one.subject_id],
            basis="fulfilled",
            reason="活动结束，不再需要",
            actor=two.officer,
            at=LATER,
        )


def test_a_large_disposal_that_was_half_done_goes_on(two: Two, small_batches: None) -> None:
    people = [two.add(phone) for phone in PHONES]
    with two.afterwards():
        proposed = all_of(two, people)
        two.decide(proposed)
        with two.seeing():
            assert carry_out_disposal(disposal_id=proposed.pk, at=LATER).state == "allowed"
            assert DisposalItem.objects.filter(state="destroyed").count() == 2
    carried = two.carried

    assert two.settle().replayed == {"archives.disposals": 2}

    with two.seeing():
        assert Disposal.objects.get().state == "allowed"
        assert sorted(one.state for one in DisposalItem.objects.all()) == ["destroyed"] * 2 + ["waiting"] * 3
    two.carried = carried
    assert two.settle().replayed == {}
    carry_out_allowed(at=NOW)
    with two.seeing():
        assert (Disposal.objects.get().state, Subject.objects.filter(erased_at=None).count()) == ("done", 0)


def test_one_that_was_allowed_and_not_begun_is_carried_out_too(two: Two, small_batches: None) -> None:
    people = [two.add(phone) for phone in PHONES]
    waiting = all_of(two, people)
    with two.afterwards():
        two.decide(waiting)

    two.settle()
    carry_out_allowed(at=NOW)

    with two.seeing():
        assert Disposal.objects.get().state == "done"
        assert Approval.objects.get(subject_id=waiting.pk).state == "allowed"
        assert not Subject.objects.filter(erased_at=None).exists()


def test_files_and_notes_that_were_taken_away_are_so_again(two: Two) -> None:
    li, seller = two.add(), two.group.sales_a
    file = general(seller, li)
    with acting(seller):
        note = add_note(customer_id=li.pk, details=NoteDetails("来电", "call"), actor=seller, at=AT).note
    with two.afterwards(), acting(seller):
        remove_attachment(attachment_id=file.pk, reason="传错了客户", actor=seller, at=LATER)
        remove_note(note_id=note.pk, reason="写错了客户", actor=seller, at=LATER)

    assert two.settle().replayed == {"files.removed": 1, "customers.removed_notes": 1}

    with two.seeing():
        assert Attachment.objects.get().removed_at == Note.objects.get().removed_at == LATER
        assert Task.objects.get(kind=AFTER_REMOVAL).subject_id == file.pk
        assert Customer.objects.get(pk=li.pk).last_touch_at is None


def test_an_import_that_was_taken_back_is_so_again_and_somebody_has_to_see_to_the_deletion(two: Two) -> None:
    found, seller = load(two.group, "姓名,手机\n甲某,13800138001\n乙某,13800138002\n"), two.group.sales_a
    with two.afterwards(), acting(seller):
        undo_import(import_id=found.pk, actor=seller, at=LATER)
        while undo_batch(import_id=found.pk, actor=seller, at=LATER):
            pass

    assert two.settle().replayed == {"customers.hidden": 2, "privacy.frozen": 2}

    with two.seeing():
        assert {one.hidden_at for one in Customer.objects.all()} == {LATER}
        again = CustomerImport.objects.get()
        assert (again.state, again.outcome, bytes(again.content)) == ("undone", "已撤销2位客户", b"")
        assert Task.objects.get(kind=AFTER_UNDO).subject_id == found.pk


def ask(two: Two, customer: Customer, *, at: object = AT) -> str:
    with acting(two.group.sales_a):
        assert customer.subject_id is not None
        return ask_consent(
            subject_id=customer.subject_id,
            questions=[Question("marketing"), Question("service")],
            actor=two.group.sales_a,
            at=at,  # type: ignore[arg-type]
        ).secret


def test_who_said_no_has_said_no_and_is_not_asked_again(two: Two) -> None:
    li, wang = two.add(), two.add("13900139000")
    secret = ask(two, li)
    with two.afterwards(), two.seeing():
        answer_link(secret=secret, answers=[False, True], age=AgeGroup.ADULT, at=LATER)
        answer_link(secret=ask(two, wang, at=LATER), answers=[False, False], age=AgeGroup.ADULT, at=LATER)
    carried = two.carried

    assert two.settle().replayed == {"privacy.noes": 2}

    with two.seeing():
        answers = {one.subject_id: (one.answered_at, one.answers) for one in ConsentRequest.objects.all()}
        assert answers == {li.subject_id: (LATER, [False, True]), wang.subject_id: (LATER, [False, False])}
        # A yes is no consent here: who wants it asks anew.
        assert not Consent.objects.exists() and not Wanting.objects.filter(closed_at=None).exists()
    for one in (li, wang):
        with pytest.raises(Refused):
            ask(two, one, at=NOW)
    two.carried = carried
    assert two.settle().replayed == {}


def test_a_relation_that_was_ended_is_ended_again(two: Two) -> None:
    group = two.group
    lawyers = [
        join(group.headquarters, "legal", name, group.system_admin, group.security_admin) for name in ("fa.1", "fa.2")
    ]
    details = RelationDetails(
        group.company_a.pk,
        group.headquarters.pk,
        "entrust",
        ("compliance",),
        "协议 1号",
        day_of(AT),
        day_of(AT + timedelta(days=99)),
        answers=ASSESSED,
    )
    with acting(lawyers[0]):
        relation = agree_relation(details=details, actor=lawyers[0], at=AT)
    with acting(lawyers[1]):
        confirm_relation(relation_id=relation.pk, actor=lawyers[1], at=AT)
    with two.afterwards(), acting(lawyers[0]):
        end_relation(relation_id=relation.pk, reason="不再委托", actor=lawyers[0], at=LATER)

    assert two.settle().replayed == {"organisations.relations": 1}

    with two.seeing():
        assert Relation.objects.get().ended_at == LATER


_SHOWN = (
    "甲食品有限公司会员须知：我们收集您的姓名、手机和性别，您可以随时到门店要求停止，也可以打电话或者来信提出，我们。"
)


def requested(two: Two) -> MinorAccess:
    seller = two.group.sales_a
    with acting(seller):
        return ask_minor_access(
            subject_id=None,
            purpose="sales",
            until=day_of(NOW + timedelta(days=9)),
            reason="通知家长开课",
            actor=seller,
            at=AT,
        )


def decide(two: Two, asked: MinorAccess, *, allows: bool, at: datetime) -> None:
    with acting(two.officer):
        approval = Approval.objects.get(subject_id=asked.pk)
        decide_approval(approval_id=approval.pk, allows=allows, note="核对过", actor=two.officer, at=at)


def approved(two: Two) -> MinorAccess:
    asked = requested(two)
    decide(two, asked, allows=True, at=AT)
    return asked


def test_whoever_might_see_minors_asks_anew_after_a_restore_to_the_past(two: Two) -> None:
    asked = approved(two)
    assert two.settle(until=None).replayed == {}
    with two.seeing():
        asked.refresh_from_db()
        assert asked.ended_at is None

    assert two.settle().replayed == {"privacy.minor_access": 1}

    with two.seeing():
        asked.refresh_from_db()
        assert asked.ended_at == NOW


def test_what_was_not_done_again_is_looked_at_by_each_company(two: Two) -> None:
    two.settle()
    with two.seeing():
        assert not Task.objects.filter(kind=LOOKING).exists()

    approved(two)
    made = two.settle(newest_at=None, without_replay="最新的全量备份已损坏")

    assert made.replayed == {"privacy.minor_access": 1}
    with two.seeing():
        tasks = {one.entity_id: one for one in Task.objects.filter(kind=LOOKING)}
        task = tasks[two.group.company_a.pk]
        assert two.group.headquarters.pk in tasks and "没有重放" in task.title and task.right == "archive.propose"
    with acting(two.group.sales_a), pytest.raises(NotAllowed):
        end_looking(task_id=task.pk, found="都核对过了", actor=two.group.sales_a, at=NOW)

    client, address = Client(), f"/backups/restored/{task.pk}/"
    assert address in sign_in(client, two.officer.user.username).get("/tasks/").content.decode()
    page = client.get(address).content.decode()
    assert "撤回同意" in page and "删去的附件" in page and "未成年人的查看批准" in page
    assert client.post(address, {"found": ""}).status_code == 422
    assert "都核对过了" not in page
    client.post(address, {"found": "都核对过了，重新办了一件"})
    assert "已办结：都核对过了，重新办了一件" in client.get(address).content.decode()
    with two.seeing():
        task.refresh_from_db()
        assert task.done_by_id == two.officer.user_id
    with acting(two.officer), pytest.raises(Refused):
        end_looking(task_id=task.pk, found="再办一次", actor=two.officer, at=NOW)


def test_a_message_that_was_answered_is_answered_and_its_words_are_gone(two: Two) -> None:
    company = two.group.company_a.pk
    with scope(entities={company}):
        written = Written("refuse", "13900139000", "李女士", "不要再打电话")
        left = leave_message(entity_id=company, written=written, origin="192.0.2.1", at=AT)
        waiting = leave_message(entity_id=company, written=written, origin="192.0.2.1", at=AT)
    with two.afterwards(), acting(two.officer):
        answer_message(message_id=left.pk, outcome="已登记拒收", actor=two.officer, at=LATER)
    carried = two.carried

    assert two.settle().replayed == {"privacy.answers": 1}

    with two.seeing():
        done = Message.objects.get(pk=left.pk)
        assert (done.done_at, done.done_by_id, done.outcome) == (LATER, two.officer.user_id, "已登记拒收")
        assert bytes(done.sealed) == b"" and Message.objects.get(pk=waiting.pk).done_at is None
        tasks = {one.subject_id: one.done_at for one in Task.objects.filter(kind=MESSAGE)}
        assert tasks == {left.pk: NOW, waiting.pk: None}
    two.carried = carried
    assert two.settle().replayed == {}


@pytest.mark.parametrize("allowed_first", [True, False])
def test_who_may_not_look_at_minors_any_more_may_not(two: Two, *, allowed_first: bool) -> None:
    asked = approved(two) if allowed_first else requested(two)
    with two.afterwards():
        if allowed_first:
            with acting(two.officer):
                end_minor_access(access_id=asked.pk, actor=two.officer, at=LATER)
        else:
            decide(two, asked, allows=False, at=LATER)

    # To the newest there is, what was allowed stays; what was taken back doesn't come again.
    assert two.settle(until=None).replayed == {"privacy.shut_minors": 1}

    with two.seeing():
        asked.refresh_from_db()
        assert (asked.ended_at, asked.refused_at) == ((LATER, None) if allowed_first else (None, LATER))
        assert Approval.objects.get(subject_id=asked.pk).state == ("allowed" if allowed_first else "refused")


def test_a_notice_that_was_corrected_is_corrected_again(two: Two) -> None:
    with acting(two.officer):
        wrong = register_earlier_notice(
            entity_id=two.officer.entity_id,
            text=f"{_SHOWN}把您的手机号用于发送促销信息",
            since=date(2023, 5, 1),
            fields=["person.phone"],
            purposes=["marketing"],
            actor=two.officer,
            at=AT,
        )
    with two.afterwards(), acting(two.officer):
        for text, fields in ((f"{_SHOWN}第二页", ["person.phone"]), (f"{_SHOWN}第二页和第三页", ["person.gender"])):
            version = PrivacyNotice.objects.filter(corrected_by=None).exclude(registered_at=None).get().version
            right = correct_earlier_notice(
                entity_id=two.officer.entity_id,
                version=version,
                text=text,
                fields=fields,
                purposes=["service"],
                reason="漏录了第二页",
                actor=two.officer,
                at=LATER,
            )
    carried = two.carried

    assert two.settle().replayed == {"privacy.corrections": 1}

    with two.seeing():
        wrong.refresh_from_db()
        assert wrong.corrected_by_id == right.pk
        again = PrivacyNotice.objects.get(pk=right.pk)
        kept = ("text", "items", "digest", "version", "published_at", "ended_at", "registered_at", "published_by_id")
        assert [getattr(again, one) for one in kept] == [getattr(right, one) for one in kept]
        assert told_of(wrong.pk).reach.keys() == {"service"}
    two.carried = carried
    assert two.settle().replayed == {}
