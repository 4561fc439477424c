"""Many people complain at once while database and worker are killed: what got a number is there, once, and confirmed."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import pytest
import requests

from tests.journeys.running import Running
from tests.journeys.test_evidence import superuser

IS_LONG = os.environ.get("GUIJU_PROVE") == "1"
PEOPLE, SECONDS = (500, 120) if IS_LONG else (20, 8)
VICTIMS = ("worker", "database", "worker", "worker", "worker", "worker") if IS_LONG else ("worker", "database")


class Complainants:
    """People who complain, each by the public door; who gets no answer sends the very same again, as browsers do."""

    def __init__(self, address: str) -> None:
        self.numbers: dict[str, str] = {}
        self.again = 0
        self.faults: list[str] = []
        self._address = address
        self._end = Event()
        self._threads = [Thread(target=self._complain, daemon=True) for _ in range(PEOPLE)]

    def __enter__(self) -> Complainants:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(120)

    def _complain(self) -> None:
        with requests.Session() as web:
            while not self._end.is_set():
                key = secrets.token_hex(8)
                body = {"text": f"坏了（{key}）", "contact_phone": f"139{secrets.randbelow(10**8):08}"}
                while (number := self._send(web, key, body)) is None:
                    self.again += 1
                    time.sleep(0.2)
                self.numbers[key] = number

    def _send(self, web: requests.Session, key: str, body: dict[str, str]) -> str | None:
        """The number, or None where nobody answered or the database was away."""
        try:
            answer = web.post(self._address, json=body, headers={"Idempotency-Key": key}, timeout=20)
        except requests.RequestException:
            return None
        if answer.status_code in (200, 201):
            return str(answer.json()["number"])
        if answer.status_code < 500:
            self.faults.append(answer.text)
        return None


COUNTS = {
    "没有照管的": "SELECT count(*) FROM complaints_complaint WHERE channel = 'api' AND cared_at IS NULL",
    "没有确认，或确认了两次的": "SELECT count(*) FROM complaints_complaint c WHERE channel = 'api' AND 1 <>"
    " (SELECT count(*) FROM complaints_step s WHERE s.complaint_id = c.id AND s.kind = 'confirmed')",
    "没有确认的通知，或有两条的": "SELECT count(*) FROM complaints_complaint c WHERE channel = 'api' AND NOT is_doubtful"
    " AND 1 <> (SELECT count(*) FROM notifications_notice n WHERE n.key = 'complaints.received:' || c.id || ':')",
    "期限不是两项的": "SELECT count(*) FROM complaints_complaint c WHERE channel = 'api' AND 2 <>"
    " (SELECT count(*) FROM deadlines_duty d WHERE d.subject_id = c.id)",
    "没有条目的": "SELECT count(*) FROM complaints_complaint c WHERE channel = 'api' AND NOT EXISTS"
    " (SELECT FROM evidence_entry n WHERE n.subject_id = c.id AND n.action = 'complaints.receive_complaint')",
}


@pytest.mark.prove
def test_every_complaint_that_got_a_number_is_there_once_and_confirmed(place: Path) -> None:
    demo = Running(place / "storm")
    demo.start()
    with superuser(demo) as direct:
        row = direct.execute(
            "SELECT e.unified_code FROM organisations_entity e JOIN organisations_member m ON m.entity_id = e.id"
            " JOIN organisations_user u ON u.id = m.user_id WHERE u.username = %s",
            ["service.food"],
        ).fetchone()
    assert row is not None
    with Complainants(f"{demo.public_url}/api/v1/public/{row[0]}/complaints") as people:
        for victim in VICTIMS:
            time.sleep(SECONDS / (len(VICTIMS) + 1))
            os.kill(demo.status()["pids"][victim], signal.SIGKILL)
        time.sleep(SECONDS / (len(VICTIMS) + 1))
    assert people.faults == []
    sent = people.numbers
    assert len(sent) > PEOPLE and max(Counter(sent.values()).values()) == 1
    with superuser(demo) as direct:
        deadline = time.monotonic() + 300
        while (left := {name: direct.execute(asked).fetchone()[0] for name, asked in COUNTS.items()}) != dict.fromkeys(
            COUNTS, 0
        ) and time.monotonic() < deadline:
            time.sleep(1)
        assert left == dict.fromkeys(COUNTS, 0)
        known = {number for (number,) in direct.execute("SELECT number FROM complaints_complaint")}
        total = direct.execute("SELECT count(*) FROM complaints_complaint WHERE channel = 'api'").fetchone()[0]
    assert set(sent.values()) <= known
    # Somebody whose answer was lost at the very end has a case without knowing its number.
    assert len(sent) <= total <= len(sent) + PEOPLE
    print(f"{PEOPLE} people, {SECONDS} s: {len(sent)} complaints, {people.again} sent again, killed {VICTIMS}")
    demo.stop()
