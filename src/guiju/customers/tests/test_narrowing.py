"""The list is narrowed by more (更多筛选): a colleague, region, silence, days, consents, and fields with choices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer, SavedList
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.tests.merging import person
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.selectors.catalogue import field_of
from guiju.privacy.services.catalogue import FieldDetails, activate_field, propose_field
from guiju.privacy.tests.factories import data_officer, given, publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def found(member: Member, purpose: str = "sales", *, days: int = 0, **asked: object) -> set[str]:
    on = day_of(AT + timedelta(days=days))
    with acting(member), reading(member, purpose=purpose, on=on) as seen:
        return {one.name for one in CustomerFilter(**asked).of(seen.customers(), seen)}  # type: ignore[arg-type]


def test_a_manager_picks_a_colleague(group: Group, seller: Member) -> None:
    head = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    other = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    person(seller), person(other, "王五")
    assert found(head, owner=str(other.pk)) == {"王五"}
    assert found(seller, owner=str(other.pk)) == set()
    with pytest.raises(Refused) as refusal:
        found(head, owner="somebody")
    assert refusal.value.problems[0].field == "owner"


def test_by_region_silence_and_days(seller: Member) -> None:
    person(seller, region="330106")
    silent = person(seller, "王五", region="310101")
    with acting(seller):
        later = AT + timedelta(days=20)
        add_note(customer_id=silent.pk, details=NoteDetails("打过电话", "call"), actor=seller, at=later)
    assert found(seller, region="杭州") == {"李小明"} and found(seller, region="31") >= {"王五"}
    assert found(seller, days=35, quiet="30") == {"李小明"}
    assert found(seller, days=29, quiet="30") == set()
    day = day_of(AT).isoformat()
    assert found(seller, made_from=day, made_to=day) == {"李小明", "王五"}
    assert found(seller, made_from=day_of(AT + timedelta(days=1)).isoformat()) == set()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"quiet": "0"}, "quiet"),
        ({"quiet": "x\x00"}, "quiet"),
        ({"made_from": "昨天"}, "made_from"),
        ({"made_to": "9999-12-31"}, "made_to"),
        ({"region": "没有的地方"}, "region"),
        ({"consent": "everything"}, "consent"),
        ({"values": (("phone", "1"),)}, "values"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(seller: Member, asked: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        found(seller, **asked)
    assert refusal.value.problems[0].field == field


def test_by_consent_for_who_may_read_consents(group: Group, seller: Member) -> None:
    person(seller, consents=[given("marketing")])
    person(seller, "王五")
    assert found(seller, consent="marketing") == {"李小明"}
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with pytest.raises(Refused):
        found(archivist, consent="marketing")


def test_by_a_field_of_the_company_where_it_is_for_the_purpose(group: Group, seller: Member, client: Client) -> None:
    officer = data_officer(group)
    with acting(officer):
        details = FieldDetails(
            "合作意向", sort="choice", choices=("高", "低"), uses={"sales": "contract"}, retention=36
        )
        whose: dict[str, Any] = {"entity_id": officer.entity_id, "record_kind": "person", "actor": officer, "at": AT}
        row = propose_field(details=details, **whose)
        activate_field(code=row.code, **whose)
        code, (liked, other) = row.code, list(field_of(row).choices)
    publish(group)
    person(seller, **{code: liked})
    person(seller, "王五", **{code: other})
    assert found(seller, values=((code, liked),)) == {"李小明"}
    with pytest.raises(Refused):
        found(seller, "service", values=((code, liked),))
    for odd in ("没有的", f"{liked}\x00", "\x00"):
        with pytest.raises(Refused) as refusal:
            found(seller, values=((code, odd),))
        assert refusal.value.code == "value_unknown"
    sign_in(client, "xiaoshou.a")
    assert "合作意向请从列表里选" in client.get("/customers/", {f"value_{code}": "\x00"}).content.decode()


def test_the_page_offers_keeps_and_explains_them(seller: Member, client: Client) -> None:
    person(seller, region="330106")
    person(seller, "王五")
    sign_in(client, "xiaoshou.a")
    page = client.get("/customers/", {"region": "西湖", "source": ""}).content.decode()
    assert "更多筛选" in page and "李小明" in page and "王五" not in page
    assert "没有“火星”这个地区" in client.get("/customers/", {"region": "火星"}).content.decode()
    client.post("/customers/lists/save/?region=西湖&quiet=30", {"name": "西湖的"})
    with acting(seller):
        assert SavedList.objects.get().query == {"region": "西湖", "quiet": "30"}


def test_programs_narrow_alike(seller: Member) -> None:
    person(seller, region="330106")
    with acting(seller):
        secret = create_token(member=seller, name="筛选", days=1, at=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/customers?purpose=sales&region=330106").json()["count"] == 1
    answer = client.get("/api/v1/customers?purpose=sales&quiet=zz")
    assert answer.status_code == 422 and "多少天" in answer.content.decode()
    with acting(seller):
        assert Customer.objects.count() == 1
