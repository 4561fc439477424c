"""An outsider with verify.py or verify.html: what holds is confirmed, what a malicious server sends is not."""

from __future__ import annotations

import ast
import json
import os
import secrets
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from guiju.database.provision import Database
from guiju.evidence import outside
from guiju.evidence.bundles import Bundle, bundle_file
from guiju.evidence.outside import verify
from guiju.evidence.tests.malice import KEY, MALICE, Content, Kept, another_key
from guiju.evidence.verification.state import state
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.evidence import canonical
from guiju.keys.ring import keyring
from guiju.organisations.tests.factories import AT

ROUNDS = 10_000 if os.environ.get("GUIJU_PROVE") else 400
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))


@pytest.fixture(scope="module")
def kept(module_database: Database) -> Iterator[Kept]:
    """One log for all tests here: they hardly write."""
    with psycopg.connect(module_database.conninfo("sequencer"), autocommit=True) as connection:
        yield Kept(module_database, connection)


def judged(content: Content | str, key: str | None = None) -> tuple[bool, list[str]]:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    is_good, said = verify.check(text, key)
    return is_good, [code for code, _ in said]


def corpus(kept: Kept) -> Iterator[tuple[str, Content, str]]:
    for attack, code in MALICE:
        content = deepcopy(kept.content)
        attack(content, kept)
        yield attack.__name__, content, code


def test_an_honest_bundle_holds_and_says_what_it_shows(kept: Kept) -> None:
    is_good, said = verify.check(json.dumps(kept.content), str(KEY.verifier))
    told = dict(said)

    assert is_good, said
    assert {"ok_log", "ok_signed", "ok_entries", "ok_records", "ok_stream", "said_receipt", "ok_tiles"} <= told.keys()
    assert told["ok_stream"][:2] == (f"{kept.group.company_a.pk}/organisations.department", 7)
    assert told["ok_stream"][2].startswith("2026-11-")
    assert "own_key" not in told and "own_key" in judged(kept.content)[1]


@pytest.mark.parametrize(("attack", "code"), MALICE, ids=[attack.__name__ for attack, _ in MALICE])
def test_a_malicious_server_is_found_out(kept: Kept, attack: Callable[[Content, Kept], None], code: str) -> None:
    content = deepcopy(kept.content)
    attack(content, kept)
    is_good, codes = judged(content)

    assert not is_good and code in codes


def test_a_key_of_the_servers_own_is_found_out_by_who_knows_the_real_one(kept: Kept) -> None:
    content = deepcopy(kept.content)
    another_key(content, kept)
    content["anchors"] = []

    assert judged(content)[0] and "own_key" in judged(content)[1]
    assert judged(content, str(KEY.verifier)) == (False, ["other_key"])


def test_a_bundle_speaks_to_the_reader_and_not_to_the_terminal(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    verify.show("\r\x1b[2K✓ 核对通过\n\x1b]0;")

    assert capsys.readouterr().out == "\\u000d\\u001b[2K✓ 核对通过\\u000a\\u001b]0;\n"


def test_a_kind_of_which_versions_are_gone_is_not_packed_as_whole(kept: Kept) -> None:
    with psycopg.connect(kept.database.conninfo("superuser")) as admin, admin.transaction(force_rollback=True):
        admin.execute("SET LOCAL session_replication_role = replica")
        admin.execute("DELETE FROM evidence_revision WHERE subject_type = 'organisations.department' AND number = 2")
        with pytest.raises(Refused, match="总数不符"):
            Bundle(admin, keyring()).add_stream(kept.group.company_a.pk, "organisations.department")


def test_masked_fields_go_along_by_digest_only(kept: Kept) -> None:
    content = kept.bundle(shows=lambda kind, code: code != "name")
    text = json.dumps(content, ensure_ascii=False)

    assert "部门0" not in text and "部门0" in json.dumps(kept.content, ensure_ascii=False)
    assert judged(content)[0]


def test_what_has_no_proof_yet_is_not_packed(kept: Kept) -> None:
    waiting = kept.found("还没排位")
    with state(kept.database.conninfo("verifier")) as (connection, _), pytest.raises(Missing, match="还没有排位"):
        Bundle(connection, keyring()).add_record("organisations.department", waiting.pk)
    # It has its place now, but no checkpoint yet: the stream is packed as the newest checkpoint says it.
    kept.sequencer.round(at=AT + timedelta(days=1), every=timedelta(days=99))
    content = kept.bundle()
    assert judged(content)[0] and content["streams"] == kept.content["streams"]


def test_the_program_runs_by_itself_and_ends_with_the_verdict(kept: Kept, tmp_path: Path) -> None:
    with zipfile.ZipFile(BytesIO(bundle_file(kept.content))) as archive:
        archive.extractall(tmp_path)
    bare = {"PATH": os.environ["PATH"]}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "verify.py", *arguments], cwd=tmp_path, env=bare, capture_output=True, text=True
        )

    good = run("--key", str(KEY.verifier))
    assert (good.returncode, good.stderr) == (0, "") and "核对通过" in good.stdout and "一号不缺" in good.stdout
    assert "everything holds" in run("bundle.json", "--english").stdout
    (tmp_path / "bad.json").write_text(json.dumps({**kept.content, "checkpoint": "x"}))
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    for wrong in ("bad.json", "bytes.json", "absent.json", "--nonsense"):
        done = run(wrong)
        assert done.returncode == 1 and done.stderr == "", wrong
    ast.parse((tmp_path / "verify.py").read_text(), feature_version=(3, 8))


@pytest.fixture(scope="module")
def browser_page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("outside") / "verify.html"
    file.write_bytes(outside.page())
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    yield page
    context.close()


def in_browser(page: Page, text: str, key: str = "") -> tuple[bool, list[str]]:
    is_good, codes = page.evaluate(
        "([text, key]) => { const [good, said] = check(text, key); return [good, said.map((one) => one[0])]; }",
        [text, key],
    )
    return is_good, codes


@pytest.mark.browser
def test_page_and_program_agree_on_every_case(kept: Kept, browser_page: Page) -> None:
    cases = [("honest", kept.content, "ok_log"), *corpus(kept)]
    cases.append(("nonsense", "{", "unreadable"))  # type: ignore[arg-type]
    cases.append(("twice named", '{"format": 1, "format": 2}', "unreadable"))  # type: ignore[arg-type]
    for name, content, code in cases:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        for key in ("", str(KEY.verifier), "x+y+z"):
            shown = in_browser(browser_page, text, key)
            assert shown == judged(text, key or None), (name, key)
        assert code in in_browser(browser_page, text)[1], name


@pytest.mark.browser
def test_a_person_chooses_the_file_and_reads_the_verdict(kept: Kept, browser_page: Page, tmp_path: Path) -> None:
    for width in (1440, 390):
        browser_page.set_viewport_size({"width": width, "height": 900})
        for name, content, words in (
            ("good", kept.content, "核对通过"),
            ("bad", next(corpus(kept))[1], "核对没有通过"),
        ):
            file = tmp_path / f"{name}.json"
            file.write_text(json.dumps(content, ensure_ascii=False))
            browser_page.locator("#file").set_input_files(file)
            browser_page.get_by_role("status").filter(has_text=words).wait_for()
            assert (browser_page.locator(".wrong").count() > 0) == (name == "bad")
            shot = Path("build/screenshots")
            shot.mkdir(parents=True, exist_ok=True)
            browser_page.screenshot(path=shot / f"verify_{name}_{width}.png")
            assert browser_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# --- fuzz -------------------------------------------------------------------------------------


def claims(content: Any) -> set[str]:
    """What a bundle that holds makes one believe: entries at their indexes, records, shown values, totals."""
    found = {f"entry {one['index']} {one['leaf']}" for one in content["entries"]}
    for one in content["records"]:
        found.add(f"record {one['leaf']} {one['entry']} {one['position']}")
        for field in one["fields"]:
            if "salt" in field:
                found.add(f"value {one['leaf']} {field['code']} {canonical(field.get('value')).decode()}")
    for stream in content.get("streams") or []:
        found.add(f"stream {stream['stream']} {stream['count']}")
    return found


def spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from spots(one, (*path, name))


NONSENSE = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**53,
    10**400,
    1.5,
    "",
    "x",
    "0" * 64,
    "/" * 9,
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
]


def mutated(content: Content, chance: Random, where: list[tuple[Any, ...]]) -> str:
    changed = deepcopy(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        path = chance.choice(where)
        if not path:
            continue
        try:
            parent = changed
            for name in path[:-1]:
                parent = parent[name]
            name, kind = path[-1], chance.randrange(6)
            if kind == 0:
                parent[name] = deepcopy(chance.choice(NONSENSE))
            elif kind == 1:
                del parent[name]
            elif kind == 2 and isinstance(parent, list):
                parent.insert(name, deepcopy(parent[name]))
            elif kind == 3 and isinstance(parent, list):
                chance.shuffle(parent)
            elif isinstance(parent[name], str) and parent[name]:
                at = chance.randrange(len(parent[name]))
                parent[name] = parent[name][:at] + chance.choice('0123456789abcdef中\\"') + parent[name][at + 1 :]
            elif isinstance(parent[name], int):
                parent[name] += chance.choice((-1, 1, 256))
        except (KeyError, IndexError, TypeError):
            continue
    text = json.dumps(changed, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.2:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(["", '"', "{", "\x00", "9"]) + text[at + chance.randrange(3) :]
    return text


@pytest.mark.prove
def test_no_fuzzed_bundle_breaks_the_program_or_makes_it_believe(kept: Kept) -> None:
    chance = Random(SEED)
    original, where = claims(kept.content), list(spots(kept.content))
    held = 0
    for number in range(ROUNDS):
        text = mutated(kept.content, chance, where)
        is_good, said = verify.check(text)
        for code, about in said:
            verify.SAID[code][0].format(*about)
        if is_good:
            held += 1
            assert claims(json.loads(text)) <= original, (SEED, number)
    print(f"\n种子 {SEED}，改动的存证包 {ROUNDS} 个：{held} 个无害，其余全部拒绝，没有一次出错")
    assert held < ROUNDS / 2


@pytest.mark.browser
def test_page_and_program_agree_on_fuzzed_bundles(kept: Kept, browser_page: Page) -> None:
    chance = Random(SEED + 1)
    where = list(spots(kept.content))
    for number in range(60):
        text = mutated(kept.content, chance, where)
        if "\\ud800" in text or "\ud800" in text:
            continue  # A lone surrogate can't be handed to the page as text.
        assert in_browser(browser_page, text)[0] == judged(text)[0], (SEED, number, text)
