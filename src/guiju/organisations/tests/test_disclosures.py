"""Masked fields seen in the clear, files taken out, and the alerts about bursts (查看明文、导出、告警)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Alert, Disclosure, Member, Role, User
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.people import shown_field
from guiju.organisations.services.disclosures import (
    LASTS,
    MOST_EXPORTS,
    MOST_UNMASKED,
    note_export,
    note_opening,
    settle_alert,
    unmask_field,
)
from guiju.organisations.tests.factories import AT, Group, sign_in

PHONE = "13800001234"


@pytest.fixture
def person(group: Group) -> Member:
    User.objects.filter(pk=group.sales_a.user_id).update(phone=PHONE)
    group.sales_a.user.phone = PHONE
    return group.sales_a


def unmask(
    actor: Member, person: Member, reason: str = "核对回访电话", code: str = "member.phone", at=None
) -> Disclosure:
    with acting(actor):
        return unmask_field(
            code=code,
            subject_id=person.pk,
            entity_id=person.entity_id,
            reason=reason,
            actor=actor,
            at=at or timezone.now(),
        )


def shown(actor: Member, person: Member) -> str:
    with acting(actor):
        return shown_field(actor, person, "phone", on_its_page=True)


def test_one_field_of_one_record_is_clear_for_five_minutes(group: Group, person: Member) -> None:
    assert shown(group.compliance, person) == "138****1234"
    unmask(group.compliance, person)
    assert shown(group.compliance, person) == PHONE
    with acting(group.compliance):
        # In lists and files it stays masked, and so does everything else of the person.
        assert shown_field(group.compliance, person, "phone") == "138****1234"


def test_it_ends_by_itself(group: Group, person: Member) -> None:
    unmask(group.compliance, person, at=timezone.now() - LASTS - timedelta(seconds=1))
    assert shown(group.compliance, person) == "138****1234"


@pytest.mark.parametrize("reason", ["", "  ", "看看"])
def test_without_a_reason_nothing_is_shown(group: Group, person: Member, reason: str) -> None:
    with pytest.raises(Refused, match="为什么要看"):
        unmask(group.compliance, person, reason)


def test_who_has_no_right_to_unmask_sees_the_mask(group: Group, person: Member) -> None:
    with pytest.raises(NotAllowed, match="明文"):
        unmask(group.security_admin, person)


def test_a_field_that_is_not_masked_cannot_be_unmasked(group: Group, person: Member) -> None:
    Role.objects.filter(code="compliance").update(treatments={"member.phone": "hidden"})
    group.compliance.__dict__.pop("_rights", None)
    with pytest.raises(Refused, match="不是脱敏的"):
        unmask(group.compliance, person)


def test_a_burst_of_unmasking_raises_one_alert(group: Group, person: Member) -> None:
    for second in range(MOST_UNMASKED + 5):
        unmask(group.compliance, person, at=AT + timedelta(seconds=second))
    with acting(group.security_admin):
        [alert] = Alert.objects.all()
    assert (alert.member_id, alert.sort, alert.count) == (group.compliance.pk, "unmask", MOST_UNMASKED + 1)


def test_slow_work_raises_none(group: Group, person: Member) -> None:
    for minute in range(MOST_UNMASKED + 5):
        unmask(group.compliance, person, at=AT + timedelta(minutes=2 * minute))
    with acting(group.security_admin):
        assert not Alert.objects.exists()


@pytest.mark.parametrize(("files", "rows", "alerts"), [(MOST_EXPORTS, 10, 0), (MOST_EXPORTS + 1, 10, 1), (1, 5001, 1)])
def test_many_files_or_many_rows_raise_an_alert(group: Group, files: int, rows: int, alerts: int) -> None:
    with acting(group.compliance):
        for number in range(files):
            note_export(right="company.export", count=rows, actor=group.compliance, at=AT + timedelta(minutes=number))
    with acting(group.security_admin):
        assert Alert.objects.count() == alerts


def test_an_alert_is_settled_with_a_finding_by_the_security_administrator(
    group: Group, person: Member, client: Client
) -> None:
    for second in range(MOST_UNMASKED + 1):
        unmask(group.compliance, person, at=timezone.now() - timedelta(seconds=second))
    assert "1条明文查看或导出过多的告警" in sign_in(client, "anquan").get("/").content.decode()
    assert "告警" not in sign_in(client, "hegui").get("/").content.decode()
    page = sign_in(client, "anquan").get("/people/disclosures/").content.decode()
    assert "核对回访电话" in page and "短时间内查看明文11次" in page and PHONE not in page
    with acting(group.security_admin):
        alert = Alert.objects.get()
    address = f"/people/alerts/{alert.pk}/settle/"
    assert sign_in(client, "shenji").post(address, {"finding": "已经核实"}).status_code == 403
    sign_in(client, "anquan")
    assert "请写明核查的结果" in client.post(address, {"finding": " "}, follow=True).content.decode()
    assert "已处置" in client.post(address, {"finding": "与本人核实，是回访"}, follow=True).content.decode()
    assert "告警" not in client.get("/").content.decode()
    with acting(group.security_admin), pytest.raises(Refused, match="已经处置"):
        settle_alert(alert_id=alert.pk, finding="再一次核实", actor=group.security_admin, at=AT)


def test_the_page_shows_it_in_the_clear_after_a_reason(group: Group, person: Member, client: Client) -> None:
    sign_in(client, "hegui")
    address = f"/people/{person.pk}/"
    assert PHONE not in client.get(address).content.decode()
    assert "为什么要看" in client.post(address + "unmask/phone/", {"reason": "x"}, follow=True).content.decode()
    page = client.post(address + "unmask/phone/", {"reason": "核对回访电话"}, follow=True).content.decode()
    assert PHONE in page and "明文显示到" in page
    assert client.post(address + "unmask/nonsense/", {"reason": "核对回访电话"}).status_code == 404


def test_every_export_is_logged(group: Group, client: Client) -> None:
    sign_in(client, "hegui").get("/companies/export.csv")
    sign_in(client, "xitong").get("/people/export.xlsx")
    with acting(group.security_admin):
        assert [(one.code, one.count) for one in Disclosure.objects.order_by("at")] == [
            ("company.export", 3),
            ("member.export", 6),
        ]


def test_whole_records_that_are_opened_count_like_fields_that_are_unmasked(group: Group) -> None:
    def open_one(reason: str = "核对合同签字", purpose: str = "service") -> Disclosure:
        with acting(group.sales_a):
            return note_opening(
                right="company.read",
                record_id=group.company_a.pk,
                purpose=purpose,
                reason=reason,
                actor=group.sales_a,
                at=AT,
            )

    for bad in ({"reason": "看"}, {"purpose": "curiosity"}):
        with pytest.raises(Refused):
            open_one(**bad)
    for _ in range(MOST_UNMASKED):
        open_one()
    with acting(group.security_admin):
        assert not Alert.objects.exists()
    open_one()
    with acting(group.security_admin):
        assert Alert.objects.get().member_id == group.sales_a.pk
