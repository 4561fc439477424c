"""拒收名单 is narrowed by the month in which it was put down and by how it came, on each of its ways."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.database.models import new_id
from guiju.kernel.calendar.clock import CHINA
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.cli import refusal
from guiju.privacy.models import Refusal
from guiju.privacy.services.refusals import Said, add_refusal


@pytest.fixture
def marketing(group: Group) -> str:
    """One who refused by a call that was put down in November of a talk in October, two of October, one of now."""
    head = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    said = Said("call", date(2025, 10, 31), "录音 1 号")
    with acting(head):
        at = datetime(2025, 11, 1, 0, 0, tzinfo=CHINA)
        add_refusal(addresses=["13800138000"], said=said, actor=head, at=at)
        day_before = at - timedelta(seconds=1)
        add_refusal(addresses=["13800138001"], said=said, actor=head, at=day_before)
        person = Refusal(id=new_id(), entity_id=head.entity_id, key=b"1" * 16, way="person", at=day_before)
        person.save(force_insert=True)
        letter = Said("letter", timezone.localdate(), "信件 2 号")
        add_refusal(addresses=["13800138002"], said=letter, actor=head, at=timezone.now())
        return create_token(member=head, name="x", days=1, at=timezone.now())


MONTH, NOW = {"month": "2025-11"}, f"{timezone.localdate():%Y-%m}"
CASES: list[tuple[dict[str, str], int]] = [
    ({}, 4),
    (MONTH, 1),
    ({"month": "2025-10"}, 2),
    ({"month": "2025-10", "how": "person"}, 1),
    ({"how": "call"}, 2),
    ({"how": "letter"}, 1),
    ({"how": "import"}, 0),
    ({"month": NOW}, 1),
    ({"month": "2025-13"}, 0),
    ({"month": "九月"}, 0),
    ({"month": "9999-12"}, 0),
    ({"how": "x\x00"}, 0),
]


def test_it_is_narrowed_on_the_page_by_programs_and_by_command(client: Client, marketing: str) -> None:
    sign_in(client, "yingxiao.a")
    program = Client(headers={"Authorization": f"Bearer {marketing}"})
    for asked, count in CASES:
        assert len(client.get("/catalogue/refusals/", asked).context["lines"]) == count, asked
        assert program.get("/api/v1/refusals", asked).json()["count"] == count, asked
        said = [f"--{name}={value}" for name, value in asked.items()]
        told = CliRunner().invoke(refusal, ["list", "--format=json", *said], obj=marketing)
        assert len(json.loads(told.output)["items"]) == count, asked


def test_the_page_keeps_what_was_chosen_for_the_export_and_offers_the_way_back(client: Client, marketing: str) -> None:
    sign_in(client, "yingxiao.a")
    page = client.get("/catalogue/refusals/", {"month": "2019-02", "how": "call"}).content.decode()
    assert '<option value="2019-02" selected>' in page and '<option value="call" selected>' in page
    assert "没有符合条件的" in page and ">全部</a>" in page
    form = client.get("/catalogue/refusals/export/", {"month": "2025-10", "how": "call"}).content.decode()
    assert "month=2025-10&amp;how=call" in form
    typed = {"purpose": "compliance", "reason": "季度核对名单", "ending": "csv"}
    export = client.post("/catalogue/refusals/export/?month=2025-10&how=person", typed)
    lines = b"".join(export.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    export.close()
    assert sum("本人" in line for line in lines) == 1 and not any("来电" in line for line in lines)


def test_the_number_of_this_month_opens_exactly_these(client: Client, marketing: str) -> None:
    sign_in(client, "yingxiao.a")
    page = client.get("/").content.decode()
    [(address, count)] = re.findall(r'href="(/catalogue/refusals/\?month=[^"]*)">(\d+)</a>', page)
    assert count == "1" and len(client.get(address).context["lines"]) == 1
