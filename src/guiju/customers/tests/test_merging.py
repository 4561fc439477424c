"""Two customers are one, and two again (合并客户, 撤销合并)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from guiju.archives.models import Hold
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Contact, Customer, Merge, Note
from guiju.customers.selectors.by_phone import subjects_of_phone
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customers import change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.twins import twins_of
from guiju.customers.tests.merging import AFTERWARDS, LATER, firm, merge, part, person, reload
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.files.models import Attachment
from guiju.files.tests.factories import general
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.models import Consent, Subject
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.services.catalogue import FieldDetails, activate_field, propose_field
from guiju.privacy.services.consents import withdraw_consent
from guiju.privacy.tests.factories import data_officer, given, publish

PHONE, OTHER_PHONE = "13800138001", "13900139002"


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def test_one_stays_with_the_chosen_values_and_the_other_leads_to_it(seller: Member) -> None:
    kept = person(seller, phone=PHONE, company="旧单位")
    gone = person(seller, "李晓明", phone=OTHER_PHONE, company="新单位", email="a@example.com")
    merge(kept, gone, seller, "company", "email")
    with acting(seller):
        stays, went = reload(kept, gone)
        assert values_of(stays) == {"name": "李小明", "phone": PHONE, "company": "新单位", "email": "a@example.com"}
        assert stays.origins["company"] == gone.origins["*"]
        assert went.merged_into_id == kept.pk and went.subject_id == stays.subject_id
        assert values_of(went)["phone"] == OTHER_PHONE
        with reading(seller, purpose="sales", on=day_of(LATER)) as seen:
            for words in ("", "李晓明", OTHER_PHONE, OTHER_PHONE[-4:], PHONE):
                assert [one.pk for one in CustomerFilter(words).of(seen.customers(), seen)] == [kept.pk], words
        assert subjects_of_phone(seller.entity_id, OTHER_PHONE) == [stays.subject_id]
        assert twins_of(seller.entity_id, "phone", [OTHER_PHONE])[OTHER_PHONE].since == kept.made_at
        assert history_of(stays)[0].action == history_of(went)[0].action == "customers.merge_customers"


def test_a_merged_customer_takes_no_more_changes(seller: Member) -> None:
    kept, gone = person(seller), person(seller, "李晓明")
    merge(kept, gone, seller)
    with acting(seller), pytest.raises(Refused) as refusal:
        change_customer(customer_id=gone.pk, values={"company": "某店"}, how=How(), actor=seller, at=LATER)
    assert refusal.value.code == "customer_merged"
    with pytest.raises(Refused) as refusal:
        merge(kept, gone, seller)
    assert refusal.value.code == "customer_merged"


def test_contacts_notes_and_tags_go_along_and_come_back(seller: Member) -> None:
    kept, gone = firm(seller), firm(seller, "东方餐饮")
    with acting(seller):
        for customer, name in ((kept, "王一"), (gone, "王二")):
            add_contact(customer_id=customer.pk, values={"name": name}, how=How(), actor=seller, at=AT)
            add_note(customer_id=customer.pk, details=NoteDetails(f"见了{name}", "visit"), actor=seller, at=AT)
        Customer.objects.filter(pk=gone.pk).update(tags=["老客户"])
    made = merge(kept, gone, seller)
    with acting(seller):
        assert set(Contact.objects.filter(customer=kept).values_list("name", flat=True)) == {"王一", "王二"}
        assert Contact.objects.get(customer=kept, is_main=True).name == "王一"
        assert Note.objects.filter(customer=kept).count() == 2
        assert reload(kept)[0].tags == ["老客户"] and reload(kept)[0].last_touch_at is not None
        add_note(customer_id=kept.pk, details=NoteDetails("合并以后说的"), actor=seller, at=LATER + timedelta(hours=1))
    undone = part(made, seller)
    assert undone.left == ["合并以后登记的1条跟进记录留在留下的客户这里"]
    with acting(seller):
        assert Contact.objects.get(customer=gone).is_main and Note.objects.filter(customer=gone).count() == 1
        assert reload(kept)[0].tags == [] and reload(gone)[0].merged_into_id is None


def test_what_was_changed_since_stays_and_is_told(seller: Member) -> None:
    kept = person(seller, phone=PHONE, company="旧单位")
    gone = person(seller, "李晓明", phone=OTHER_PHONE, company="新单位")
    made = merge(kept, gone, seller, "phone", "company")
    with acting(seller):
        change_customer(customer_id=kept.pk, values={"company": "第三家"}, how=How(), actor=seller, at=LATER)
    undone = part(made, seller)
    assert undone.left == ["“所在单位”合并以后改过，没有恢复"]
    with acting(seller):
        stays, went = reload(kept, gone)
        assert values_of(stays) == {"name": "李小明", "phone": PHONE, "company": "第三家"}
        assert values_of(went)["company"] == "新单位" and went.subject_id != stays.subject_id
        with pytest.raises(Refused) as refusal:
            part(made, seller)
        assert refusal.value.code == "undone_already"


def test_a_withdrawal_on_either_ends_what_was_agreed_to_before_it(seller: Member) -> None:
    kept = person(seller, phone=PHONE, consents=[given("marketing")])
    gone = person(seller, "李晓明", phone=OTHER_PHONE, consents=[given("marketing")])
    with acting(seller):
        consent = Consent.objects.get(subject=gone.subject)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=AT + timedelta(minutes=5))
    made = merge(kept, gone, seller)
    with acting(seller):
        assert kept.subject_id and not standing_of(kept.subject_id).given
    part(made, seller)
    with acting(seller):
        assert standing_of(kept.subject_id).given == {("marketing", "")}
        assert gone.subject_id and not standing_of(gone.subject_id).given


def test_what_somebody_agreed_to_after_their_no_holds(seller: Member) -> None:
    kept = person(seller, consents=[given("marketing", at=AT + timedelta(minutes=9))], at=AT + timedelta(minutes=9))
    gone = person(seller, "李晓明", consents=[given("marketing")])
    with acting(seller):
        consent = Consent.objects.get(subject=gone.subject)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=AT + timedelta(minutes=5))
    merge(kept, gone, seller)
    with acting(seller):
        assert kept.subject_id and standing_of(kept.subject_id).given == {("marketing", "")}


def test_one_withdrawal_is_enough_where_both_had_consented(seller: Member) -> None:
    kept, gone = person(seller, consents=[given()]), person(seller, "李晓明", consents=[given()])
    made = merge(kept, gone, seller)
    with acting(seller):
        consent, _ = Consent.objects.filter(subject=kept.subject, ended_at=None)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=LATER + timedelta(minutes=1))
        assert kept.subject_id and not standing_of(kept.subject_id).given
    undone = part(made, seller)
    assert any("营销" in one for one in undone.left)
    with acting(seller):
        for one in (kept, gone):
            assert one.subject_id and not standing_of(one.subject_id).given


def test_holds_and_freezes_reach_both(group: Group, seller: Member) -> None:
    kept, gone = person(seller, phone=PHONE), person(seller, "李晓明", phone=OTHER_PHONE)
    officer = data_officer(group)
    with acting(officer):
        assert gone.subject_id is not None
        hold = place_hold(
            entity_id=gone.entity_id,
            subject_id=gone.subject_id,
            sort="dispute",
            reason="消费争议待处理",
            actor=officer,
            at=AT,
        )
        Subject.objects.filter(pk=gone.subject_id).update(
            frozen_fields={"person.phone": {"since": AT.isoformat(), "because": "有争议"}}
        )
    with pytest.raises(Refused) as refusal:
        merge(kept, gone, seller, "phone")
    assert refusal.value.code == "value_frozen"
    made = merge(kept, gone, seller)
    with acting(officer):
        assert Hold.objects.get(pk=hold.pk).subject_id == kept.subject_id
        assert reload(kept)[0].is_frozen("phone")
        later = place_hold(
            entity_id=kept.entity_id,
            subject_id=kept.subject_id,  # type: ignore[arg-type]
            sort="litigation",
            reason="诉讼需要保留",
            actor=officer,
            at=AFTERWARDS,
        )
    with pytest.raises(Refused) as refusal:
        part(made, seller)
    assert refusal.value.code == "held_meanwhile"
    with acting(officer):
        Hold.objects.filter(pk=later.pk).update(lifted_at=AFTERWARDS)
    part(made, seller)
    with acting(officer):
        assert Hold.objects.get(pk=hold.pk).subject_id == gone.subject_id
        assert not reload(kept)[0].is_frozen("phone") and reload(gone)[0].is_frozen("phone")


def test_who_was_erased_meanwhile_is_not_two_people_again(group: Group, seller: Member) -> None:
    kept, gone = person(seller), person(seller, "李晓明")
    made = merge(kept, gone, seller)
    with acting(seller):
        Customer.objects.filter(pk__in=[kept.pk, gone.pk]).update(erased_at=LATER)
    with pytest.raises(Refused) as refusal:
        part(made, seller)
    assert refusal.value.code == "erased_meanwhile"


def test_only_the_last_merge_is_undone(seller: Member) -> None:
    first, second, third = person(seller, "甲"), person(seller, "乙"), person(seller, "丙")
    one = merge(first, second, seller)
    other = merge(first, third, seller, at=LATER + timedelta(minutes=1))
    with pytest.raises(Refused) as refusal:
        part(one, seller)
    assert refusal.value.code == "merged_since"
    part(other, seller)
    part(one, seller)
    with acting(seller):
        assert len({row.subject_id for row in reload(first, second, third)}) == 3


def test_a_person_and_a_company_are_not_one_nor_is_one_customer(seller: Member) -> None:
    one, company = person(seller), firm(seller)
    for kept, gone, code in ((one, company, "merge_kinds"), (one, one, "merge_itself")):
        with pytest.raises(Refused) as refusal:
            merge(kept, gone, seller)
        assert refusal.value.code == code


def test_nothing_is_merged_across_companies_or_without_the_right(group: Group, seller: Member) -> None:
    publish(group, group.company_b)
    mine, theirs = person(seller), person(group.sales_b)
    for actor in (seller, group.sales_b):
        with pytest.raises(Missing):
            merge(mine, theirs, actor)
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    other = person(colleague)
    with pytest.raises(Missing):
        merge(mine, other, seller)
    with acting(seller):
        assert not Merge.objects.exists()
    with pytest.raises((Missing, NotAllowed)):
        merge(mine, person(seller), data_officer(group))


def test_files_go_along_and_come_back(seller: Member) -> None:
    kept, gone = person(seller, phone=PHONE), person(seller, "李晓明", phone=OTHER_PHONE)
    file = general(seller, gone)
    made = merge(kept, gone, seller)
    with acting(seller):
        stays, _ = reload(kept, gone)
        row = Attachment.objects.get(pk=file.pk)
        assert (row.owner_id, row.subject_id) == (kept.pk, stays.subject_id)
        assert history_of(row)[0].action == "customers.merge_customers"
    assert part(made, seller).left == []
    with acting(seller):
        row = Attachment.objects.get(pk=file.pk)
        assert (row.owner_id, row.subject_id) == (gone.pk, gone.subject_id)


def test_whoever_was_merged_before_stays_the_same_person_and_goes_with_them(seller: Member) -> None:
    first, second, third = (
        person(seller, phone=PHONE),
        person(seller, "李晓明", phone=OTHER_PHONE),
        person(seller, "李小朋"),
    )
    merge(second, first, seller)
    made = merge(third, second, seller, at=LATER + timedelta(hours=1))
    with acting(seller):
        one, two, three = reload(first, second, third)
        assert one.subject_id == two.subject_id == three.subject_id
        assert subjects_of_phone(seller.entity_id, PHONE) == [three.subject_id]
    part(made, seller)
    with acting(seller):
        one, two, three = reload(first, second, third)
        assert one.subject_id == two.subject_id == second.subject_id != three.subject_id == third.subject_id


def test_nobody_comes_of_age_by_being_merged(seller: Member) -> None:
    consents = [given("service"), given("sales")]
    adult = person(seller, consents=consents, birthday="1990-01-01")
    guarded = [given("service", by_guardian=True), given("sales", by_guardian=True)]
    child = person(seller, "小禾", consents=guarded, birthday="2015-05-01")
    for kept, gone, taken in ((adult, child, ()), (child, adult, ("birthday",))):
        with pytest.raises(Refused, match="未满十八周岁") as refusal:
            merge(kept, gone, seller, *taken)
        assert refusal.value.code == "merge_older"


def test_consents_of_both_stay_apart_with_their_own_notice_and_proof_and_hold_as_far_as_both_go(
    group: Group, seller: Member
) -> None:
    kept = person(seller, consents=[replace(given(), proof="登记表 1 号")])
    officer = data_officer(group)
    with acting(officer):
        hobby = FieldDetails("爱好", uses={"marketing": "consent"}, retention=12)
        row = propose_field(entity_id=officer.entity_id, record_kind="person", details=hobby, actor=officer, at=AT)
        activate_field(entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT)
    publish(group, at=AT + timedelta(minutes=1))
    later = AT + timedelta(minutes=2)
    gone = person(seller, "李晓明", consents=[replace(given(at=later), proof="登记表 2 号")], at=later)
    name = f"person.{row.code}"
    with acting(seller):
        assert gone.subject_id and standing_of(gone.subject_id).agrees("marketing", name)
    made = merge(kept, gone, seller)
    with acting(seller):
        both = Consent.objects.filter(subject=kept.subject, ended_at=None).order_by("given_at")
        assert [(one.proven_by, one.notice.version) for one in both] == [("登记表 1 号", 1), ("登记表 2 号", 2)]
        now = standing_of(both[0].subject_id)
        assert now.agrees("marketing", "person.phone") and not now.agrees("marketing", name)
    part(made, seller)
    with acting(seller):
        assert standing_of(gone.subject_id).agrees("marketing", name)
        assert kept.subject_id and not standing_of(kept.subject_id).agrees("marketing", name)
    again = AFTERWARDS + timedelta(minutes=1)
    merge(kept, gone, seller, at=again)
    with acting(seller):
        anew = replace(given(at=again), proof="登记表 3 号")
        record_customer_consent(customer_id=kept.pk, consents=[anew], actor=seller, at=again)
        assert standing_of(kept.subject_id).agrees("marketing", name)
