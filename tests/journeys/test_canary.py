"""What lies sealed stands in clear nowhere else: logs, errors, tasks, tables, database files, backups.

Telltale values go in by every way there is, lawful and refused; the keys are changed meanwhile; then all
that the installation has written is searched for them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from guiju.database.embedded import ROOT_HOME, RUNS, EmbeddedServer, place_for
from guiju.project.folder import open_folder
from tests.journeys.running import Running, Session, Stranger

PHONES = [f"1397766{number:04d}" for number in range(1201, 1209)]
ASKS_FOR_CODE, IN_ORDERS = PHONES[6], PHONES[7]
MAIL, STREET = "jinsiniao-q7z@example.cn", "静安区金丝雀弄七十七号"
IDENTITY, CARD, HEALTH = "110101199003077571", "6222021234567890128", "对金丝雀羽毛过敏"
NOTE, PROOF, GUARDIAN = "约在雀鸣茶楼谈续费", "金丝雀同意书第77号", "雀母吴"
IN_FILE, ORDER_ROW = "附件里的金丝雀暗号", "金丝雀退货说明七七"
TELLTALES = [*PHONES, MAIL, STREET, IDENTITY, CARD, HEALTH, NOTE, PROOF, GUARDIAN, IN_FILE, ORDER_ROW]
IN_CLEAR = "金丝雀甲乙丙"
"""A name, which lies in clear: what is searched in the same way must be found."""


@pytest.fixture
def demo(place: Path) -> Iterator[Running]:
    made = Running(place / "demo")
    made.start()
    yield made
    made.stop()


def test_telltale_values_are_found_nowhere_in_clear(demo: Running) -> None:
    take_into_use(demo, "identity_number", "bank_card", "health")
    added = by_api(demo)
    by_page(demo)
    by_note_and_attachment(demo, added)
    by_guardian(demo)
    by_file(demo)
    by_orders(demo)
    by_code(demo)

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
        found += [(one, str(file)) for one in (*TELLTALES, IN_CLEAR) if any(way in content for way in written(one))]
    assert len([where for one, where in found if one == IN_CLEAR]) > 1
    assert [(one, where) for one, where in found if one != IN_CLEAR] == []


def written(text: str) -> set[bytes]:
    """How a text may stand in a file: as it is, or as JSON that has no Chinese in it."""
    return {text.encode(), json.dumps(text)[1:-1].encode()}


def posted(demo: Running, web: Session, path: str, fields: dict[str, str], **more: Any) -> requests.Response:
    """A form that has no page of its own, or is refused."""
    web.get("/account/")
    data = {**fields, "csrfmiddlewaretoken": web._web.cookies["csrftoken"]}
    answer = web._web.post(f"{demo.url}{path}", data=data, headers={"Referer": demo.url}, timeout=60, **more)
    assert answer.status_code < 500, answer.text
    return answer


def take_into_use(demo: Running, *codes: str) -> None:
    """What is sensitive is assessed, allowed, activated and told of: else nothing of it would come in."""
    company = called(demo, "GET", "companies").json()["items"][0]["id"]
    officer, lawyer = demo.signed_in("data.officer.food"), demo.signed_in("legal.food")
    said = dict.fromkeys(("necessity", "impact", "measures"), "配餐和退款必需，加密存储，查看要理由")
    for code in codes:
        field = f"/catalogue/{company}/person/{code}/"
        officer.submit(f"{field}assess/", said)
        asked = re.search(r"/tasks/approvals/[0-9a-f-]{36}/decide/", lawyer.get("/tasks/").text)
        assert asked is not None
        posted(demo, lawyer, asked[0], {"decision": "allow"})
        posted(demo, officer, f"{field}activate/", {})
    told = {"contact": "400-800-0000，客服中心", "children": "客服主管", "stored_in": "本公司机房", "publish": "1"}
    officer.submit(f"/catalogue/notices/{company}/publish/", told)


def consented(*fields: str, purpose: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"purpose": purpose, "fields": list(fields), "channel": "paper", "proof": PROOF, "given_at": now}


def called(demo: Running, method: str, path: str, **more: Any) -> requests.Response:
    token = demo.__dict__.setdefault("_token", None) or demo.token("sales.food")
    demo.__dict__["_token"] = token
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{demo.url}/api/v1/{path}", headers=headers, timeout=30, **more)


def by_api(demo: Running) -> str:
    values = {"name": IN_CLEAR, "phone": PHONES[0], "email": MAIL, "address": STREET}
    values |= {"identity_number": IDENTITY, "bank_card": CARD, "health": HEALTH}
    consents = [
        consented("person.identity_number", "person.bank_card", purpose="orders"),
        consented("person.health", purpose="service"),
    ]
    made = called(demo, "POST", "customers", json={"kind": "person", "values": values, "consents": consents})
    assert made.status_code == 201 and made.json()["refused"] == [], made.text
    # Refused: a wrong kind, a field that isn't there, what is no number, a body that breaks off.
    for wrong in (
        {"kind": PHONES[1], "values": values},
        {"kind": "person", "values": {"name": "乙", MAIL: STREET}},
        {"kind": "person", "values": {"name": "丙", "phone": f"{PHONES[1]}{PHONES[2]}", "email": f"{MAIL}{STREET}"}},
        {"kind": "person", "values": {"name": "丁", "phone": PHONES[0]}},
        {"kind": "person", "values": {"name": f"己{IDENTITY}", "health": HEALTH, "bank_card": f"{CARD}x"}},
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


def by_note_and_attachment(demo: Running, customer: str) -> None:
    web = demo.signed_in("sales.food")
    place = f"/customers/{customer}/notes/add/"
    web.submit(place, {"way": "call", "text": f"{NOTE}，{HEALTH}，改打{PHONES[1]}"})
    assert posted(demo, web, place, {"way": "note", "text": f"证件{IDENTITY}卡{CARD}"}).status_code == 422
    web.submit(place, {"way": "note", "text": f"证件{IDENTITY}卡{CARD}", "treat": "mask"})
    posted(demo, web, "/customers/notes/scan/", {"text": f"{NOTE}{IDENTITY}{HEALTH}"})
    # What looks sensitive has a field of its own, which isn't in use here: it goes back.
    for name, text, note in (
        ("送货说明.txt", f"{IN_FILE}，周三送货", ""),
        (f"证件{IDENTITY}.txt", f"{IN_FILE}，周三送货", f"卡{CARD}"),
        ("病历.txt", f"{IN_FILE}{CARD}{HEALTH}", f"证件{IDENTITY}"),
    ):
        fields = {"note": note, "grade": "unknown"}
        posted(demo, web, f"/files/of/customer/{customer}/add/", fields, files={"upload": (name, text.encode())})
    shown = web.get(f"/customers/{customer}/").text
    assert NOTE in shown and "送货说明.txt" in shown


def by_guardian(demo: Running) -> None:
    consents = [
        {**consented(purpose=purpose), "by_guardian": True, "guardian_name": GUARDIAN, "guardian_relation": "母亲"}
        for purpose in ("sales", "service")
    ]
    values = {"name": "雀儿", "phone": PHONES[2], "birthday": "2018-05-01"}
    made = called(demo, "POST", "customers", json={"kind": "person", "values": values, "consents": consents})
    assert made.status_code == 201 and made.json()["refused"] == [], made.text


def by_orders(demo: Running) -> None:
    """Rows that go back: nobody has this phone, and there is no such product."""
    file = demo.folder.parent / "订单.csv"
    file.write_text(
        "订单号,订单日期,客户手机,产品编码,数量,金额,备注\n"
        f"Q-1,2026-11-01,{IN_ORDERS},没有这个,1,10,{ORDER_ROW}\nQ-2,2026-11-01,{IN_ORDERS}x,{CARD},1,10,{HEALTH}\n",
        "utf-8",
    )
    code = company_code(demo)
    done = demo.command("import", "orders", str(file), "--entity", code, GUIJU_TOKEN=demo.__dict__["_token"])
    assert done.returncode == 1, done.stderr
    file.unlink()


def by_code(demo: Running) -> None:
    """Somebody asks for a code to their phone, and types another."""
    public = Stranger(demo.public_url)
    place = f"/my-consents/{company_code(demo)}/"
    for fields in ({"phone": ASKS_FOR_CODE}, {"phone": ASKS_FOR_CODE, "code": "000000"}):
        public.get(place)
        answer = public._web.post(f"{demo.public_url}{place}", data=fields, timeout=30)
        assert answer.status_code in {200, 422} and "验证码" in answer.text


def by_file(demo: Running) -> None:
    file = demo.folder.parent / "名单.csv"
    rows = [
        f"己,{PHONES[4]},{MAIL},{IDENTITY},{HEALTH}",
        f"庚,{PHONES[5]}x,{STREET},{IDENTITY}x,{CARD}",
        f"辛,{PHONES[5]},不是邮箱{STREET},,",
    ]
    file.write_text("姓名,手机,电子邮箱,身份证号,健康与体质\n" + "\n".join(rows), "utf-8")
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
