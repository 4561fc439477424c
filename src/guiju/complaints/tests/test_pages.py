"""The pages: the public door and the page of a case, and the queue of staff."""

from __future__ import annotations

import json

import pytest
from django.db import transaction
from django.test import Client, override_settings

from guiju.complaints.models import Complaint
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.tests.factories import PHONE, again, agent_of, complain
from guiju.database.scope import scope
from guiju.organisations.tests.factories import AT, Group, join, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def public():
    with override_settings(ROOT_URLCONF="guiju.project.public_urls"):
        yield Client()


def only(group: Group) -> Complaint:
    with scope(entities={group.company_a.pk}):
        return Complaint.objects.get()


def test_somebody_complains_and_follows_the_case(group: Group, public: Client) -> None:
    page = public.get(f"/complain/{group.company_a.unified_code}/")
    assert page.status_code == 200 and group.company_a.name in page.content.decode()

    sent = public.post(
        f"/complain/{group.company_a.unified_code}/", {"text": "包装破了", "contact_phone": PHONE, "key": "k"}
    )
    assert sent.status_code == 302
    case = only(group)
    shown = public.get(sent["Location"]).content.decode()
    assert case.number in shown and "包装破了" in shown and "收到，待决定受理" in shown and "12315" in shown

    care_for_complaints(at=case.made_at)
    shown = public.get(sent["Location"]).content.decode()
    assert "已确认收到" in shown and "内部规则" in shown
    told = public.post(sent["Location"], {"do": "say", "text": "快点"}).content.decode()
    assert "留言已收到" in told and "快点" in told


def test_sent_twice_by_a_browser_that_got_no_answer_it_is_one(group: Group, public: Client) -> None:
    typed = {"text": "包装破了", "key": "k"}
    one, other = (public.post(f"/complain/{group.company_a.unified_code}/", typed) for _ in range(2))

    assert one["Location"] == other["Location"]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(group: Group, public: Client) -> None:
    page = public.post(
        f"/complain/{group.company_a.unified_code}/",
        {"text": "<b>坏了</b>", "contact_phone": "123", "order_no": "D-9", "happened_on": "x"},
    )
    shown = page.content.decode()
    assert page.status_code == 422
    assert "&lt;b&gt;坏了&lt;/b&gt;" in shown and "D-9" in shown and "发生的日期不是日期" in shown


@pytest.mark.parametrize("path", ["/complaint/TS1/X/", "/complaint/%00/%00/", "/complain/NIEMAND/"])
def test_what_is_not_there_is_one_clear_page(group: Group, public: Client, path: str) -> None:
    assert public.get(path).status_code == 404


def test_programs_send_json_and_ask_how_it_stands(group: Group, public: Client) -> None:
    address = f"/api/v1/public/{group.company_a.unified_code}/complaints"
    body = {"text": "包装破了", "contact_phone": PHONE, "wish": "refund"}

    def send() -> tuple[int, dict[str, str]]:
        answer = public.post(
            address, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": "7"}
        )
        assert answer["Access-Control-Allow-Origin"] == "*"
        return answer.status_code, answer.json()

    (first, made), (second, same) = send(), send()
    assert (first, second) == (201, 200) and made == same and set(made) == {"number", "tracking_url", "received_at"}
    code = made["tracking_url"].rstrip("/").rpartition("/")[2]
    asked = public.get(f"/api/v1/public/complaints/{made['number']}", {"code": code}).json()
    assert asked["state"] == "received"
    with transaction.atomic():
        assert public.get(f"/api/v1/public/complaints/{made['number']}", {"code": "X"}).status_code == 404
    with transaction.atomic():
        refused = public.post(address, json.dumps({"text": ""}), content_type="application/json")
    assert refused.status_code == 422 and refused.json()["problems"][0]["field"] == "text"


def test_staff_take_it_up_from_the_queue(group: Group, client: Client) -> None:
    agent = agent_of(group)
    case = complain(group.company_a, name="李女士").complaint
    care_for_complaints(at=AT)
    sign_in(client, agent.user.username)

    queue = client.get("/complaints/").content.decode()
    assert case.number in queue and "李女士" in queue
    page = client.get(f"/complaints/{case.pk}/").content.decode()
    assert "包装破了，漏了一半" in page and "决定是否受理" in page
    client.post(f"/complaints/{case.pk}/accept/")
    assert again(case).state == "accepted"
    client.post(f"/complaints/{case.pk}/answer/", {"text": "换一盒"})
    client.post(f"/complaints/{case.pk}/close/", {"text": "已换", "agreed_how": "电话同意", "result": "other"})
    assert again(case).state == "closed"


@pytest.mark.parametrize("words", ["number", "phone", "tail", "order"])
def test_a_case_is_found_by_number_phone_and_order(group: Group, client: Client, words: str) -> None:
    agent = agent_of(group)
    case = complain(group.company_a, order_no="D-7").complaint
    other = complain(group.company_a, "另一件", phone="13900001111").complaint
    sign_in(client, agent.user.username)
    asked = {"number": case.number.lower(), "phone": PHONE, "tail": PHONE[-4:], "order": "D-7"}[words]

    shown = client.get("/complaints/", {"search": asked}).content.decode()
    assert case.number in shown and other.number not in shown


def test_who_may_only_read_sees_no_phone_in_the_clear(group: Group, client: Client) -> None:
    case = complain(group.company_a).complaint
    legal = join(group.company_a, "legal", "fawu", group.system_admin, group.security_admin)
    sign_in(client, legal.user.username)

    page = client.get(f"/complaints/{case.pk}/")
    assert page.status_code == 200
    assert PHONE not in page.content.decode()


def test_the_log_of_requests_does_not_hold_what_opens_a_case(group: Group, public: Client, monkeypatch) -> None:
    kept = []
    monkeypatch.setattr("guiju.accounts.middleware.keep", lambda line, at: kept.append(line.path))
    taken = complain(group.company_a)
    public.get(f"/complaint/{taken.complaint.number}/{taken.code}/")

    assert kept == [f"/complaint/{taken.complaint.number}/…/"]
