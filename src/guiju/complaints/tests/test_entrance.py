"""How people find the door: the button, the poster, the app."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from guiju.complaints.handovers import GOOD_FOR, HandedOver, handed_over, sealed_handover
from guiju.complaints.models import Complaint
from guiju.complaints.services.handing import hand_over_to_door
from guiju.complaints.tests.factories import PHONE, agent_of
from guiju.database.scope import scope
from guiju.kernel.errors import NotAllowed, Refused
from guiju.keys.values import sealed_values
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in

pytestmark = pytest.mark.django_db
PUBLIC = "guiju.project.public_urls"


def only(group: Group) -> Complaint:
    with scope(entities={group.company_a.pk}):
        return Complaint.objects.get()


def test_the_button_is_one_small_file_for_every_site(group: Group) -> None:
    with override_settings(ROOT_URLCONF=PUBLIC):
        answer = Client().get("/widget.js")
    script = answer.content.decode()
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert len(answer.content) < 15_000 and not answer.cookies
    assert not any(word in script for word in ("innerHTML", "eval(", ".cookie", "localStorage", 'style="'))


def test_only_the_page_behind_the_button_stands_in_pages_of_others(group: Group) -> None:
    door = f"/complain/{group.company_a.unified_code}/"
    with override_settings(ROOT_URLCONF=PUBLIC):
        client = Client()
        framed, plain = client.get(f"{door}?from=widget"), client.get(door)
        sent = client.post(f"{door}?from=widget", {"text": "坏了", "key": "k"})
        notice = client.get("/?from=widget")
    assert "frame-ancestors *" in framed["Content-Security-Policy"] and not framed.has_header("X-Frame-Options")
    assert "frame-ancestors *" in sent["Content-Security-Policy"] and "查看进度" in sent.content.decode()
    for other in (plain, notice):
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"] and other["X-Frame-Options"] == "DENY"
    assert only(group).channel == "widget"


def test_staff_copy_the_snippet_and_print_a_poster_for_each_shop(group: Group, client: Client) -> None:
    sign_in(client, agent_of(group).user.username)
    page = client.get("/complaints/door/").content.decode()
    assert "/widget.js" in page and group.company_a.unified_code in page and "frame-src" in page

    poster = client.get("/complaints/door/poster.pdf", {"shop": "一号店", "place": "某路1号", "hours": "9:00—21:00"})
    assert poster["Content-Type"] == "application/pdf" and poster.content.startswith(b"%PDF")
    assert client.get("/complaints/door/poster.pdf", {"shop": "长" * 61}).status_code == 422


def test_what_came_by_a_poster_says_from_which_shop(group: Group, client: Client) -> None:
    door = f"/complain/{group.company_a.unified_code}/"
    with override_settings(ROOT_URLCONF=PUBLIC):
        assert 'value="一号店"' in client.get(door, {"shop": "一号店"}).content.decode()
        client.post(door, {"text": "坏了", "shop": "一号店"})
    assert sealed_values(only(group), "sealed")["shop"] == "一号店"


def test_the_app_hands_over_name_and_phone_and_they_are_vouched_for(group: Group, client: Client) -> None:
    agent = agent_of(group)
    with acting(agent):
        token = create_token(member=agent, name="app", days=1, at=timezone.now())
    said = {"name": "李女士", "phone": PHONE, "order_no": "D-1"}
    made = client.post(
        "/api/v1/complaints/handovers",
        json.dumps(said),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    address = urlsplit(made.json()["url"])
    assert made.status_code == 200 and PHONE not in made.json()["url"]
    with override_settings(ROOT_URLCONF=PUBLIC):
        page = client.get(f"{address.path}?{address.query}").content.decode()
        assert "李女士" in page and PHONE in page and "D-1" in page
        handover = parse_qs(address.query)["token"][0]
        typed = {"text": "坏了", "contact_phone": PHONE, "handover": handover}
        client.post(f"{address.path}?from=app", typed)
    case = only(group)
    assert case.channel == "app" and case.verified_at is not None
    with scope(entities={case.entity_id}):
        assert case.steps.filter(kind="verified", data={"by": "app"}).exists()


@pytest.mark.parametrize("wrong", ["forged", "other phone", "other company", "late", ""])
def test_what_the_app_did_not_vouch_for_is_not_trusted(group: Group, client: Client, wrong: str) -> None:
    now = timezone.now()
    company = group.company_b if wrong == "other company" else group.company_a
    made_at = now - GOOD_FOR - timedelta(minutes=1) if wrong == "late" else now
    token = sealed_handover(company.pk, HandedOver("李", PHONE), at=made_at)
    if wrong in ("forged", ""):
        token = {"forged": token[:-8] + "AAAAAAAA", "": "é"}[wrong]
    phone = "13900001111" if wrong == "other phone" else PHONE
    with override_settings(ROOT_URLCONF=PUBLIC):
        typed = {"text": "坏了", "contact_phone": phone, "handover": token}
        client.post(f"/complain/{group.company_a.unified_code}/?from=app", typed)
    assert only(group).verified_at is None


def test_only_who_may_enter_complaints_hands_over(group: Group) -> None:
    with pytest.raises(NotAllowed), acting(group.sales_a):
        hand_over_to_door(said=HandedOver("李", PHONE), actor=group.sales_a, at=AT)
    agent = agent_of(group)
    with pytest.raises(Refused, match="手机"), acting(agent):
        hand_over_to_door(said=HandedOver("李", "123"), actor=agent, at=AT)
    with acting(agent):
        made = hand_over_to_door(said=HandedOver("李", PHONE), actor=agent, at=AT)
    assert handed_over(agent.entity_id, made.token, at=AT) == HandedOver("李", PHONE)
