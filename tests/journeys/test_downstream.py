"""A company's own system hears of a withdrawal from the running program: its page is set, a consent ends, a call comes."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from guiju.notifications.channels.base import signature_of
from guiju.notifications.tests.test_channels import server
from tests.journeys.running import Running, ask

SECRET = "a-secret-of-the-companys-system"
BOUND = 30
"""Seconds after which nothing comes any more; how long it took is printed."""


@pytest.mark.prove
def test_a_companys_own_system_is_called_as_soon_as_a_consent_is_withdrawn(running: Running) -> None:
    admin, token = running.signed_in("system.admin"), running.token("service.food")
    company = next(
        address
        for address in re.findall(r'href="(/notices/channels/[0-9a-f-]{36}/)"', admin.get("/notices/channels/").text)
        if "示例食品" in admin.get(address).text
    )

    def call(method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        answer, text = ask(running.url, f"/api/v1{path}", method, body=json.dumps(body or {}).encode(), headers=headers)
        assert answer.status in (200, 201), text
        return json.loads(text)

    with server(lambda path, body: (204, b"")) as system:
        kinds = {"url": system.url, "secret": SECRET, "kinds": "customers.ended"}
        admin.submit(f"{company}webhook/", kinds)
        consent = {"purpose": "marketing", "given_at": datetime.now(UTC).isoformat(), "proof": "门店登记表"}
        made = call("POST", "/customers", {"values": {"name": "郑撤回"}, "consents": [consent], "is_another": True})
        place = f"/customers/{made['id']}/consents"
        [held] = call("GET", place)
        began = time.monotonic()
        call("POST", f"{place}/{held['id']}/withdraw")
        while not system.asked and time.monotonic() < began + BOUND:
            time.sleep(0.02)
        print(f"seconds={time.monotonic() - began:.2f} calls={len(system.asked)}")
        [(_, headers, body)] = system.asked
    assert "郑撤回" not in body.decode() and made["id"] in body.decode()
    stamp, signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["Guiju-Signature"]).groups()  # type: ignore[union-attr]
    assert signature_of(SECRET, stamp.encode(), body) == signed
