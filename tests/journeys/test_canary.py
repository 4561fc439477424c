"""What lies sealed stands in clear nowhere else: logs, errors, tasks, tables, database files, backups.

Telltale values go in by every way there is, lawful and refused; the keys are changed meanwhile; then all
that the installation has written is searched for them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from guiju.database.embedded import ROOT_HOME, RUNS, EmbeddedServer, place_for
from guiju.project.folder import open_folder
from tests.journeys.running import Running

PHONES = [f"1397766{number:04d}" for number in range(1201, 1207)]
MAIL, STREET = "jinsiniao-q7z@example.cn", "静安区金丝雀弄七十七号"
TELLTALES = [*PHONES, MAIL, STREET]
IN_CLEAR = "金丝雀甲乙丙"
"""A name, which lies in clear: what is searched in the same way must be found."""


@pytest.fixture
def demo(place: Path) -> Iterator[Running]:
    made = Running(place / "demo")
    made.start()
    yield made
    made.stop()


def test_telltale_values_are_found_nowhere_in_clear(demo: Running) -> None:
    added = by_api(demo)
    by_page(demo)
    by_file(demo)

    rotate_keys(demo)
    assert seen_by_api(demo, added) == PHONES[0]
    rotate_master(demo)
    assert seen_by_api(demo, added) == PHONES[0]
    made = demo.command("backup", "run")
    assert made.returncode == 0, made.stderr

    found = [(one, where) for where, text in tables(demo) for one in (*TELLTALES, IN_CLEAR) if one in text]
    assert {where for one, where in found if one == IN_CLEAR} == {"customers_customer"}
    assert demo.stop() == 0
    for file in written_by(demo):
        content = file.read_bytes()
        found += [(one, str(file)) for one in (*TELLTALES, IN_CLEAR) if one.encode() in content]
    assert len([where for one, where in found if one == IN_CLEAR]) > 1
    assert [(one, where) for one, where in found if one != IN_CLEAR] == []


def called(demo: Running, method: str, path: str, **more: Any) -> requests.Response:
    token = demo.__dict__.setdefault("_token", None) or demo.token("sales.food")
    demo.__dict__["_token"] = token
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{demo.url}/api/v1/{path}", headers=headers, timeout=30, **more)


def by_api(demo: Running) -> str:
    values = {"name": IN_CLEAR, "phone": PHONES[0], "email": MAIL, "address": STREET}
    made = called(demo, "POST", "customers", json={"kind": "person", "values": values})
    assert made.status_code == 201, made.text
    # Refused: a wrong kind, a field that isn't there, what is no number, a body that breaks off.
    for wrong in (
        {"kind": PHONES[1], "values": values},
        {"kind": "person", "values": {"name": "乙", MAIL: STREET}},
        {"kind": "person", "values": {"name": "丙", "phone": f"{PHONES[1]}{PHONES[2]}", "email": f"{MAIL}{STREET}"}},
        {"kind": "person", "values": {"name": "丁", "phone": PHONES[0]}},
    ):
        assert called(demo, "POST", "customers", json=wrong).status_code < 500
    broken = json.dumps({"kind": "person", "values": values})[:-3].encode()
    assert called(demo, "POST", "customers", data=broken).status_code in {400, 422}
    assert called(demo, "GET", "customers", params={"purpose": "sales", "search": PHONES[0]}).status_code == 200
    return str(made.json()["id"])


def by_page(demo: Running) -> None:
    web = demo.signed_in("sales.food")
    page = web.get("/customers/add/?kind=person")
    assert "手机" in page.text
    web.get(f"/customers/?search={PHONES[0]}")
    web.get(f"/customers/?search={PHONES[0][-4:]}")
    for fields in ({"phone": PHONES[3]}, {"phone": f"{PHONES[3]}x"}, {"phone": PHONES[0], "email": MAIL}):
        answer = web._web.post(
            f"{demo.url}/customers/add/?kind=person",
            data={"kind": "person", "name": "戊", **fields, "csrfmiddlewaretoken": web._web.cookies["csrftoken"]},
            headers={"Referer": demo.url},
            timeout=30,
        )
        assert answer.status_code < 500


def by_file(demo: Running) -> None:
    file = demo.folder.parent / "名单.csv"
    rows = [f"己,{PHONES[4]},{MAIL}", f"庚,{PHONES[5]}x,{STREET}", f"辛,{PHONES[5]},不是邮箱{STREET}"]
    file.write_text("姓名,手机,电子邮箱\n" + "\n".join(rows), "utf-8")
    code = company_code(demo)
    done = demo.command("import", "customers", str(file), "--entity", code, GUIJU_TOKEN=demo.__dict__["_token"])
    assert done.returncode in {0, 1}, done.stderr
    file.unlink()


def company_code(demo: Running) -> str:
    answer = called(demo, "GET", "companies")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["items"][0]["unified_code"])


def seen_by_api(demo: Running, customer: str) -> str:
    return str(
        called(demo, "GET", f"customers/{customer}", params={"purpose": "sales"}).json()["values"]["phone"]["text"]
    )


def rotate_keys(demo: Running) -> None:
    done = demo.command("keys", "rotate", "--reason", "每年一次", "--format", "json")
    assert done.returncode == 0, done.stderr
    made, began = json.loads(done.stdout), time.monotonic()
    assert made
    while any(one["resealing"] is not None for one in listed(demo)):
        assert time.monotonic() - began < 120, listed(demo)
        time.sleep(1)
    present = {one["company"]: one["number"] for one in listed(demo)}
    assert {one["company"]: one["present"] for one in made}.items() <= present.items()


def listed(demo: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(demo.command("keys", "list", "--format", "json").stdout)
    return found


def rotate_master(demo: Running) -> None:
    before = open_folder(demo.folder).secrets["records"]
    done = demo.command("keys", "rotate", "--master", "--reason", "怀疑泄露", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data_keys"] and open_folder(demo.folder).secrets["records"] != before


def tables(demo: Running) -> Iterator[tuple[str, str]]:
    """Every table as text: in the files a long value may lie compressed."""
    folder = open_folder(demo.folder)
    server = EmbeddedServer(place_for(folder.path, folder.instance), folder.secrets["superuser"])
    with psycopg.connect(server.url(str((folder.run or {})["database"]))) as admin:
        names = [name for (name,) in admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for name in names:
            with admin.cursor().copy(f'COPY "{name}" TO STDOUT') as rows:
                yield name, b"".join(rows).decode()


def written_by(demo: Running) -> Iterator[Path]:
    """Every file of the data folder and of the cluster, which as root lies elsewhere; the backups among them."""
    short = open_folder(demo.folder).instance.replace("-", "")[-12:]
    for root in (demo.folder, ROOT_HOME / short, RUNS / short):
        yield from (file for file in root.rglob("*") if file.is_file())
