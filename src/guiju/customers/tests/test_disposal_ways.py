"""Disposals, holds and freezing by the API (`propose_disposal`, `decide_disposal`) and the command line: the same rights (销毁, 保全)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.archives.cli import disposal, hold
from guiju.customers.cli import customer
from guiju.customers.models import Customer
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.tests.merging import firm, person
from guiju.customers.values import values_of
from guiju.kernel.errors import GuijuError
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.tests.factories import data_officer, publish

WHY = "客户来电要求删除，已核对"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    return person(group.sales_a, phone="13800138000")


@pytest.fixture
def keeper(group: Group) -> Member:
    return join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)


def token_of(member: Member) -> str:
    with acting(member):
        return create_token(member=member, name="x", days=1, at=timezone.now() - timedelta(minutes=1))


class Ways:
    """One member's ways in: the API, and the command line."""

    def __init__(self, member: Member) -> None:
        self.secret = token_of(member)

    def api(self, method: str, path: str, **body: object) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.secret}"}
        answer = Client().generic(
            method, f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    def run(self, command: click.Command, *arguments: object) -> str:
        done = CliRunner().invoke(command, [str(one) for one in arguments], obj=self.secret)
        if isinstance(done.exception, GuijuError):
            return done.exception.code
        assert done.exception is None, done.exception
        return done.output


def test_by_the_api_one_proposes_and_another_one_decides(group: Group, li: Customer, keeper: Member) -> None:
    officer, archivist, seller = (Ways(one) for one in (data_officer(group), keeper, group.sales_a))
    path, body = f"/customers/{li.pk}/disposals", {"basis": "withdrawn", "reason": WHY, "fields": ["person.phone"]}
    assert seller.api("POST", path, **body)[0] == 403
    assert officer.api("POST", path, **{**body, "basis": "x"})[0] == 422
    status, made = officer.api("POST", path, **body)
    assert (status, made["state"], made["things"]) == (201, "open", 1)
    assert officer.api("GET", "/disposals")[1]["count"] == 1 and seller.api("GET", "/disposals")[0] == 403
    decide = f"/disposals/{made['id']}/decide"
    assert officer.api("POST", decide, allows=True)[0] == 403
    assert archivist.api("POST", decide, allows=False)[0] == 422
    status, done = archivist.api("POST", decide, allows=True)
    assert (status, done["state"], done["counts"]) == (200, "done", {"customers.values": 1})
    assert archivist.api("GET", f"/disposals/{made['id']}")[1]["done_at"]
    with acting(keeper):
        assert values_of(Customer.objects.get(pk=li.pk)) == {"name": "李小明"}
    nobody = "/disposals/00000000-0000-0000-0000-000000000001/decide"
    assert archivist.api("POST", nobody, allows=True)[0] == 404


def test_what_is_held_back_is_not_proposed_and_what_is_frozen_is_not_changed(
    group: Group, li: Customer, keeper: Member
) -> None:
    officer, seller = Ways(data_officer(group)), Ways(group.sales_a)
    assert seller.api("POST", f"/customers/{li.pk}/holds", sort="dispute", reason="争议未决")[0] == 403
    status, held = officer.api("POST", f"/customers/{li.pk}/holds", sort="dispute", reason="争议未决")
    assert status == 201 and officer.api("GET", "/holds")[1]["items"][0]["id"] == held["id"]
    assert officer.api("POST", f"/customers/{li.pk}/disposals", basis="withdrawn", reason=WHY)[0] == 422
    assert officer.api("POST", f"/holds/{held['id']}/lift", reason="争议已了结")[1]["lifted_because"] == "争议已了结"
    assert officer.api("POST", f"/holds/{held['id']}/lift", reason="争议已了结")[0] == 422
    assert seller.api("POST", f"/customers/{li.pk}/freeze", reason="争议未决")[0] == 403
    status, frozen = officer.api("POST", f"/customers/{li.pk}/freeze", reason="争议未决", fields=["person.phone"])
    assert (status, frozen["frozen_fields"]) == (200, ["person.phone"])
    assert officer.api("POST", f"/customers/{li.pk}/freeze", reason="争议未决", fields=["person.nothing"])[0] == 422
    status, frozen = officer.api("POST", f"/customers/{li.pk}/unfreeze", reason="争议已了结", fields=["person.phone"])
    assert (status, frozen) == (200, {"frozen_at": None, "frozen_fields": []})


def test_by_the_command_line_it_is_the_same(group: Group, li: Customer, keeper: Member) -> None:
    officer, archivist, seller = (Ways(one) for one in (data_officer(group), keeper, group.sales_a))
    assert seller.run(hold, "place", li.pk, "--sort=dispute", "--reason=争议未决") == "not_allowed"
    placed = officer.run(hold, "place", li.pk, "--sort=dispute", "--reason=争议未决").split("：")[1].strip()
    assert placed in officer.run(hold, "list") and '"dispute"' in officer.run(hold, "list", "--format=json")
    propose = ["propose", li.pk, "--basis=withdrawn", f"--reason={WHY}"]
    assert officer.run(disposal, *propose) == "held_back"
    assert "已解除" in officer.run(hold, "lift", placed, "--reason=争议已了结")
    assert "已冻结" in officer.run(customer, "freeze", li.pk, "--field=person.phone", "--reason=有争议，先停用")
    assert "已解冻" in officer.run(customer, "unfreeze", li.pk, "--field=person.phone", "--reason=可以使用了")
    made = officer.run(disposal, *propose).split("销毁登记")[1].strip()
    assert officer.run(disposal, "decide", made, "--allow") == "not_allowed"
    assert archivist.run(disposal, "decide", made, "--refuse") == "note_empty"
    assert "已销毁：1项" in archivist.run(disposal, "decide", made, "--allow")
    assert "已销毁" in officer.run(disposal, "list") and '"done"' in officer.run(disposal, "list", "--format=json")


def test_a_contact_goes_by_its_own_number_and_a_company_by_none(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        company = firm(group.sales_a)
        contact = add_contact(
            customer_id=company.pk, values={"name": "王经理"}, how=How(), actor=group.sales_a, at=AT
        ).contact
    officer = Ways(data_officer(group))
    assert officer.api("POST", f"/customers/{contact.pk}/disposals", basis="withdrawn", reason=WHY)[0] == 201
    assert officer.api("POST", f"/customers/{company.pk}/disposals", basis="withdrawn", reason=WHY)[0] == 404
    for odd in ({"reason": "\x00" * 9}, {"fields": ["手机"]}, {"fields": ["person.\x00"]}, {"fields": ["x" * 9999]}):
        body = {"basis": "withdrawn", "reason": WHY, **odd}
        assert officer.api("POST", f"/customers/{li.pk}/disposals", **body)[0] == 422
