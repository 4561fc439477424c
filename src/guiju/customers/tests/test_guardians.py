"""Guardians are asked for children: for what the record is held for, never for marketing (监护人的同意)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer, Wanting
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import timeline_of
from guiju.customers.selectors.using import usable_values
from guiju.customers.selectors.wanting import lines_of_wanting, wanting_of
from guiju.customers.services.asking import ask_wanted
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.import_files import problems_of
from guiju.customers.services.rows import FileConsent
from guiju.customers.tests.test_add_customer import add
from guiju.customers.tests.test_import_customers import load
from guiju.database.scope import scope
from guiju.kernel.errors import Refused
from guiju.keys.values import sealed_values
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.guardians import Guardian, guardian_of
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.services.asking import Question, answer_link, ask_consent
from guiju.privacy.services.consents import GivenConsent, record_consent, withdraw_consent
from guiju.privacy.terms import AgeGroup, Channel
from guiju.privacy.tests.factories import given, publish
from guiju.privacy.uses import USES, Use

CHILD = {"name": "小禾", "phone": "13800138000", "birthday": "2020-05-01"}
MOTHER = {"by_guardian": "yes", "guardian_name": "王芳", "guardian_relation": "母亲"}


@pytest.fixture
def child(group: Group) -> Customer:
    publish(group)
    fields = ("person.name", "person.phone", "person.birthday")
    return add(group.sales_a, CHILD, given("service", *fields, by_guardian=True)).customer


def teach(group: Group) -> None:
    """Turn the company into one that teaches pupils."""
    with acting(group.system_admin):
        Entity.objects.filter(pk=group.company_a.pk).update(sector="education")
    group.company_a.sector = group.sales_a.entity.sector = "education"


def secret_in(page: str) -> str:
    return re.search(r"/consent/([^/]+)/", page)[1]  # type: ignore[index]


def test_the_guardian_is_asked_for_what_the_record_is_held_for_and_never_for_marketing(
    group: Group, child: Customer, client: Client, settings
) -> None:
    sign_in(client, "xiaoshou.a")
    form = client.get(f"/customers/{child.pk}/ask/").content.decode()
    assert "营销" not in re.sub(r"不问营销", "", form)
    assert "父母或者其他监护人" in form and "手机（用于" in form
    assert client.post(f"/customers/{child.pk}/ask/", {"purposes": ["marketing"]}).status_code == 422
    link = client.post(f"/customers/{child.pk}/ask/", {"separately": ["phone"]}).content.decode()
    assert "不要发给孩子本人" in link
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger, address = Client(), f"/consent/{secret_in(link)}/"
    shown = stranger.get(address).content.decode()
    assert "征求监护人的同意" in shown and "收集和保存孩子的手机" in shown and "小禾" not in shown
    answers = {f"q{number}": "yes" for number in range(shown.count('<fieldset class="mb-3">'))}
    alone = stranger.post(address, answers)
    assert alone.status_code == 422 and "要由父母或者其他监护人答复" in alone.content.decode()
    assert "已收到您的答复" in stranger.post(address, {**answers, **MOTHER}).content.decode()
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=timezone.localdate()) as seen:
        cells = seen.cells_of(seen.customer(child.pk))
        assert cells["phone"].text == "138****8000" and "没有同意" in cells["name"].why
    with scope(entities={child.entity_id}):
        assert not Consent.objects.filter(subject=child.subject, purpose="marketing").exists()


def test_the_form_of_a_child_offers_each_field_and_no_marketing(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    assert 'name="purposes" value="marketing"' in re.sub(
        r' id="[^"]*"| class="[^"]*"', "", (client.get("/customers/add/").content.decode())
    )
    refused = client.post("/customers/add/", CHILD).content.decode()
    assert "监护人的同意" in refused and 'value="marketing"' not in refused and 'value="phone"' in refused
    said = {
        **CHILD,
        "separately": list(CHILD),
        "purposes": ["sales", "service"],
        "by_guardian": "on",
        "proof": "同意书 1 号",
        **MOTHER,
    }
    assert client.post("/customers/add/", said).status_code == 302


def test_a_pupils_waiting_values_are_asked_of_the_guardian_field_by_field(group: Group) -> None:
    publish(group)
    load(group, "姓名,手机,性别\n小禾,13800138000,女\n")
    teach(group)
    seller, now = group.sales_a, timezone.now()
    with acting(seller), reading(seller, purpose="sales", on=timezone.localdate()) as seen:
        [line] = lines_of_wanting(seen, wanting_of(seen))
        assert (line.answerer, line.purposes, line.may_ask) == ("guardian", "客户服务", True)
    with acting(seller):
        customer = Customer.objects.get(name="小禾")
        asked = ask_wanted(customer_id=customer.pk, actor=seller, at=now)
        assert asked.request.items == [{"purpose": "service", "fields": ["person.gender"]}]
        with pytest.raises(Refused, match="由父母或者其他监护人答复"):
            answer_link(secret=asked.secret, answers=[False], age=AgeGroup.UNKNOWN, at=now)
        with pytest.raises(Refused, match="由父母或者其他监护人答复"):
            answer_link(secret=asked.secret, answers=[True], age=AgeGroup.CHILD, at=now)
        assert Wanting.objects.get().closed_at is None


def test_the_guardians_name_lies_sealed_and_shows_on_the_card_of_consents(
    group: Group, child: Customer, client: Client
) -> None:
    with acting(group.sales_a):
        [consent] = Consent.objects.filter(subject=child.subject)
        assert "王芳" not in consent.proven_by and "王芳".encode() not in bytes(consent.guardian)
        assert guardian_of(sealed_values(consent, "guardian")) == Guardian("王芳", "母亲")
        # Sealed anew for what is left of it: it lies in another row.
        rest = withdraw_consent(consent_id=consent.pk, fields=["person.phone"], actor=group.sales_a, at=timezone.now())
        assert rest is not None and guardian_of(sealed_values(rest, "guardian")) == Guardian("王芳", "母亲")
    sign_in(client, "xiaoshou.a")
    assert "监护人王*（母亲）" in client.get(f"/customers/{child.pk}/").content.decode()


def test_staff_write_down_who_the_guardian_is(group: Group, child: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    said = {"separately": ["phone"], "purposes": ["sales"], "by_guardian": "on", "proof": "同意书 2 号"}
    address = f"/customers/{child.pk}/consents/add/"
    for wrong, told in (({}, "请写明监护人的姓名"), ({"guardian_name": "王芳"}, "是孩子的谁")):
        page = client.post(address, {**said, **wrong})
        assert page.status_code == 422 and told in page.content.decode()
    assert client.post(address, {**said, **MOTHER, "by_guardian": "on"}).status_code == 302


def test_another_consent_leaves_the_proof_of_the_earlier_one(group: Group, child: Customer) -> None:
    with acting(group.sales_a):
        [first] = Consent.objects.filter(subject=child.subject)
        later = GivenConsent(
            "service", Channel.PAPER, "同意书 0002 号", AT, ("person.phone", "person.email"), Guardian("李强", "父亲")
        )
        record_consent(
            subject_id=child.subject_id, given=later, age=AgeGroup.CHILD, actor=group.sales_a, at=timezone.now()
        )
        held = {
            tuple(one.fields): one.proven_by for one in Consent.objects.filter(subject=child.subject, ended_at=None)
        }
        assert held == {
            ("person.birthday", "person.name"): first.proven_by,
            ("person.email", "person.phone"): "同意书 0002 号",
        }
        first.refresh_from_db()
        assert (first.proven_by, first.ending) == ("同意书 0001 号", "replaced")


def test_a_guardian_may_agree_to_some_purposes_only(group: Group, child: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    address = f"/customers/{child.pk}/consents/add/"
    said = {"separately": ["phone"], "proof": "同意书 2 号", **MOTHER, "by_guardian": "on"}
    page = client.post(address, said)
    assert page.status_code == 422 and "请勾选监护人同意的目的" in page.content.decode()
    assert client.post(address, {**said, "purposes": ["sales"]}).status_code == 302
    with acting(group.sales_a):
        [consent] = Consent.objects.filter(subject=child.subject, purpose="sales")
        assert consent.fields == ["person.phone"] and not Consent.objects.filter(purpose="orders").exists()
    asked = client.post(f"/customers/{child.pk}/ask/", {"separately": ["phone"], "purposes": ["orders"]})
    assert asked.status_code == 200


CHILDREN = "姓名,手机,生日,监护人姓名,监护人关系\n李小明,13800138000,1990-01-31,,\n{row}\n"


@pytest.mark.parametrize(
    ("row", "taken", "told"),
    [
        ("小禾,13800138001,2020-05-01,,", 1, "要父母或者其他监护人同意"),
        ("小禾,13800138001,2020-05-01,王,母亲", 1, "请写明监护人的姓名"),
        ("小禾,13800138001,2020-05-01,王芳,邻居", 1, "请选择监护人是孩子的谁"),
        ("小禾,13800138001,2020-05-01,王芳,母亲", 2, ""),
    ],
)
def test_a_child_among_adults_in_a_file_comes_in_by_its_guardian_only(
    group: Group, row: str, taken: int, told: str
) -> None:
    publish(group)
    consents = [FileConsent(purpose, "会员登记表", AT) for purpose in ("sales", "service")]
    found = load(group, CHILDREN.format(row=row), consents=consents)
    with acting(group.sales_a):
        said = "".join(cell["sentence"] for one in dict(problems_of(found)).values() for cell in one["cells"])
    assert found.rows_taken == taken and told in said
    with acting(group.sales_a):
        given_for = {one.by_guardian: guardian_of(sealed_values(one, "guardian")) for one in Consent.objects.all()}
        assert given_for == ({False: None, True: Guardian("王芳", "母亲")} if taken == 2 else {False: None})


def test_nobody_asks_a_child_about_marketing_and_no_consent_to_it_is_written_down(
    group: Group, child: Customer, client: Client
) -> None:
    seller, now = group.sales_a, timezone.now()
    assert child.subject_id is not None
    with acting(seller):
        with pytest.raises(Refused) as asked:
            ask_consent(
                subject_id=child.subject_id,
                questions=[Question("service"), Question("marketing")],
                actor=seller,
                at=now,
            )
        for fields in ((), ("person.phone",)):
            with pytest.raises(Refused) as written:
                record_customer_consent(
                    customer_id=child.pk, consents=[given("marketing", *fields, by_guardian=True)], actor=seller, at=now
                )
            for refusal in (asked, written):
                assert refusal.value.code == "privacy.child_no_marketing" and "内部规则" in refusal.value.sentence
        assert not Consent.objects.filter(purpose="marketing").exists()


def test_a_guardian_who_was_asked_about_marketing_before_the_age_was_known_says_no_to_it_alone(group: Group) -> None:
    publish(group)
    seller, now = group.sales_a, timezone.now()
    wang = add(seller, {"name": "王小禾"}).customer
    assert wang.subject_id is not None
    with acting(seller):
        asked = ask_consent(
            subject_id=wang.subject_id, questions=[Question("service"), Question("marketing")], actor=seller, at=now
        )
        answer = {"secret": asked.secret, "age": AgeGroup.CHILD, "guardian": Guardian("王芳", "母亲"), "at": now}
        with pytest.raises(Refused, match="对营销选择不同意"):
            answer_link(answers=[True, True], **answer)
        answer_link(answers=[True, False], **answer)
        assert [one.purpose for one in Consent.objects.all()] == ["service"]


def test_a_file_brings_no_consent_of_a_child_to_marketing_and_says_so(group: Group) -> None:
    publish(group)
    consents = [FileConsent(purpose, "会员登记表", AT) for purpose in ("sales", "service", "marketing")]
    found = load(group, CHILDREN.format(row="小禾,13800138001,2020-05-01,王芳,母亲"), consents=consents)
    with acting(group.sales_a):
        [row] = dict(problems_of(found)).values()
        assert ["对营销的同意" in cell["sentence"] for cell in row["cells"]] == [True]
        given_for = {(one.purpose, one.by_guardian) for one in Consent.objects.all()}
    assert found.rows_taken == 2
    assert given_for == {
        ("marketing", False),
        ("sales", False),
        ("sales", True),
        ("service", False),
        ("service", True),
    }


def test_nothing_is_written_down_about_a_child_and_nothing_read_without_its_guardians_consent(
    group: Group, child: Customer, client: Client
) -> None:
    seller, now = group.sales_a, timezone.now()

    def read() -> str:
        with acting(seller), reading(seller, purpose="sales", on=timezone.localdate()) as seen:
            return str(timeline_of(seen, seen.customer(child.pk)))

    sign_in(client, "xiaoshou.a")
    typed = {"way": "call", "text": "下周来试听"}
    page = client.post(f"/customers/{child.pk}/notes/add/", typed)
    assert page.status_code == 422 and "跟进内容：" in page.content.decode() and "监护人" in page.content.decode()
    form = client.get(f"/customers/{child.pk}/ask/").content.decode()
    every = re.findall(r'name="separately" value="([^"]+)"', form)
    assert {"note.text", "file.content"} <= set(every)
    assert client.post(f"/customers/{child.pk}/ask/", {"separately": every}).status_code == 200
    said = {"separately": ["note.text"], "purposes": ["sales"], "proof": "同意书 2 号", **MOTHER, "by_guardian": "on"}
    assert client.post(f"/customers/{child.pk}/consents/add/", said).status_code == 302
    assert "跟进内容" in client.get(f"/customers/{child.pk}/").content.decode()
    assert client.post(f"/customers/{child.pk}/notes/add/", typed).status_code == 302
    assert "下周来试听" in read()
    with acting(seller):
        agreed = Consent.objects.get(subject=child.subject, purpose="sales")
        withdraw_consent(consent_id=agreed.pk, actor=seller, at=now + timedelta(hours=1))
    assert "下周来试听" not in read()


UNKNOWN = {"name": "小禾", "phone": "13800138000"}


@pytest.mark.parametrize("consents", [[given("service", "person.name", "person.phone")], [given("service")]])
def test_where_nobody_knows_a_pupils_age_their_own_consent_is_not_enough(
    group: Group, consents: list[GivenConsent]
) -> None:
    publish(group)
    teach(group)
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, UNKNOWN, *consents)
    assert [one.code for one in refusal.value.problems] == ["privacy.pupil_by_guardian"]
    assert "内部规则" in refusal.value.sentence
    by_guardian = given("service", "person.name", "person.phone", by_guardian=True)
    assert add(group.sales_a, UNKNOWN, by_guardian).refused == ()
    # Whoever is of age, or old enough by their birthday, says so themselves.
    assert add(group.sales_a, {**UNKNOWN, "phone": "13800138001"}, *consents, is_stated_adult=True).refused == ()


def test_a_pupils_own_consent_in_a_file_lets_nothing_in(group: Group) -> None:
    publish(group)
    teach(group)
    agreed = [FileConsent("service", "入学登记表", AT, ("person.name", "person.phone"))]
    found = load(group, "姓名,手机\n小禾,13800138000\n", consents=agreed)
    assert found.rows_taken == 0
    with acting(group.sales_a):
        said = [cell["sentence"] for one in dict(problems_of(found)).values() for cell in one["cells"]]
    assert any("年龄不明" in one for one in said)


def test_the_name_of_a_pupil_of_unknown_age_is_masked_where_no_reading_is_open(group: Group) -> None:
    publish(group)
    pupil = add(group.sales_a, UNKNOWN).customer
    grown = add(group.sales_a, {"name": "李小明", "phone": "13800138001"}, is_stated_adult=True).customer

    def names() -> list[str]:
        with acting(group.sales_a):
            return [Customer.objects.get(pk=one.pk).shown_name for one in (pupil, grown)]

    assert names() == ["小禾", "李小明"]
    teach(group)
    assert names() == ["小*", "李小明"]


def test_a_consent_to_marketing_of_the_days_before_lets_nothing_of_a_child_be_used(
    group: Group, child: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = group.sales_a
    assert child.subject_id is not None
    with acting(seller):
        # As it came in before the house rule: a guardian's own yes to the phone.
        Consent.objects.create(
            entity_id=child.entity_id,
            subject_id=child.subject_id,
            kind="guardian",
            purpose="marketing",
            fields=["person.name", "person.phone"],
            notice=PrivacyNotice.objects.get(),
            channel="paper",
            by_guardian=True,
            given_at=AT,
            recorded_at=AT,
        )
        on = timezone.localdate()
        with reading(seller, purpose="marketing", on=on) as seen:
            cells = seen.cells_of(seen.customer(child.pk))
            assert all("不能用于营销" in one.why for one in cells.values()) and cells
        use = Use("tests.campaign", "活动", "marketing")
        monkeypatch.setitem(USES, use.code, use)
        found = usable_values(use, [child], on=on)[child.pk]
        assert found.values == {} and "phone" in found.left_out
        # For what the record is held for, all is as it was.
        with reading(seller, purpose="service", on=on) as seen:
            assert seen.cells_of(seen.customer(child.pk))["name"].why == ""
