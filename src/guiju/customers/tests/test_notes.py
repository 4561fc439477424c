"""What happens with a customer is written down; numbers that have a field don't stand in it (跟进)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given as examples
from hypothesis import strategies as st

from guiju.customers.models import Customer, Note
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import timeline_of
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, SavedNote, add_note, remove_note
from guiju.customers.values import values_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.registry import Treatment
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.scanning import masked_text, spots_in
from guiju.privacy.services.catalogue import activate_field, assess_field
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

IDENTITY = "110101199003077571"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        return add_customer(kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT).customer


def write(member: Member, customer: Customer, text: str, **more: object) -> SavedNote:
    with acting(member):
        details = NoteDetails(text, **more)  # type: ignore[arg-type]
        return add_note(customer_id=customer.pk, details=details, actor=member, at=AT)


def told(member: Member, customer: Customer) -> list[str]:
    with acting(member), reading(member, purpose="sales", on=day_of(AT)) as seen:
        return [event.text for event in timeline_of(seen, seen.customer(customer.pk))]


def test_an_identity_number_is_masked_or_moved_and_never_kept(group: Group, li: Customer) -> None:
    text = f"客户来电，身份证{IDENTITY}，要开发票"
    with pytest.raises(Refused) as refusal:
        write(group.sales_a, li, text)
    assert [one.code for one in refusal.value.problems] == ["note_sensitive"]
    assert write(group.sales_a, li, text, treat="mask").note.content == "客户来电，身份证110***********7571，要开发票"
    moved = write(group.sales_a, li, text, treat="move")
    assert IDENTITY not in moved.note.content
    assert {one.code for one in moved.refused} == {"privacy.active_first", "privacy.told_first"}


def test_a_text_that_is_far_too_long_is_refused_before_it_is_searched(group: Group, li: Customer) -> None:
    with pytest.raises(Refused) as refusal:
        write(group.sales_a, li, "13900139000 " * 400_000)
    assert [one.code for one in refusal.value.problems] == ["text_long"]


def test_the_log_says_that_a_note_changed_and_not_what_stood_in_it(group: Group, li: Customer, client: Client) -> None:
    note = write(group.sales_a, li, "改打 13900139000 找他太太").note
    sign_in(client, "shenji")
    page = client.get(f"/evidence/records/customers.note/{note.pk}/").content.decode()
    assert "13900139000" not in page and "找他太太" not in page and "日志里不显示" in page


def test_a_phone_in_a_note_is_shown_as_the_matrix_says(group: Group, li: Customer) -> None:
    write(group.sales_a, li, "改打 13900139000 找他太太")
    assert told(group.sales_a, li) == ["改打 13900139000 找他太太"]
    assert told(data_officer(group), li) == ["改打 139****9000 找他太太"]


def test_a_note_says_when_the_customer_was_spoken_to_and_when_it_goes_on(group: Group, li: Customer) -> None:
    soon = day_of(AT) + timedelta(days=3)
    write(group.sales_a, li, "约了下周看样", way="call", next_on=soon)
    with acting(group.sales_a):
        li.refresh_from_db()
    assert (li.last_touch_at, li.next_touch_on) == (AT, soon)
    write(group.sales_a, li, "备注一下")
    with acting(group.sales_a):
        li.refresh_from_db()
    assert (li.last_touch_at, li.next_touch_on) == (AT, None)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"next_on": day_of(AT) - timedelta(days=1)}, "next_past"),
        ({"at": AT + timedelta(hours=1)}, "at_future"),
        ({"way": "telepathy"}, "way_unknown"),
    ],
)
def test_impossible_notes_are_named(group: Group, li: Customer, more: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        write(group.sales_a, li, "x", **more)
    assert [one.code for one in refusal.value.problems] == [code]


def test_only_its_writer_takes_a_note_away_and_says_why(group: Group, li: Customer) -> None:
    note = write(group.sales_a, li, "写错了人").note
    service = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    with acting(service), pytest.raises(NotAllowed):
        remove_note(note_id=note.pk, reason="x", actor=service, at=AT)
    with acting(group.sales_a):
        with pytest.raises(Refused):
            remove_note(note_id=note.pk, reason=" ", actor=group.sales_a, at=AT)
        remove_note(note_id=note.pk, reason="写错了人", actor=group.sales_a, at=AT)
    assert told(group.sales_a, li) == []


def test_the_page_points_it_out_while_one_types_and_asks_what_to_do(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    text = f"身份证{IDENTITY}，孩子5岁，对花生过敏"
    page = client.post("/customers/notes/scan/", {"text": text}).content.decode()
    assert all(word in page for word in ("身份证件", "医疗健康", "未成年人信息"))
    address = f"/customers/{li.pk}/notes/add/"
    asked = client.post(address, {"way": "note", "text": text})
    assert asked.status_code == 422 and "遮盖后保存" in asked.content.decode()
    client.post(address, {"way": "note", "text": text, "treat": "mask"})
    assert "110***********7571" in client.get(f"/customers/{li.pk}/").content.decode()
    with acting(group.sales_a):
        note = Note.objects.get()
    client.post(f"/customers/notes/{note.pk}/remove/", {"reason": "重复"})
    assert "110***********7571" not in client.get(f"/customers/{li.pk}/").content.decode()


def health_in_use(group: Group, li: Customer) -> None:
    """The field 健康与体质 assessed, told of, and consented to by this customer."""
    officer = data_officer(group)
    lawyer = join(group.company_a, "legal", "fawu.a", group.system_admin, group.security_admin)
    answers = dict.fromkeys(("necessity", "impact", "measures"), "配餐时避免伤害，只给服务人员看，加密存储")
    with acting(officer):
        known = {"entity_id": officer.entity_id, "record_kind": "person", "code": "health", "actor": officer, "at": AT}
        made = assess_field(**known, **answers)  # type: ignore[arg-type]
        approval = Approval.objects.get(subject_id=made.pk)
    with acting(lawyer):
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=lawyer, at=AT)
    with acting(officer):
        activate_field(**known)  # type: ignore[arg-type]
    publish(group)
    with acting(group.sales_a):
        record_customer_consent(
            customer_id=li.pk,
            consents=[given("service", "person.health")],
            actor=group.sales_a,
            at=AT + timedelta(minutes=1),
        )


def test_what_is_said_of_health_shows_to_who_may_see_it_and_to_others_for_a_reason(
    group: Group, li: Customer, client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    sent = {"way": "call", "text": "对花生过敏，约周五到店"}
    page = client.post(f"/customers/{li.pk}/notes/add/", sent, follow=True).content.decode()
    assert "里面的医疗健康显示时按权限遮盖" in page
    assert "花生" not in page and "***，约周五到店" in page and "看医疗健康" in page
    client.post(f"/customers/{li.pk}/unmask/health/", {"reason": "安排配餐"})
    assert "对花生过敏，约周五到店" in client.get(f"/customers/{li.pk}/").content.decode()


def test_what_is_said_of_health_is_moved_to_its_field_where_that_may_be(group: Group, li: Customer) -> None:
    text = "约周五到店，对花生过敏"
    kept = write(group.sales_a, li, text, treat="move")
    assert kept.note.content == text and kept.masked == ("医疗健康",)
    assert {one.field for one in kept.refused} == {"health"}
    health_in_use(group, li)
    moved = write(group.sales_a, li, text, treat="move")
    assert (moved.note.content, moved.masked, moved.refused) == ("约周五到店，（已移到健康与体质）", (), ())
    write(group.sales_a, li, "换季皮肤过敏", treat="move")
    with acting(group.sales_a):
        li.refresh_from_db()
        assert values_of(li)["health"] == "对花生过敏；换季皮肤过敏"


def test_the_page_offers_to_move_what_has_a_field(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    assert "移到它自己的字段" in client.post("/customers/notes/scan/", {"text": "对花生过敏"}).content.decode()
    assert "移到" not in client.post("/customers/notes/scan/", {"text": "改打 13900139000"}).content.decode()


@examples(st.text(st.sampled_from("一二 0123456789Xx@a.，")))
def test_a_masked_text_holds_no_number_that_was_found_in_it(text: str) -> None:
    masked = masked_text(text, lambda category: Treatment.MASKED)
    for spot in spots_in(text):
        if spot.category in ("id_card", "bank_card", "phone"):
            assert text[spot.start : spot.end] not in masked or text.count(text[spot.start : spot.end]) > 1
