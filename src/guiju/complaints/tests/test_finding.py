"""Who has lost the link, and who complains for a child."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from guiju.complaints.models import Complaint
from guiju.complaints.services import complainant
from guiju.complaints.services.complainant import (
    Key,
    find_own_complaint,
    lent_code,
    opened_case,
    send_finding_code,
)
from guiju.complaints.tests.factories import PHONE, again, agent_of, complain
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import sealed_values
from guiju.notifications.models import Notice
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db
PUBLIC = "guiju.project.public_urls"


@pytest.fixture
def public(settings):
    settings.GUIJU_IS_DEMO = True  # A code reaches people without a gateway.
    with override_settings(ROOT_URLCONF=PUBLIC):
        yield Client()


def sent_code(case: Complaint) -> str:
    """What the short message says; send_finding_code put it into the notice."""
    with scope(entities={case.entity_id}):
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        return re.search(r"[0-9]{6}", str(sealed_values(notice, "content")))[0]


def test_number_and_phone_open_the_case_for_a_while(group: Group, public: Client) -> None:
    case = complain(group.company_a).complaint
    asked = {"number": case.number.lower(), "phone": PHONE}
    assert "对得上的" in public.post("/complaint/", {**asked, "do": "send"}).content.decode()
    opened = public.post("/complaint/", {**asked, "do": "open", "code": sent_code(case)})
    assert opened.status_code == 302
    page = public.get(opened["Location"]).content.decode()
    assert "包装破了，漏了一半" in page and "手机已核验" in page and "30分钟内有效" in page


@pytest.mark.parametrize("wrong", ["number", "phone", "code", "no phone"])
def test_what_does_not_match_opens_nothing_and_tells_nothing(group: Group, public: Client, wrong: str) -> None:
    case = complain(group.company_a, phone="" if wrong == "no phone" else PHONE).complaint
    other = complain(group.company_a, "另一件", phone="13900001111").complaint
    asked = {"number": case.number, "phone": PHONE} | (
        {"number": other.number} if wrong == "number" else {"phone": "13900001111"} if wrong == "phone" else {}
    )
    assert "对得上的" in public.post("/complaint/", {**asked, "do": "send"}).content.decode()
    with scope(entities={case.entity_id}):
        assert Notice.objects.filter(kind="notifications.code").exists() == (wrong == "code")
    told = public.post("/complaint/", {**asked, "do": "open", "code": "000000"})
    assert told.status_code == 422 and "请核对编号、手机和验证码" in told.content.decode()


@pytest.mark.parametrize("number", ["", "TS1", "\x00", "TS261129-7K3Q4M8-X2V1"])
def test_numbers_that_are_none_are_answered_in_one_sentence(group: Group, public: Client, number: str) -> None:
    for do in ("send", "open"):
        answer = public.post("/complaint/", {"number": number, "phone": PHONE, "code": "1", "do": do})
        assert answer.status_code in (200, 422)


def test_what_was_lent_ends_and_opens_no_other_case(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    case, other = complain(group.company_a).complaint, complain(group.company_a, "另一件").complaint
    code = lent_code(case)
    with scope(entities={case.entity_id}):
        assert opened_case(Key(case.number, code)).pk == case.pk
        with pytest.raises(Missing):
            opened_case(Key(other.number, code))
        monkeypatch.setattr(complainant, "LENT_FOR", timedelta(seconds=-1))
        with pytest.raises(Missing):
            opened_case(Key(case.number, code))


def test_a_code_opens_only_once_and_proves_the_phone(group: Group, settings) -> None:
    settings.GUIJU_IS_DEMO = True
    case = complain(group.company_a).complaint
    with scope(entities={case.entity_id}):
        send_finding_code(number=case.number, phone=PHONE, origin="", at=AT)
        said = {"number": case.number, "phone": PHONE, "code": sent_code(case), "at": AT}
        assert find_own_complaint(**said)
        with pytest.raises(Refused, match="已失效"):
            find_own_complaint(**said)
    assert again(case).verified_at == AT


def test_a_child_complains_and_the_guardian_is_named_or_asked_for(group: Group, client: Client) -> None:
    door = f"/complain/{group.company_a.unified_code}/"
    with override_settings(ROOT_URLCONF=PUBLIC):
        client.post(door, {"text": "课没有上", "is_child": "on", "guardian_name": "李芳", "guardian_relation": "母亲"})
        client.post(door, {"text": "我十三岁", "is_child": "on"})
        half = client.post(door, {"text": "课没有上", "is_child": "on", "guardian_name": "李芳"})
    assert half.status_code == 422 and "请选择监护人是孩子的谁" in half.content.decode()
    sign_in(client, agent_of(group).user.username)
    with scope(entities={group.company_a.pk}):
        shown = [client.get(f"/complaints/{one.pk}/").content.decode() for one in Complaint.objects.order_by("made_at")]
    assert "李芳（母亲）" in shown[0] and "没有写监护人，请联系时问明" in shown[1]
