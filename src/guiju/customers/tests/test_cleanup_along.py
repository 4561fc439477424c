"""Tags, ties and notes are searched for what is held against the law, frozen and deleted like any value (违规数据清理)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.exports import CustomerTable
from guiju.customers.models import BulkAct, Customer, Note
from guiju.customers.relating import Tie
from guiju.customers.selectors.history import history_for
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.ties import ties_of
from guiju.customers.services.bulk import tag_many, undo_bulk
from guiju.customers.services.notes import NoteDetails, add_note, remove_note
from guiju.customers.services.tagging import rename_tag, set_tags
from guiju.customers.services.ties import add_tie, end_tie
from guiju.customers.tests.cleaning import (
    AFTERWARDS,
    LATER,
    activate,
    consent_and_withdraw,
    delete_all,
    freeze_all,
    retire,
    untell,
    use,
)
from guiju.customers.tests.merging import person
from guiju.customers.tests.test_cleanup import data_officer, decide, find, freeze, propose, why
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.exports import LIMITS, report_data
from guiju.privacy.judging import judge_now
from guiju.privacy.registry import KEEPERS
from guiju.privacy.selectors.cleanup import cleanup_for, findings_of, people_of
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import given, publish

TAG = "到店三次"
SAID = "想换一台冷柜"


@pytest.fixture
def li(group: Group) -> Customer:
    """Somebody with a tag, a friend who is a customer too, and something that was said."""
    publish(group)
    found, friend = person(group.sales_a), person(group.sales_a, "王小二")
    with acting(group.sales_a):
        tag_many(customers=[found.pk], tag=TAG, actor=group.sales_a, at=AT)
        add_tie(one_id=found.pk, other_id=friend.pk, kind="introducer", actor=group.sales_a, at=AT)
        add_note(customer_id=found.pk, details=NoteDetails(SAID), actor=group.sales_a, at=AT)
    return found


def shown(group: Group, li: Customer, client: Client) -> str:
    """Everything that shows of somebody: the list, narrowed by the tag, their page, its timeline, the export."""
    sign_in(client, "xiaoshou.a")
    addresses = "", f"?tag={TAG}", f"{li.pk}/", f"{li.pk}/timeline/", f"{li.pk}/?purpose=service"
    pages = [client.get(f"/customers/{one}") for one in addresses]
    assert all(one.status_code == 200 for one in pages)
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(LATER)) as seen:
        rows = [str(row) for row in CustomerTable(seen, seen.customers())]
    return "\n".join(
        [*(one.content.decode().replace(f"tag={TAG}", "").replace(f'value="{TAG}"', "") for one in pages), *rows]
    )


def refused(code: str, act: object, **how: object) -> None:
    with pytest.raises(Refused) as refusal:
        act(**how)  # type: ignore[operator]
    assert refusal.value.code == code


def test_what_is_held_lawfully_is_not_found_and_counted_among_what_was_searched(group: Group, li: Customer) -> None:
    found = find(group)
    assert found.counts == {} and found.records == {"person": 2, "tag": 1, "tie": 2, "note": 1}
    assert found.filled.keys() == {"person.name"}


@pytest.mark.parametrize("name", ["tag.text", "tie.kind", "note.text"])
def test_it_is_found_out_of_use_untold_without_a_purpose_and_withdrawn(group: Group, li: Customer, name: str) -> None:
    record, _, code = name.partition(".")
    retire(group, record)
    assert why(find(group)) == {name: {"active_first"}}
    activate(group, record)
    assert why(find(group)) == {}
    untell(group, name)
    later = AT + timedelta(minutes=3)
    assert why(find(group, at=later)) == {name: {"told_first"}}
    use(group, record, code, {})
    assert "purpose_first" in why(find(group, at=later))[name]


@pytest.mark.parametrize("name", ["tag.text", "note.text"])
def test_a_consent_that_is_withdrawn_takes_it_along(group: Group, li: Customer, name: str) -> None:
    record, _, code = name.partition(".")
    consent_and_withdraw(group, li, record, code)
    assert why(find(group, at=LATER)) == {name: {"consent_first", "delete_after_withdrawal"}}


def test_it_is_judged_as_of_a_day_and_what_was_written_later_is_not(group: Group, li: Customer) -> None:
    later = AT + timedelta(days=2)
    retire(group, "note", at=later)
    assert why(find(group, at=later)) == {"note.text": {"active_first"}}
    assert find(group, at=later, on=day_of(AT)).counts == {}
    before = find(group, at=later, on=day_of(AT) - timedelta(days=1))
    assert before.counts == {} and before.left_out["later"] == 6


def test_of_a_child_it_follows_the_guardians_consent_to_the_name(group: Group) -> None:
    publish(group)
    agreed = [given("service", "person.birthday", by_guardian=True), given("sales", "person.name", by_guardian=True)]
    child = person(group.sales_a, "小禾", birthday="2020-05-01", consents=agreed)
    with acting(group.sales_a):
        tag_many(customers=[child.pk], tag=TAG, actor=group.sales_a, at=AT)
    with acting(data_officer(group)):
        held = KEEPERS["customers.tags"].of(child.entity_id, [child.pk])
        assert [one.flaws for one in judge_now(child.entity_id, at=AT).judge(held)] == [{}]
    use(group, "tag", "text", {"service": "contract"})
    with acting(data_officer(group)):
        [judged] = judge_now(child.entity_id, at=AT).judge(held)
    assert judged.flaws == {"text": ("privacy.guardian_first",)}


def test_frozen_tags_show_nowhere_find_nobody_and_stay_as_they_are(group: Group, li: Customer, client: Client) -> None:
    assert TAG in shown(group, li, client)
    untell(group, "tag.text")
    assert freeze_all(group) == {"tag.text": {"told_first"}}
    assert TAG not in shown(group, li, client)
    me, how = group.sales_a, {"actor": group.sales_a, "at": AFTERWARDS}
    with acting(me):
        with reading(me, purpose="sales", on=day_of(LATER)) as seen:
            lines = [change for line in history_for(seen, seen.customer(li.pk)) for change in line.changes]
        assert lines and TAG not in str(lines)
        refused("subject_frozen", set_tags, customer_id=li.pk, tags=["新的"], **how)
        refused("subject_frozen", tag_many, customers=[li.pk], tag="新的", **how)
        refused("changed_meanwhile", undo_bulk, act_id=BulkAct.objects.get().pk, **how)
    service = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    with acting(service):
        refused("tag_missing", rename_tag, tag=TAG, to="新的", actor=service, at=AFTERWARDS)
        assert Customer.objects.get(pk=li.pk).tags == [TAG]


def test_tags_that_somebody_froze_by_hand_show_in_no_row_either(group: Group, li: Customer, client: Client) -> None:
    officer = data_officer(group)
    assert li.subject_id is not None
    with acting(officer):
        how = {"fields": ["tag.text"], "reason": "争议未决", "actor": officer, "at": AT}
        freeze_subject(subject_id=li.subject_id, **how)  # type: ignore[arg-type]
    assert TAG not in shown(group, li, client)
    sign_in(client, "xiaoshou.a")
    assert li.name in client.get("/customers/").content.decode()


def test_two_people_delete_tags_in_all_copies(group: Group, li: Customer) -> None:
    retire(group, "tag")
    freeze_all(group)
    assert delete_all(group).counts == {"customers.values": 1, "customers.bulk": 1}
    with acting(group.sales_a):
        found = Customer.objects.get(pk=li.pk)
        assert found.tags == [] and found.name == li.name
        assert TAG not in str([one.changes for one in history_of(found)])
        assert not any(one.changes for one in BulkAct.objects.all())


def test_frozen_ties_show_on_neither_side_and_do_not_change(group: Group, li: Customer) -> None:
    untell(group, "tie.kind")
    assert freeze_all(group) == {"tie.kind": {"told_first"}}
    me, how = group.sales_a, {"actor": group.sales_a, "at": AFTERWARDS}
    with acting(me):
        tie = Tie.objects.get()
        assert tie.other_id is not None
        with reading(me, purpose="sales", on=day_of(LATER)) as seen:
            assert [ties_of(seen, seen.customer(one)) for one in (li.pk, tie.other_id)] == [[], []]
        refused("subject_frozen", end_tie, tie_id=tie.pk, **how)
        refused("subject_frozen", add_tie, one_id=li.pk, other_id=tie.other_id, kind="family", **how)
    assert delete_all(group).counts["customers.ties"] >= 1
    with acting(me):
        found = Tie.objects.get()
        assert (found.one_id, found.other_id, found.kind) == (None, None, "")
        changes = [one for version in history_of(found) for one in version.changes if one.field == "kind"]
        assert "introducer" not in str(changes)


def test_frozen_notes_are_read_by_nobody_and_go_with_two(group: Group, li: Customer, client: Client) -> None:
    assert SAID in shown(group, li, client)
    untell(group, "note.text")
    assert freeze_all(group) == {"note.text": {"told_first"}}
    assert SAID not in shown(group, li, client)
    me, how = group.sales_a, {"actor": group.sales_a, "at": AFTERWARDS}
    with acting(me):
        note = Note.objects.get()
        refused("subject_frozen", remove_note, note_id=note.pk, reason="写错了", **how)
        refused("subject_frozen", add_note, customer_id=li.pk, details=NoteDetails("又来过"), **how)
    assert delete_all(group).counts == {"customers.notes": 1}
    with acting(me):
        assert Note.objects.get().content == "（已删除）"
        assert SAID not in str([one.changes for one in history_of(note)])


def test_what_is_lawful_again_is_neither_frozen_nor_deleted(group: Group, li: Customer) -> None:
    retire(group, "tag")
    found = find(group)
    activate(group, "tag")
    assert freeze(group, found).frozen_values == 0
    refused("nothing_chosen", propose, group=group, found=found)


def test_the_report_and_its_lines_say_whose_it_is_and_no_longer_that_it_was_left_out(
    group: Group, li: Customer
) -> None:
    retire(group, "tag")
    found = find(group)
    officer = data_officer(group)
    with acting(officer):
        found = cleanup_for(officer, found.pk)
        said = report_data(found, group.company_a)["text"]
        people = people_of(officer, list(findings_of(officer, found, "tag", "text")), "text")
    assert "客户标签1条" in said and "客户标签的“标签”1项：字段没有启用或者已停用1项" in said
    assert [one.words for one in people] == [("字段没有启用或者已停用",)]
    assert not any("没有逐项的收集记录，不在查找范围" in one for one in LIMITS) and TAG not in said


def test_a_disposal_of_tags_alone_is_decided_by_another_person(group: Group, li: Customer) -> None:
    retire(group, "tag")
    made = propose(group, find(group))
    with acting(group.sales_a):
        assert Customer.objects.get(pk=li.pk).tags == [TAG]
    assert decide(group, made).counts == {"customers.values": 1, "customers.bulk": 1}
