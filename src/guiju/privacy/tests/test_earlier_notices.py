"""Consents of days before this system rest on the notice of those days, which is put down first (补登隐私告知)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.rows import FileConsent
from guiju.customers.tests.test_cleanup import find, past_the_door, why
from guiju.customers.tests.test_import_customers import load
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.services.earlier_notices import correct_earlier_notice, register_earlier_notice
from guiju.privacy.tests.factories import data_officer, given, publish

TEXT = "甲食品有限公司会员须知\n我们把您的手机号用于发送促销信息，把生日和性别用于会员服务，您可以随时到门店要求停止。"
MAY = date(2023, 5, 1)
THEN = datetime(2023, 6, 1, 10, tzinfo=CHINA)


@pytest.fixture
def officer(group: Group) -> Member:
    publish(group)
    return data_officer(group)


def register(officer: Member, since: date = MAY, **more: object) -> PrivacyNotice:
    said = {"fields": ["person.phone", "person.gender"], "purposes": ["marketing", "service"], "text": TEXT, **more}
    with acting(officer):
        return register_earlier_notice(entity_id=officer.entity_id, since=since, actor=officer, at=AT, **said)  # type: ignore[arg-type]


@pytest.fixture
def li(group: Group, officer: Member) -> Customer:
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        return add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer


def agree(group: Group, li: Customer, purpose: str = "marketing", at: datetime = THEN) -> Consent:
    with acting(group.sales_a):
        [made] = record_customer_consent(
            customer_id=li.pk, consents=[given(purpose, at=at)], actor=group.sales_a, at=AT
        )
    return made


def test_a_consent_of_an_earlier_day_needs_the_notice_of_that_day(group: Group, officer: Member, li: Customer) -> None:
    with pytest.raises(Refused) as refusal:
        agree(group, li)
    assert "补登当时有效的隐私告知" in refusal.value.sentence
    notice = register(officer)
    assert agree(group, li).notice_id == notice.pk
    with pytest.raises(Refused):
        agree(group, li, "sales")
    with pytest.raises(Refused):
        agree(group, li, at=datetime(2023, 4, 30, 10, tzinfo=CHINA))
    with pytest.raises(Refused) as refusal:
        agree(group, li, at=AT + timedelta(days=1))
    assert "privacy.consent_not_in_future" in {one.code for one in refusal.value.problems}


def test_earlier_notices_follow_one_another(officer: Member) -> None:
    later = register(officer, date(2024, 1, 1))
    first = register(officer)
    between = register(officer, date(2023, 9, 1))
    with acting(officer):
        in_force = PrivacyNotice.objects.get(ended_at=None)
        found = {one.pk: one.ended_at for one in PrivacyNotice.objects.exclude(registered_at=None)}
    assert found == {
        first.pk: between.published_at,
        between.pk: later.published_at,
        later.pk: in_force.published_at,
    }
    assert in_force.version == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"since": date(2027, 1, 1)}, "since_late"),
        ({"since": AT.date()}, "since_late"),
        ({"text": "会员须知"}, "text_short"),
        ({"text": "长" * 60_000}, "text_long"),
        ({"fields": ["person.shoe"]}, "field_missing"),
        ({"fields": ["person.company"]}, "notice_empty"),
        ({"purposes": ["fun"]}, "purpose_unknown"),
    ],
)
def test_what_cannot_be_a_notice_of_earlier_days_is_refused(
    officer: Member, more: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        register(officer, **({"purposes": ["marketing"]} | more))  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_a_file_with_consents_of_earlier_days_comes_in_on_the_notice_of_those_days(
    group: Group, officer: Member
) -> None:
    text = "姓名,手机,性别\n李小明,13800138000,男\n"
    refused = load(group, text, consents=[FileConsent("service", "登记表", THEN)])
    assert refused.cells_refused > 0
    register(officer)
    text = "姓名,手机,性别,生日\n王芳,13800138001,女,1990-01-31\n"
    load(group, text, consents=[FileConsent("service", "登记表", THEN)])
    with acting(group.sales_a):
        wang = Customer.objects.get(name="王芳")
        assert Consent.objects.get(subject=wang.subject).notice.registered_at is not None
        # The notice of then said nothing of birthdays.
        assert "gender" in wang.extra and not any("birthday" in one for one in wang.origins)


def test_it_is_put_down_on_the_page(officer: Member, client: Client) -> None:
    sign_in(client, officer.user.username)
    address = f"/catalogue/notices/{officer.entity_id}/earlier/"
    assert address in client.get("/catalogue/notices/").content.decode()
    said = {"since": "2023-05-01", "text": TEXT, "purposes": ["marketing"], "fields_told": ["person.phone"]}
    assert client.post(address, said | {"since": "2099-01-01"}).status_code == 422
    page = client.post(address, said, follow=True).content.decode()
    assert "已补登为第2版" in page and "会员须知" in page and "补登" in page


def correct(officer: Member, version: int, **more: object) -> PrivacyNotice:
    said = {
        "fields": ["person.gender"],
        "purposes": ["service"],
        "text": f"{TEXT}\n（第二页）",
        "reason": "漏录了第二页",
    }
    with acting(officer):
        return correct_earlier_notice(
            entity_id=officer.entity_id,
            version=version,
            actor=officer,
            at=AT,
            **{**said, **more},  # type: ignore[arg-type]
        )


def test_a_correction_is_a_version_of_its_own_and_consents_go_no_further_than_it(
    group: Group, officer: Member, li: Customer
) -> None:
    wrong = register(officer)
    agree(group, li)
    with acting(group.sales_a):
        assert standing_of(li.subject_id).agrees("marketing", "person.phone")
    right = correct(officer, wrong.version)
    with acting(officer):
        kept = PrivacyNotice.objects.get(pk=wrong.pk)
        assert (kept.text, kept.items, kept.digest) == (wrong.text, wrong.items, wrong.digest)
        assert kept.corrected_by_id == right.pk and right.version == wrong.version + 1
        assert (right.published_at, right.ended_at) == (kept.published_at, kept.ended_at)
        assert "漏录了第二页" in {one.reason for one in history_of(kept)}
        assert not standing_of(li.subject_id).agrees("marketing", "person.phone")
    with pytest.raises(Refused):
        agree(group, li)
    again = correct(officer, right.version, fields=["person.phone"], purposes=["marketing"])
    with acting(officer):
        assert {one.corrected_by_id for one in PrivacyNotice.objects.filter(pk__in=[wrong.pk, right.pk])} == {again.pk}
        assert standing_of(li.subject_id).agrees("marketing", "person.phone")
    assert agree(group, li, at=THEN + timedelta(days=1)).notice_id == again.pk


def test_what_this_system_published_and_what_was_corrected_is_corrected_by_nobody(officer: Member) -> None:
    wrong = register(officer)
    for version, more, code in (
        (1, {}, "notice_published"),
        (99, {}, "notice_missing"),
        (wrong.version, {"reason": ""}, ""),
        (wrong.version, {"text": "短"}, "text_short"),
        (
            wrong.version,
            {"text": TEXT, "fields": ["person.phone", "person.gender"], "purposes": ["marketing", "service"]},
            "nothing_changed",
        ),
    ):
        with pytest.raises(GuijuError) as refusal:
            correct(officer, version, **more)
        assert not code or refusal.value.code == code
    correct(officer, wrong.version)
    with pytest.raises(Refused) as refusal:
        correct(officer, wrong.version)
    assert refusal.value.code == "corrected_already"


def test_it_is_corrected_on_its_page_and_everybody_sees_both(officer: Member, client: Client, settings) -> None:
    wrong = register(officer)
    sign_in(client, officer.user.username)
    page = f"/catalogue/notices/{officer.entity_id}/{wrong.version}/"
    assert f"{page}correct/" in client.get(page).content.decode()
    form = client.get(f"{page}correct/").content.decode()
    assert "发送促销信息" in form
    given_ = {
        "text": f"{TEXT}（第二页）",
        "fields_told": ["person.gender"],
        "purposes": ["service"],
        "reason": "漏录了第二页",
    }
    assert client.post(f"{page}correct/", {**given_, "reason": ""}).status_code == 422
    told = client.post(f"{page}correct/", given_, follow=True).content.decode()
    assert "已更正为第3版" in told
    assert "第3版" in client.get(page).content.decode() and "correct/" not in client.get(page).content.decode()
    assert client.get(f"/catalogue/notices/{officer.entity_id}/1/correct/").status_code == 404
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    public = f"/notice/{officer.entity.unified_code}/"
    assert "已更正" in client.get(public).content.decode()
    assert "更正" in client.get(f"{public}{wrong.version}/").content.decode()


@pytest.mark.parametrize(
    ("told", "then", "found"),
    [
        (["person.gender"], ["person.gender", "person.address"], {}),
        (["person.gender", "person.address"], ["person.gender"], {"person.address": {"told_first"}}),
    ],
)
def test_what_people_were_really_shown_decides_what_is_held_against_the_law(
    group: Group, officer: Member, li: Customer, told: list[str], then: list[str], found: dict[str, set[str]]
) -> None:
    wrong = register(officer, fields=told)
    agree(group, li, "service")
    past_the_door(group, li, notice=wrong, address="杭州市西湖区某路1号")
    correct(officer, wrong.version, fields=then, purposes=["marketing", "service"])
    assert why(find(group)) == found
