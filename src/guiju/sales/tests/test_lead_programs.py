"""Programs list leads, open them, and say what became of them; the command lists them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, join
from guiju.sales.cli import lead
from guiju.sales.tests.factories import customer_of


def secret_of(member: Member) -> str:
    with acting(member):
        return create_token(member=member, name="x", days=1, at=timezone.now())


@pytest.fixture
def ask(group: Group, client: Client) -> Any:
    headers = {"Authorization": f"Bearer {secret_of(group.sales_a)}"}

    def asked(path: str, body: dict[str, object] | None = None) -> tuple[int, dict[str, Any]]:
        address = f"/api/v1/leads{path}"
        if body is None:
            answer = client.get(address, headers=headers)
        else:
            answer = client.post(address, json.dumps(body), "application/json", headers=headers)
        return answer.status_code, answer.json()

    return asked


def test_programs_open_qualify_and_discard(group: Group, ask: Any) -> None:
    firm = customer_of(group.sales_a)
    given: dict[str, object] = {"customer_id": str(firm.pk), "interest": "团购"}
    status, made = ask("", given)
    assert status == 201 and (made["customer"], made["interest"], made["state"]) == ("东方餐饮", "团购", "open")
    status, refused = ask("", given)
    assert status == 422 and refused["code"] == "lead_open"
    status, wrong = ask(f"/{made['id']}/discard", {"reason": "\x00"})
    assert status == 422 and wrong["code"] == "lost_reason"
    status, ended = ask(f"/{made['id']}/discard", {"reason": "price", "note": "嫌贵"})
    assert status == 200 and (ended["state"], ended["reason"], ended["note"]) == ("discarded", "price", "嫌贵")
    status, second = ask("", given)
    for odd in ({"name": ""}, {"name": "a\x00"}, {"name": "x", "amount": "NaN"}, {"name": "x", "stage": "nirvana"}):
        assert ask(f"/{second['id']}/qualify", odd)[0] in (400, 422), odd
    status, became = ask(f"/{second['id']}/qualify", {"name": "年货礼盒", "amount": "100.50"})
    assert status == 200 and became["state"] == "qualified" and became["opportunity_id"]
    assert ask(f"/{second['id']}/discard", {"reason": "price"})[1]["code"] == "lead_state"
    assert (ask("")[1]["count"], ask("?state=all&owner=me")[1]["count"], ask("?made_from=soon")[1]["count"]) == (
        0,
        2,
        0,
    )


def test_a_program_does_what_its_member_may(group: Group, ask: Any, client: Client) -> None:
    firm = customer_of(group.sales_a)
    _, made = ask("", {"customer_id": str(firm.pk)})
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    headers = {"Authorization": f"Bearer {secret_of(colleague)}"}
    assert client.get("/api/v1/leads", headers=headers).json()["count"] == 0
    body = json.dumps({"reason": "price"})
    address = f"/api/v1/leads/{made['id']}/discard"
    assert client.post(address, body, "application/json", headers=headers).status_code == 404


def test_the_command_lists_them(group: Group, ask: Any) -> None:
    firm = customer_of(group.sales_a)
    ask("", {"customer_id": str(firm.pk), "interest": "团购"})
    secret = secret_of(group.sales_a)
    said = CliRunner().invoke(lead, ["list", "--format=json"], obj=secret)
    assert [(one["customer"], one["interest"], one["state"]) for one in json.loads(said.output)] == [
        ("东方餐饮", "团购", "open")
    ]
    assert "东方餐饮  团购  待确认" in CliRunner().invoke(lead, ["list"], obj=secret).output
    assert CliRunner().invoke(lead, ["list", "--state=discarded"], obj=secret).output == ""
