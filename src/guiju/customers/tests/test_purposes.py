"""What is read is read for a purpose, the name and the notes as well (声明用途)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.values import values_of
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import given, publish


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        how = How(consents=[given("marketing")])
        made = add_customer(kind="person", values=values, how=how, actor=group.sales_a, at=AT).customer
        add_note(customer_id=made.pk, details=NoteDetails("约好周三上门"), actor=group.sales_a, at=AT)
    return made


def test_a_name_and_notes_that_were_not_collected_for_a_purpose_do_not_show(
    group: Group, li: Customer, client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    for address in (f"/customers/{li.pk}/", "/customers/"):
        sold = client.get(address).content.decode()
        marketed = client.get(f"{address}?purpose=marketing").content.decode()
        assert "李小明" in sold and "13800138000" in sold
        assert "李小明" not in marketed and "（不能用于营销）" in marketed and "13800138000" in marketed
    assert "约好周三上门" in client.get(f"/customers/{li.pk}/").content.decode()
    assert "约好周三上门" not in client.get(f"/customers/{li.pk}/?purpose=marketing").content.decode()
    with acting(group.sales_a), reading(group.sales_a, purpose="marketing", on=day_of(AT)) as seen:
        assert not CustomerFilter("李小").of(seen.customers(), seen).exists()


def test_an_export_for_marketing_holds_no_names(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    said = {"purpose": "marketing", "reason": "春季活动的短信名单", "ending": "csv"}
    sent = client.post("/customers/export/", said)
    text = b"".join(sent) if sent.streaming else sent.content  # type: ignore[arg-type]
    assert "李小明" not in text.decode("utf-8-sig") and "不能用于营销" in text.decode("utf-8-sig")


def test_programs_name_a_purpose_and_get_the_rest_left_out_with_its_reason(
    group: Group, li: Customer, client: Client
) -> None:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    for address in ("/api/v1/customers", f"/api/v1/customers/{li.pk}"):
        assert client.get(address, headers=headers).status_code == 422
    found = client.get(f"/api/v1/customers/{li.pk}?purpose=marketing", headers=headers).json()
    assert found["name"] == "（不能用于营销）" and found["values"]["phone"]["text"] == "13800138000"
    assert found["values"]["name"]["text"] == "" and "没有为此告知" in found["values"]["name"]["why"]


def test_consents_are_read_of_those_only_whom_the_right_covers(group: Group, li: Customer, client: Client) -> None:
    colleague = join(group.company_a, "marketing", "yingxiao.a2", group.system_admin, group.security_admin)
    role = Role.objects.get(code="marketing")
    role.rights["consent.read"] = "own"
    Role.objects.filter(pk=role.pk).update(rights=role.rights)
    with acting(colleague):
        secret = create_token(member=colleague, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"/api/v1/customers/{li.pk}?purpose=sales", headers=headers).status_code == 200
    refused = client.get(f"/api/v1/customers/{li.pk}/consents", headers=headers)
    assert refused.status_code == 403
    sign_in(client, "yingxiao.a2")
    page = client.get(f"/customers/{li.pk}/").content.decode()
    assert "同意书 0001 号" not in page and "用于营销（纸质）" not in page


def test_a_form_takes_away_only_what_it_showed(group: Group, li: Customer, client: Client) -> None:
    Role.objects.filter(code="sales").update(treatments={"customer.phone": "masked"})
    sign_in(client, "xiaoshou.a")
    address = f"/customers/{li.pk}/change/"
    page = client.get(address).content.decode()
    typed = {
        "seen": re.search(r'name="seen" value="(\d+)"', page)[1],  # type: ignore[index]
        "shown": re.search(r'name="shown" value="([^"]*)"', page)[1],  # type: ignore[index]
        "name": "李小明",
        "company": "某某公司",
        "phone": "",
    }
    assert "phone" not in typed["shown"].split(",") and "name" in typed["shown"].split(",")
    # Meanwhile the phone shows in the clear: in another window, for five minutes.
    client.post(f"/customers/{li.pk}/unmask/phone/", {"reason": "回访客户核对地址"})
    assert client.post(address, typed).status_code == 302
    with acting(group.sales_a):
        assert values_of(Customer.objects.get(pk=li.pk)) == {
            "name": "李小明",
            "phone": "13800138000",
            "company": "某某公司",
        }
    page = client.get(address).content.decode()
    shown = re.search(r'name="shown" value="([^"]*)"', page)[1]  # type: ignore[index]
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]  # type: ignore[index]
    assert client.post(address, typed | {"shown": shown, "seen": seen}).status_code == 302
    with acting(group.sales_a):
        assert "phone" not in values_of(Customer.objects.get(pk=li.pk))
