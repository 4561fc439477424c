"""Another company of the group gets what the person agreed to be given to it, and nothing else (对提供的单独同意)."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import timeline_of
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.ties import add_tie
from guiju.database.scope import scope
from guiju.files.services.attachments import open_attachment
from guiju.files.tests.factories import PDF, general
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member, Relation, Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.relations import RelationDetails, agree_relation, confirm_relation
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import ASSESSED, AT, Group, join, sign_in
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.selectors.provisions import provisions_for
from guiju.privacy.services.consents import GivenConsent, withdraw_consent
from guiju.privacy.services.notices import publish_notice
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import data_officer, given, publish

MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(group: Group) -> Member:
    """Somebody at headquarters who may see the customers of the companies below, where a relation opens them."""
    role = Role.objects.get(code="compliance")
    role.rights |= {"customer.read": "subtree", "file.read": "subtree", "file.unmask": "subtree"}
    role.treatments |= {"customer.phone": "clear"}
    Role.objects.filter(pk=role.pk).update(rights=role.rights, treatments=role.treatments)
    group.compliance.__dict__.pop("_rights", None)
    return group.compliance


def relate(group: Group, sort: str) -> Relation:
    """Company A opens its customers to headquarters, for selling, with phones."""
    one, other = (
        join(group.headquarters, "legal", name, group.system_admin, group.security_admin)
        for name in ("fawu.1", "fawu.2")
    )
    day = day_of(AT)
    details = RelationDetails(
        group.company_a.pk,
        group.headquarters.pk,
        sort,
        ("sales",),
        "客户推荐协议 1 号",
        day,
        day + timedelta(days=365),
        ("customer.phone",),
        has_separate_consent=True,
        answers=ASSESSED,
    )
    with acting(one):
        made = agree_relation(details=details, actor=one, at=AT)
    with acting(other):
        return confirm_relation(relation_id=made.pk, actor=other, at=AT)


@pytest.fixture
def two(group: Group, reader: Member) -> tuple[Customer, Customer]:
    """Two customers of a company that provides to headquarters, and has told them so."""
    publish(group, group.headquarters)
    relate(group, "provide")
    publish(group)
    with acting(group.sales_a):
        return tuple(  # type: ignore[return-value]
            add_customer(
                kind="person", values={"name": name, "phone": phone}, how=How(), actor=group.sales_a, at=AT
            ).customer
            for name, phone in (("李小明", "13800138000"), ("王芳", "13800138001"))
        )


def agree(group: Group, customer: Customer, at: datetime = AT) -> Consent:
    with acting(group.sales_a):
        agreed = GivenConsent("sales", Channel.PAPER, "同意书 9 号", at, recipient_id=group.headquarters.pk)
        [made] = record_customer_consent(customer_id=customer.pk, consents=[agreed], actor=group.sales_a, at=at)
    return made


def seen_by(reader: Member) -> dict[str, str]:
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        rows = list(seen.customers().filter(entity_id__in=seen.sight.entities))
        cells = seen.cells(rows)
        return {row.shown_name: cells[row.pk]["phone"].text for row in rows}


def test_only_who_agreed_to_the_recipient_is_seen_by_it(group: Group, reader: Member, two) -> None:
    li, wang = two
    assert seen_by(reader) == {}
    consent = agree(group, li)
    assert (consent.kind, consent.recipient_id) == ("separate", group.headquarters.pk)
    assert seen_by(reader) == {"李小明": "13800138000"}
    # Another purpose, or the company's own marketing, is not that.
    with acting(group.sales_a):
        record_customer_consent(customer_id=wang.pk, consents=[given()], actor=group.sales_a, at=AT)
    assert seen_by(reader) == {"李小明": "13800138000"}
    with acting(group.sales_a):
        withdraw_consent(consent_id=consent.pk, actor=group.sales_a, at=AT + MINUTE)
    assert seen_by(reader) == {}


def unname(group: Group, *names: str) -> None:
    """As though the notice had not told that the recipient gets these fields."""
    with acting(group.sales_a):
        notice = PrivacyNotice.objects.get(entity=group.company_a)
        notice.recipients[0]["fields"] = [one for one in notice.recipients[0]["fields"] if one not in names]
        PrivacyNotice.objects.filter(pk=notice.pk).update(recipients=notice.recipients)


def test_the_recipient_gets_no_more_than_the_notice_named_when_the_person_agreed(
    group: Group, reader: Member, two, client: Client
) -> None:
    unname(group, "person.phone")
    agree(group, two[0])
    publish(group, at=AT + MINUTE)
    assert seen_by(reader) == {"李小明": ""}
    sign_in(client, "xiaoshou.a")
    page = client.get("/customers/wanting/?source=notice").content.decode()
    assert "提供给甲乙集团有限公司，用于销售跟进" in page and "手机" in page
    asked = client.post("/customers/wanting/ask/", {"customer": str(two[0].pk)}).content.decode()
    assert "/consent/" in asked


def test_the_recipient_reads_no_notes_that_it_was_not_given(group: Group, reader: Member, two) -> None:
    def read(customer: Customer) -> str:
        with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
            return str(timeline_of(seen, seen.customer(customer.pk)))

    li, wang = two
    unname(group, "note.text")
    agree(group, wang)
    publish(group, at=AT + MINUTE)
    with acting(group.sales_a):
        for one in two:
            add_note(customer_id=one.pk, details=NoteDetails("预算五万"), actor=group.sales_a, at=AT)
    assert "预算五万" not in read(wang)
    agree(group, li, at=AT + MINUTE)
    assert "预算五万" in read(li)


def test_who_is_entrusted_needs_nobodys_consent(group: Group, reader: Member) -> None:
    relate(group, "entrust")
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT)
    assert seen_by(reader) == {"李小明": "13800138000"}


def test_the_notice_names_the_recipient_and_how_to_reach_it(group: Group, reader: Member) -> None:
    relate(group, "provide")
    officer = data_officer(group)
    with acting(officer), pytest.raises(Refused) as refusal:
        publish_notice(entity_id=group.company_a.pk, contact="400", actor=officer, at=AT)
    assert refusal.value.code == "recipient_contact"
    publish(group, group.headquarters)
    text = publish(group).text
    assert re.search(r"甲乙集团有限公司（提供），联系方式：400-000-0000 客服中心：用于销售跟进；处理方式：.*手机", text)
    assert "另外取得您对它的单独同意" in text


@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_is_given_to_the_recipient_where_the_notice_named_files(
    group: Group, reader: Member, two, is_named: bool
) -> None:
    li, _ = two
    row = general(group.sales_a, li)
    if not is_named:
        unname(group, "file.content")
    agree(group, li)
    with acting(reader):
        if is_named:
            _, content = open_attachment(attachment_id=row.pk, purpose="sales", actor=reader, at=AT)
            assert b"".join(content) == PDF
            return
        with pytest.raises(Refused) as refusal:
            open_attachment(attachment_id=row.pk, purpose="sales", actor=reader, at=AT)
    assert refusal.value.code == "giving_unconsented"


def test_people_are_asked_about_each_recipient_and_withdraw_it_alone(
    group: Group, two, client: Client, settings
) -> None:
    li, _ = two
    sign_in(client, "xiaoshou.a")
    choice = f"{group.headquarters.pk}:sales"
    address = f"/customers/{li.pk}/ask/"
    assert "把您的信息提供给甲乙集团有限公司" in client.get(address).content.decode()
    asked = client.post(address, {"givings": [choice], "purposes": ["marketing"]}).content.decode()
    secret = re.search(r"/consent/([\w-]+)/", asked)[1]  # type: ignore[index]
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger = Client()
    page = stranger.get(f"/consent/{secret}/").content.decode()
    assert "把您的信息提供给甲乙集团有限公司（联系方式：400-000-0000 客服中心），用于销售跟进" in page
    done = stranger.post(f"/consent/{secret}/", {"q0": "yes", "q1": "yes"}).content.decode()
    assert "提供给甲乙集团有限公司，用于销售跟进" in done
    with acting(group.sales_a):
        giving = Consent.objects.get(subject=li.subject, recipient_id=group.headquarters.pk)
    assert "已撤回" in stranger.post(f"/consent/{secret}/", {"withdraw": str(giving.pk)}).content.decode()
    with acting(group.sales_a):
        [left] = Consent.objects.filter(subject=li.subject, ended_at=None)
    assert (left.purpose, left.recipient_id) == ("marketing", None)


def test_staff_record_it_on_the_page(group: Group, two, client: Client) -> None:
    li, _ = two
    sign_in(client, "xiaoshou.a")
    said = {"givings": [f"{group.headquarters.pk}:sales"], "proof": "同意书 5 号"}
    client.post(f"/customers/{li.pk}/consents/add/", said)
    assert "提供给甲乙集团有限公司，用于销售跟进" in client.get(f"/customers/{li.pk}/").content.decode()


GUARDIAN = {"by_guardian": "on", "guardian_name": "王芳", "guardian_relation": "母亲"}


def test_a_guardian_agrees_to_a_recipient_on_the_same_form_as_to_the_fields(group: Group, two, client: Client) -> None:
    asked = given("service", "person.name", "person.birthday", by_guardian=True)
    with acting(group.sales_a):
        values = {"name": "小禾", "birthday": "2020-05-01"}
        child = add_customer(
            kind="person", values=values, how=How(consents=[asked]), actor=group.sales_a, at=AT
        ).customer
    sign_in(client, "xiaoshou.a")
    address, choice = f"/customers/{child.pk}/consents/add/", f"{group.headquarters.pk}:sales"
    assert choice in client.get(address).content.decode()
    assert client.post(address, {"givings": [choice], "proof": "同意书 5 号", **GUARDIAN}).status_code == 302
    with acting(group.sales_a):
        agreed = Consent.objects.get(subject=child.subject, recipient=group.headquarters)
    assert agreed.by_guardian and agreed.purpose == "sales"


@pytest.mark.parametrize("by_guardian", [False, True])
def test_what_a_child_agreed_to_alone_gives_nothing_away(group: Group, reader: Member, two, by_guardian: bool) -> None:
    """Agreed to while nobody knew how old they are."""
    child = two[0]
    consent = agree(group, child)
    with acting(group.sales_a):
        agreed = [
            given("sales", "person.name", "person.phone", by_guardian=True),
            given("service", "person.birthday", by_guardian=True),
        ]
        change_customer(
            customer_id=child.pk,
            values={"birthday": "2020-05-01"},
            how=How(consents=agreed),
            actor=group.sales_a,
            at=AT + MINUTE,
        )
        Consent.objects.filter(pk=consent.pk).update(by_guardian=by_guardian)
    assert len(seen_by(reader)) == int(by_guardian)
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        child = Customer.objects.select_related("subject").get(pk=child.pk)
        assert bool(seen.cells_of(child)["phone"].text) == by_guardian


def test_who_consented_before_a_recipient_was_named_is_asked_about_it(
    group: Group, reader: Member, client: Client, settings
) -> None:
    publish(group, group.headquarters)
    publish(group)
    with acting(group.sales_a):
        how = How(consents=[given("marketing"), given("service")])
        li = add_customer(kind="person", values={"name": "李小明"}, how=how, actor=group.sales_a, at=AT).customer
        add_customer(kind="person", values={"name": "王芳"}, how=How(), actor=group.sales_a, at=AT)
    relate(group, "provide")
    publish(group, at=AT + MINUTE)
    sign_in(client, "xiaoshou.a")
    listed = "提供给甲乙集团有限公司，用于销售跟进"
    page = client.get("/customers/wanting/?source=notice").content.decode()
    assert page.count(listed) == 1 and "王芳" not in page
    asked = client.post("/customers/wanting/ask/", {"customer": str(li.pk)}).content.decode()
    secret = re.search(r"/consent/([\w-]+)/", asked)[1]  # type: ignore[index]
    assert "等待答复" in client.get("/customers/wanting/?source=notice").content.decode()
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    assert "已收到您的答复" in Client().post(f"/consent/{secret}/", {"q0": "no"}).content.decode()
    settings.ROOT_URLCONF = "guiju.project.urls"
    # Whoever has said no isn't on the list any more.
    assert listed not in client.get("/customers/wanting/?source=notice").content.decode()


@pytest.mark.parametrize(
    ("unnamed", "finds"), [("", [1, 1, 1]), ("person.name", [0, 0, 1]), ("person.phone", [1, 1, 0])]
)
def test_nobody_is_found_by_what_was_not_given(
    group: Group, reader: Member, two, unnamed: str, finds: list[int]
) -> None:
    unname(group, unnamed)
    agree(group, two[0])
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        found = [CustomerFilter(words).of(seen.customers(), seen).count() for words in ("李小明", "lxm", "13800138000")]
    assert found == finds


def test_no_company_is_found_by_the_phone_of_a_contact_that_was_not_given(group: Group, reader: Member, two) -> None:
    with acting(group.sales_a):
        values = {"name": "某某公司"}
        firm = add_customer(kind="company", values=values, how=How(), actor=group.sales_a, at=AT).customer
        values = {"name": "张经理", "phone": "13700137000"}
        add_contact(customer_id=firm.pk, values=values, how=How(), actor=group.sales_a, at=AT)
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        assert list(CustomerFilter("某某").of(seen.customers(), seen)) == [firm]
        assert not CustomerFilter("13700137000").of(seen.customers(), seen).exists()


@pytest.mark.parametrize("sort", ["entrust", "provide"])
def test_a_notice_names_no_recipient_of_whom_no_assessment_is_on_record(group: Group, sort: str) -> None:
    """个人信息保护法 第五十五条第三项; relations of before have none."""
    publish(group, group.headquarters)
    made = relate(group, sort)
    with scope(entities={group.company_a.pk}):
        Relation.objects.filter(pk=made.pk).update(assessed_at=None)
    with pytest.raises(Refused) as refusal:
        publish(group)
    assert refusal.value.code == "organisations.assessment_before_giving"
    assert group.headquarters.name in refusal.value.sentence
    with scope(entities={group.company_a.pk}):
        Relation.objects.filter(pk=made.pk).update(assessed_at=AT)
    assert publish(group).recipients


def noted(group: Group) -> set[str]:
    officer = data_officer(group)
    with acting(officer):
        return {name for row in provisions_for(officer) for name in row.fields}


def test_notes_tags_ties_and_files_that_another_company_saw_stand_in_the_record(
    group: Group, reader: Member, two, client: Client
) -> None:
    li, wang = two
    row = general(group.sales_a, li)
    with acting(group.sales_a):
        add_note(customer_id=li.pk, details=NoteDetails("预算五万"), actor=group.sales_a, at=AT)
        tag_many(customers=[li.pk], tag="展会", actor=group.sales_a, at=AT)
    for one in (li, wang):
        agree(group, one)
    sign_in(client, reader.user.username)
    assert "王芳" in client.get(f"/customers/{wang.pk}/").content.decode()
    assert noted(group) == {"person.name", "person.phone"}
    with acting(group.sales_a):
        add_tie(one_id=li.pk, other_id=wang.pk, kind="family", actor=group.sales_a, at=AT)
    page = client.get(f"/customers/{li.pk}/").content.decode()
    assert "家人" in page and "预算五万" in page and "展会" in page and row.name in page
    assert noted(group) == {"person.name", "person.phone", "note.text", "tag.text", "tie.kind", "file.content"}


def test_a_file_that_another_company_opened_stands_in_the_record(group: Group, reader: Member, two) -> None:
    row = general(group.sales_a, two[0])
    agree(group, two[0])
    assert noted(group) == set()
    with acting(reader):
        _, content = open_attachment(attachment_id=row.pk, purpose="sales", actor=reader, at=AT)
        assert b"".join(content) == PDF
    assert noted(group) == {"file.content"}


def test_what_a_part_of_a_page_reads_by_itself_takes_nothing_out_of_the_record(
    group: Group, reader: Member, two
) -> None:
    li = two[0]
    agree(group, li)
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        seen.cells(seen.customers().filter(pk=li.pk))
        with reading(reader, purpose="sales", on=day_of(AT)) as part:
            part.named(part.customers().filter(pk=li.pk))
    assert noted(group) == {"person.name", "person.phone"}


def test_what_each_agreed_to_is_asked_once_for_all_rows(group: Group, reader: Member, two) -> None:
    def asked(*customers: Customer) -> int:
        with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
            rows = list(seen.customers().filter(pk__in=[one.pk for one in customers]))
            assert len(rows) == len(customers)
            with CaptureQueriesContext(connection) as statements:
                seen.cells(rows)
        return len(statements)

    for one in two:
        agree(group, one)
    asked(*two)
    assert asked(two[0]) == asked(*two)


def test_what_another_company_saw_stands_with_the_company_that_gave_it(
    group: Group, reader: Member, two, client: Client
) -> None:
    """By `note_provided`: of whom, which fields, for what, to whom, when; and nothing of who was not shown."""
    li, _ = two
    seen_by(reader)
    agree(group, li)
    seen_by(reader)
    officer = data_officer(group)
    with acting(officer):
        [row] = provisions_for(officer)
        assert (row.entity_id, row.receiver_id, row.by_id) == (li.entity_id, reader.entity_id, reader.user_id)
        assert (row.records, row.purpose, row.is_provided) == ([str(li.pk)], "sales", True)
        assert row.fields == ["person.name", "person.phone"]
    sign_in(client, officer.user.username)
    page = client.get("/catalogue/provisions/").content.decode()
    assert group.headquarters.name in page and "姓名、手机" in page and "李小明" not in page
    assert 'href="/tables/provisions/"' in page
    made = client.get("/tables/provisions/")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(made.streaming_content))).active  # type: ignore[attr-defined]
    _, header, line = ([cell.value for cell in one] for one in sheet)
    assert header[1] == "接收方" and (line[1], line[5], line[6]) == (group.headquarters.name, "姓名、手机", 1)
    # One's own people are nobody's business but the company's.
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
        seen.cells(seen.customers())
    with acting(officer):
        assert provisions_for(officer).count() == 1
        secret = create_token(member=officer, name="x", days=1, at=timezone.now())
    answer = Client().get("/api/v1/provisions", headers={"Authorization": f"Bearer {secret}"})
    assert [one["records"] for one in answer.json()] == [[str(li.pk)]]
    with acting(group.sales_a), pytest.raises(NotAllowed):
        provisions_for(group.sales_a)
