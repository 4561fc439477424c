"""The log of a running installation, as an outsider sees it over HTTP and from a bundle, and as its owner does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psycopg
import pytest
import requests
from tlog_scales import signing
from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.tlog import Checkpoint, InclusionProofInvalid

from guiju.evidence.tests.authority import authority
from tests.journeys.running import Running


def reader_of(demo: Running) -> tuple[TilesReader, Checkpoint]:
    reader = TilesReader(make_backend(f"{demo.public_url}/log"))
    return reader, reader.get_checkpoint()


def vkey_of(demo: Running) -> str:
    said = demo.command("evidence", "checkpoint", "--format", "json")
    return str(json.loads(said.stdout)["key"])


def superuser(demo: Running) -> psycopg.Connection:
    return psycopg.connect(demo.command("db", "url", "--role", "superuser").stdout.strip(), autocommit=True)


def grow(demo: Running, size: int) -> None:
    """Let something happen, and wait until the log has signed it."""
    demo.token("compliance")
    for _ in range(100):
        if int(requests.get(f"{demo.public_url}/log/checkpoint", timeout=5).text.split("\n")[1]) > size:
            return
        time.sleep(0.2)
    raise AssertionError("the log did not grow")


def test_a_client_that_none_of_us_wrote_verifies_the_log(running: Running) -> None:
    key = signing.Vkey.from_string(vkey_of(running))
    reader, before = reader_of(running)
    before.verify(key)
    assert reader.calculate_root_hash() == before.root_hash
    grow(running, before.size)
    reader, after = reader_of(running)
    after.verify(key)

    reader.get_consistency_proof(before.size, after.size).check(before.root_hash, after.root_hash)
    for index in (0, before.size - 1, after.size - 1):
        proof = reader.get_inclusion_proof(index, after.size)
        leaf = reader.mth(index, index + 1)
        proof.check(leaf, after.root_hash)
        with pytest.raises(InclusionProofInvalid):
            proof.check(leaf[::-1], after.root_hash)


@pytest.mark.parametrize(
    "path",
    ["tile/0/999", "tile/0/1", "tile/0/000.p/0", "tile/0/000.p/256", "tile/9/000", "tile/0/x000/000", "tile/0/-1"],
)
def test_tiles_that_there_are_not_are_not_found(running: Running, path: str) -> None:
    assert requests.get(f"{running.public_url}/log/{path}", timeout=5).status_code == 404


def test_entries_themselves_are_not_public(running: Running) -> None:
    assert requests.get(f"{running.public_url}/log/tile/entries/000", timeout=5).status_code == 404
    assert requests.get(f"{running.public_url}/evidence/", timeout=5).status_code == 404


def test_the_commands_verify_prove_and_export(running: Running, tmp_path: Path) -> None:
    subjects = json.loads(running.command("evidence", "subjects", "--format", "json").stdout)
    company = next(one for one in subjects["committed"] if one["table"] == "organisations_entity")
    assert company["key"] == "id" and company["columns"]["name"] == {"is": "committed"}
    assert all(one["table"] and one["why"] for one in subjects["excluded"])

    kept = tmp_path / "checkpoint.txt"
    assert running.command("evidence", "checkpoint", "--out", str(kept)).returncode == 0
    clean = running.command("evidence", "verify", "--format", "json", "--witness", str(kept))
    report = json.loads(clean.stdout)
    assert clean.returncode == 0 and report["ok"] and report["findings"] == [], report
    assert {one["what"] for one in report["unchecked"]} <= {"pending"}
    later = json.loads(running.command("evidence", "verify", "--format", "json", "--since", str(kept)).stdout)
    assert later["ok"] and later["leaves"] < report["leaves"]

    with superuser(running) as admin:
        [(root,)] = admin.execute("SELECT id FROM organisations_entity WHERE parent_id IS NULL").fetchall()
    out = tmp_path / "bundle.zip"
    made = running.command("evidence", "export", "--company", str(root), "--tiles", "--out", str(out))
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "bundle")
    checked = subprocess.run(
        [sys.executable, "-I", "verify.py", "--key", vkey_of(running)],
        cwd=tmp_path / "bundle",
        env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    assert "organisations.member" in checked.stdout and "一号不缺" in checked.stdout
    proven = running.command("evidence", "prove", "--type", "organisations.entity", "--id", str(root))
    assert json.loads(proven.stdout)["records"]


def test_a_change_behind_the_application_is_named_and_ends_with_one(running: Running) -> None:
    with superuser(running) as admin:
        row = admin.execute("SELECT id, name FROM organisations_entity ORDER BY id DESC LIMIT 1").fetchone()
        assert row
        admin.execute("UPDATE organisations_entity SET name = '被改过' WHERE id = %s", [row[0]])
        found = running.command("evidence", "verify", "--format", "json")
        told = running.command("evidence", "verify")
        admin.execute("UPDATE organisations_entity SET name = %s WHERE id = %s", [row[1], row[0]])
    [finding] = json.loads(found.stdout)["findings"]
    assert found.returncode == 1 == told.returncode
    assert (finding["table"], finding["pk"], finding["field"]) == ("organisations_entity", str(row[0]), "name")
    assert finding["kind"] == "row_edited" and finding["index"] is not None and finding["since"] is not None
    assert "“公司名称”" in told.stdout and running.command("evidence", "verify").returncode == 0


def test_a_checkpoint_is_taken_outside_by_command_and_the_bundle_bears_the_receipt(
    running: Running, tmp_path: Path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    settings, root = running.folder / "anchors.toml", running.folder / "tsa-root.pem"
    with authority() as (made, url):
        shutil.copy(made.folder / "root.crt", root)
        one = '[[timestamp]]\nlabel = "试验机构"\nurl = "{}"\nroot = "tsa-root.pem"\n'
        settings.write_text(one.format(url), "utf-8")
        try:
            done = running.command("evidence", "anchor", "--format", "json")
            # Nobody listens there: the other one's receipt stays, and the command says which is missing.
            settings.write_text(
                one.format(url) + one.format("http://127.0.0.1:9/tsr").replace("试验", "不在的"), "utf-8"
            )
            half = running.command("evidence", "anchor")
            settings.write_text("[[timestamp]]\nlabel = 1\n", "utf-8")
            wrong = running.command("evidence", "anchor")
        finally:
            settings.unlink()
    [standing] = json.loads(done.stdout)
    assert done.returncode == 0 and standing["covered"] == standing["size"] > 0 and standing["trouble"] == ""
    assert half.returncode == 1 and re.search(r"不在的机构：到第 0 条，还差 \d+ 条：不在的机构连不上", half.stdout)
    assert wrong.returncode == 2 and "anchors.toml：写得不对" in wrong.stderr and "Traceback" not in wrong.stderr
    with superuser(running) as admin:
        [(company,)] = admin.execute("SELECT id FROM organisations_entity WHERE parent_id IS NULL").fetchall()
    out = tmp_path / "bundle.zip"
    running.command("evidence", "export", "--company", str(company), "--out", str(out))
    with zipfile.ZipFile(out) as archive:
        content = json.loads(archive.read("bundle.json"))
    assert [one["label"] for one in content["anchors"]] == ["试验机构"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "--since", "99999999"], "日志没有 99999999 条"),
        (["verify", "--since", "昨天"], "--since 应为条数"),
        (["export", "--company", "00000000-0000-0000-0000-000000000001", "--out", "x.zip"], "没有这些种类的记录"),
        (
            ["export", "--company", "00000000-0000-0000-0000-000000000001", "--type", "x", "--out", "x"],
            "没有“x”这种记录",
        ),
        (["prove", "--type", "x", "--id", "00000000-0000-0000-0000-000000000001"], "没有存证"),
        (["checkpoint", "--out", "/nowhere/at/all"], "写不了"),
        (["anchor"], "没有设置"),
    ],
)
def test_wrong_questions_get_one_sentence(running: Running, arguments: list[str], words: str) -> None:
    said = running.command("evidence", *arguments)
    assert said.returncode == 2 and words in said.stderr and "Traceback" not in said.stderr


def test_a_checkpoint_of_another_log_is_no_witness(running: Running, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("else\n1\n" + "A" * 43 + "=\n\n— else AAAA\n")
    said = running.command("evidence", "verify", "--witness", str(foreign))
    assert said.returncode == 2 and "不是这套日志签名的检查点" in said.stderr
