"""kill -9 of database, web, worker, sequencer and supervisor under a writing load: nothing is half written."""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
import requests

from guiju.kernel.identifiers import unified_code
from guiju.web.tables import xlsx_bytes
from tests.journeys.running import Running

ROUNDS = 100 if os.environ.get("GUIJU_PROVE") else 5
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))
VICTIMS = ("database", "web", "worker", "sequencer", "up")
ROWS_A_FILE = 300
COLUMNS = ("统一社会信用代码", "公司名称", "区划代码", "行业", "系统上线日期", "上级公司代码")


def new_code() -> str:
    return unified_code.make("330106", secrets.randbelow(31**8))


class Writers:
    """Threads that register companies over the API, one after the other, whatever happens."""

    def __init__(self, demo: Running, threads: int = 3) -> None:
        self.accepted: list[str] = []
        self.attempts = 0
        self._demo = demo
        self._token = demo.token("system.admin")
        self._end = Event()
        self._threads = [Thread(target=self._write, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self) -> None:
        while not self._end.is_set():
            code = new_code()
            self.attempts += 1
            body = {
                "unified_code": code,
                "name": f"写入{code}",
                "region": "330106",
                "sector": "food",
                "went_live_on": "2026-01-01",
            }
            try:
                answer = requests.post(
                    f"{self._demo.url}/api/v1/companies",
                    json=body,
                    headers={"Authorization": f"Bearer {self._token}"},
                    timeout=20,
                )
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if answer.status_code == 201:
                self.accepted.append(code)
            else:
                # On a slow machine a file holds the register longer than one waits for it: a sentence, nothing written.
                assert answer.status_code == 503 or answer.json()["code"] == "lock_busy", answer.text
                time.sleep(0.05)


def send_file(demo: Running) -> str | None:
    """Upload and confirm a table of companies on the pages; its name, or None when it didn't go through."""
    name = f"{secrets.token_hex(4)}.xlsx"
    rows = [(new_code(), f"{name}之{number}", "330106", "食品", "2026-01-01", "") for number in range(ROWS_A_FILE)]
    try:
        session = demo.signed_in("system.admin")
        page = session.submit("/companies/import/", files={"file": (name, xlsx_bytes("公司", COLUMNS, rows))})
        session.submit(page.url.removeprefix(demo.url), {"mode": "good_rows"})
    except (requests.RequestException, AssertionError):
        return None
    return name


def wait_until_it_answers(demo: Running, *, restarted: bool) -> float:
    began = time.monotonic()
    if restarted:
        demo.start()
    while time.monotonic() - began < 120:
        if demo.status()["ok"]:
            return time.monotonic() - began
        time.sleep(0.1)
    raise AssertionError(f"does not answer: {demo.status()}\n{demo.log.read_text()[-3000:]}")


FAULTS = {
    "公司没有条目": "SELECT count(*) FROM organisations_entity e WHERE NOT EXISTS "
    "(SELECT 1 FROM evidence_entry n WHERE n.subject_id = e.id AND n.entity_id = e.id)",
    "条目没有公司": "SELECT count(*) FROM evidence_entry n WHERE n.subject_type = 'organisations.entity' AND NOT EXISTS "
    "(SELECT 1 FROM organisations_entity e WHERE e.id = n.subject_id)",
    "条目没有版本": "SELECT count(*) FROM evidence_entry n WHERE NOT EXISTS "
    "(SELECT 1 FROM evidence_revision r WHERE r.entry_id = n.id)",
    "条目没有排位": "SELECT count(*) FROM evidence_entry n WHERE NOT EXISTS "
    "(SELECT 1 FROM evidence_leaf l WHERE l.entry_id = n.id)",
    "还在等候": "SELECT count(*) FROM evidence_pending",
    "日志有缺口": "SELECT max(index) + 1 - count(*) FROM evidence_leaf",
    "公司没有路径": "SELECT count(*) FROM organisations_entity e WHERE NOT EXISTS "
    "(SELECT 1 FROM organisations_entitypath p WHERE p.descendant_id = e.id AND p.depth = 1) AND parent_id IS NOT NULL",
    "公司有两个条目": "SELECT count(*) FROM (SELECT subject_id FROM evidence_entry "
    "WHERE action = 'organisations.register_company' GROUP BY 1 HAVING count(*) > 1) twice",
}


@pytest.mark.prove
def test_nothing_is_half_written_however_it_is_killed(place: Path) -> None:
    chance = random.Random(SEED)
    demo = Running(place / "demo")
    demo.start()
    slowest: dict[str, float] = dict.fromkeys(VICTIMS, 0.0)
    files: list[str] = []
    with Writers(demo) as writers:
        for number in range(ROUNDS):
            victim = VICTIMS[number] if number < len(VICTIMS) else chance.choice(VICTIMS)
            if victim == "worker" or chance.random() < 0.3:
                files += filter(None, [send_file(demo)])
            time.sleep(chance.uniform(0.05, 1.0))
            os.kill(demo.status()["pids"][victim], signal.SIGKILL)
            if victim == "up":
                assert demo.process is not None
                demo.process.wait(30)
            took = wait_until_it_answers(demo, restarted=victim == "up")
            slowest[victim] = max(slowest[victim], took)
    deadline = time.monotonic() + 120
    with psycopg.connect(demo.command("db", "url", "--role", "superuser").stdout.strip(), autocommit=True) as admin:
        while time.monotonic() < deadline:
            waiting = admin.execute(
                "SELECT count(*) FROM organisations_companyimport WHERE state = 'running'"
            ).fetchone()
            if waiting == (0,) and admin.execute("SELECT count(*) FROM evidence_pending").fetchone() == (0,):
                break
            time.sleep(0.5)
        time.sleep(3)
        faults = {name: admin.execute(query).fetchone() for name, query in FAULTS.items()}
        codes = {code for (code,) in admin.execute("SELECT unified_code FROM organisations_entity")}
        taken = dict(
            admin.execute(
                "SELECT i.file_name, (SELECT count(*) FROM organisations_entity e WHERE starts_with(e.name, i.file_name))"
                " FROM organisations_companyimport i WHERE i.state IN ('running', 'done', 'failed')"
            ).fetchall()
        )
    print(
        f"\n种子 {SEED}，kill -9 {ROUNDS} 次；写入 {writers.attempts} 次，答应 {len(writers.accepted)} 次；"
        f"文件 {len(files)} 份；恢复最慢（秒）"
        + "，".join(f"{victim} {seconds:.1f}" for victim, seconds in slowest.items())
    )
    assert faults == dict.fromkeys(FAULTS, (0,))
    assert set(writers.accepted) <= codes and len(writers.accepted) > ROUNDS
    assert waiting == (0,)
    assert {taken[name] for name in files} <= {ROWS_A_FILE}
    verified = demo.command("evidence", "verify")
    assert verified.returncode == 0, verified.stdout
    assert demo.stop() == 0
