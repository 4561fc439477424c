"""Checkpoints with others: real time stamps, a real chain, and both when they lie or are away."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from tools import contract

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.anchors.config import read_targets
from guiju.evidence.anchors.evm import Node
from guiju.evidence.bundles import Bundle
from guiju.evidence.models import Receipt
from guiju.evidence.outside import verify
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record
from guiju.evidence.services.anchoring import anchor_checkpoints, chain_account, hand_out_witness
from guiju.evidence.tests.authority import Authority, authority
from guiju.evidence.verification.log import check_log
from guiju.evidence.verification.state import state
from guiju.kernel.errors import Refused
from guiju.kernel.evidence import sha256
from guiju.kernel.evidence.note import Checkpoint, SignerKey, parse_checkpoint
from guiju.keys.ring import keyring
from guiju.net.bounded import Deadline, Trouble
from guiju.organisations.models import Department
from guiju.organisations.tests.factories import Group, make_group

KEY = SignerKey.new("guiju/anchors")
CHAIN_ID = 31337
# The first account of every anvil; worthless anywhere else.
ANVIL_ACCOUNT = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def now() -> datetime:
    return datetime.now(UTC)


class Log:
    """A small log that can be made longer."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.group: Group = make_group()
        self.sequencer = Sequencer(connection, KEY)
        self.size = 0
        self.grow()

    def grow(self) -> None:
        with scope(entities={self.group.company_a.pk}):
            made = Department.objects.create(entity=self.group.company_a, name=f"部门{self.size}")
            record(Act("organisations.found_department", None, now()), entity_id=self.group.company_a.pk, subject=made)
        done = self.sequencer.round(at=now(), every=timedelta(0))
        assert done.checkpoint
        self.size = done.checkpoint.size


@pytest.fixture(scope="module")
def standing_log(module_database: Database) -> Iterator[Log]:
    with psycopg.connect(module_database.conninfo("sequencer"), autocommit=True) as connection:
        yield Log(connection)


@pytest.fixture
def log(standing_log: Log, module_database: Database) -> Log:
    """The log, anchored nowhere yet."""
    with psycopg.connect(module_database.conninfo("superuser"), autocommit=True) as admin:
        admin.execute("DELETE FROM evidence_receipt")
    return standing_log


@pytest.fixture(scope="module")
def tsa() -> Iterator[tuple[Authority, str]]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    with authority() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def set_up(folder: Path, made: Authority, url: str, *, minutes: int = 60) -> None:
    shutil.copy(made.folder / "root.crt", folder / "root.pem")
    (folder / "anchors.toml").write_text(
        f'[[timestamp]]\nlabel = "试验机构"\nurl = "{url}"\nroot = "root.pem"\nevery_minutes = {minutes}\n'
    )


def test_a_checkpoint_is_stamped_and_openssl_agrees(log: Log, folder: Path, tsa: tuple[Authority, str]) -> None:
    set_up(folder, *tsa)
    [receipt] = anchor_checkpoints(folder, at=now())

    assert receipt.done_at, receipt.trouble
    assert receipt.trouble == "" and receipt.size == log.size
    body = parse_checkpoint(receipt.checkpoint).body.encode()
    assert verify.has_imprint(bytes(receipt.answer), sha256(body))
    (folder / "body").write_bytes(body)
    (folder / "receipt.tsr").write_bytes(bytes(receipt.answer))
    checked = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "body", "-in", "receipt.tsr", "-CAfile", "root.pem"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in checked.stdout + checked.stderr
    assert abs(datetime.fromisoformat(receipt.detail["certified_at"]) - now()) < timedelta(minutes=1)


def test_the_next_one_is_due_after_its_time_and_only_when_the_log_grew(
    log: Log, folder: Path, tsa: tuple[Authority, str]
) -> None:
    set_up(folder, *tsa, minutes=1)
    assert len(anchor_checkpoints(folder, at=now())) == 1
    assert anchor_checkpoints(folder, at=now() + timedelta(minutes=5)) == []
    log.grow()
    assert anchor_checkpoints(folder, at=now() + timedelta(seconds=30)) == []
    [later] = anchor_checkpoints(folder, at=now() + timedelta(minutes=5))
    assert later.size == log.size and later.done_at


def another_root(made: Authority) -> Callable[[bytes], tuple[int, bytes]]:
    made.certify("else.crt", "else.key", "tsa2.crt", "tsa2.key")
    return lambda answer: (200, answer)


LIES: list[tuple[str, Callable[[bytes], tuple[int, bytes]]]] = [
    ("回答读不懂", lambda answer: (200, b"")),
    ("回答读不懂", lambda answer: (200, b"<html>404</html>")),
    ("回答读不懂", lambda answer: (503, answer)),
    ("回答读不懂", lambda answer: (200, answer[:-40])),
    ("核对不上", lambda answer: (200, answer[:-3] + bytes([answer[-3] ^ 1]) + answer[-2:])),
    ("回答读不懂", lambda answer: (200, b"0" * 1_000_000)),
]


@pytest.mark.parametrize(("words", "lie"), LIES)
def test_an_authority_that_lies_is_told_and_asked_again_later(
    log: Log, folder: Path, tsa: tuple[Authority, str], words: str, lie: Callable[[bytes], tuple[int, bytes]]
) -> None:
    set_up(folder, *tsa)
    began = now()
    tsa[0].lie = lie
    try:
        [receipt] = anchor_checkpoints(folder, at=began)
    finally:
        tsa[0].lie = lambda answer: (200, answer)

    assert receipt.done_at is None and receipt.tries == 1 and words in receipt.trouble, receipt.trouble
    assert anchor_checkpoints(folder, at=began + timedelta(seconds=30)) == []
    log.grow()
    [again] = anchor_checkpoints(folder, at=began + timedelta(minutes=2))
    # The outage is over: one receipt, for what is newest now.
    assert again.pk == receipt.pk and again.done_at and again.size == log.size and again.trouble == ""


def test_a_stamp_of_another_question_and_of_another_authority_is_refused(
    log: Log, folder: Path, tsa: tuple[Authority, str]
) -> None:
    made, url = tsa
    set_up(folder, made, url)
    kept: list[bytes] = []
    made.lie = lambda answer: (200, kept.append(answer) or kept[0])  # type: ignore[func-returns-value]
    try:
        assert anchor_checkpoints(folder, at=now())[0].done_at
        log.grow()
        [replayed] = anchor_checkpoints(folder, at=now(), at_once=True)
    finally:
        made.lie = lambda answer: (200, answer)
    assert "核对不上" in replayed.trouble and replayed.done_at is None
    made.certify("else.crt", "else.key", "tsa2.crt", "tsa2.key")
    shutil.copy(made.folder / "else.crt", folder / "root.pem")
    [foreign] = anchor_checkpoints(folder, at=now(), at_once=True)
    assert "核对不上" in foreign.trouble


def test_an_authority_with_another_clock_is_told(log: Log, folder: Path, tsa: tuple[Authority, str]) -> None:
    set_up(folder, *tsa)
    [receipt] = anchor_checkpoints(folder, at=now() + timedelta(hours=3))

    assert "说的与事实不符" in receipt.trouble and "our clock says" in receipt.trouble


def test_one_that_never_answers_ends_at_the_deadline_and_stops_nobody_else(
    log: Log, folder: Path, tsa: tuple[Authority, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.evidence.services.anchoring.SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shutil.copy(tsa[0].folder / "root.crt", folder / "root.pem")
        (folder / "anchors.toml").write_text(
            "".join(
                f'[[timestamp]]\nlabel = "{label}"\nurl = "{url}"\nroot = "root.pem"\n'
                for label, url in (("沉默", f"http://127.0.0.1:{silent.getsockname()[1]}/"), ("好的", tsa[1]))
            )
        )
        began = time.monotonic()
        late, good = anchor_checkpoints(folder, at=now())
    assert time.monotonic() - began < 10
    assert late.trouble.startswith("沉默没有及时回答") and good.done_at
    [gone, *_] = anchor_checkpoints(folder, at=now() + timedelta(minutes=2))
    assert gone.trouble.startswith("沉默连不上") and gone.tries == 2


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[[timestamp]\n", "写得不对"),
        ("[[stamp]]\n", "写得不对"),
        ('[[timestamp]]\nlabel = "甲"\nurl = "http://tsa.example.cn"\nroot = "r.pem"\n', "应为 https 地址"),
        ('[[timestamp]]\nlabel = "甲"\nurl = "https://tsa.example.cn"\nroot = "r.pem"\n', "根证书 r.pem 不在"),
        ('[[timestamp]]\nlabel = "甲"\nurl = "https://t.cn"\nroot = "r"\nevery_minutes = 0\n', "至少是 1"),
        ('[[chain]]\nlabel = "乙"\nurl = "https://t.cn"\nchain_id = "x"\n', "写得不对"),
    ],
)
def test_settings_that_are_wrong_are_told_in_one_sentence(folder: Path, written: str, words: str) -> None:
    (folder / "anchors.toml").write_text(written)
    with pytest.raises(Refused, match=words) as told:
        read_targets(folder)
    assert told.value.sentence.startswith("anchors.toml：")


def test_a_witness_sheet_is_written_down(log: Log) -> None:
    made = hand_out_witness(label="会计师事务所", by=log.group.system_admin.pk, at=now())

    assert (made.sort, made.size) == (Receipt.Sort.WITNESS, log.size) and made.done_at


# --- the chain --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain() -> Iterator[str]:
    """Foundry's node on loopback."""
    found = next(Path("tests/chain/node_modules/@foundry-rs").glob("anvil-*/bin/anvil"), None)
    if found is None:
        pytest.skip("there is no anvil: make test installs it where Node is")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = subprocess.Popen(
        [found, "--host", "127.0.0.1", "--port", str(port), "--silent", "--chain-id", str(CHAIN_ID)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        node.kill()
        node.wait()


def use_chain(folder: Path, url: str, *, chain_id: int = CHAIN_ID) -> None:
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "chain.key").write_text(ANVIL_ACCOUNT)
    (folder / "anchors.toml").write_text(
        f'[[chain]]\nlabel = "试验链"\nurl = "{url}"\nchain_id = {chain_id}\nevery_minutes = 1\n'
    )


def test_a_checkpoint_goes_on_the_chain_and_the_next_into_the_same_contract(log: Log, folder: Path, chain: str) -> None:
    use_chain(folder, chain)
    [first] = anchor_checkpoints(folder, at=now())
    assert first.done_at, first.trouble
    log.grow()
    [second] = anchor_checkpoints(folder, at=now() + timedelta(minutes=2))

    assert second.done_at and second.detail["contract"] == first.detail["contract"]
    assert second.detail["transaction"] != first.detail["transaction"]
    assert second.detail["block"] > first.detail["block"]
    said = parse_checkpoint(second.checkpoint)
    # Asked again, as after an answer that got lost: nothing is sent a second time.
    node = Node(chain, CHAIN_ID, ANVIL_ACCOUNT, Deadline(20))
    again = node.anchor(said.origin, size=said.size, root=said.root, contract=second.detail["contract"])
    assert again.transaction == second.detail["transaction"]
    # The contract doesn't take a log back.
    with pytest.raises(Trouble):
        Node(chain, CHAIN_ID, ANVIL_ACCOUNT, Deadline(20)).anchor(
            said.origin, size=said.size - 1, root=b"\x01" * 32, contract=second.detail["contract"]
        )


def test_a_node_of_another_chain_is_told(log: Log, folder: Path, chain: str) -> None:
    use_chain(folder, chain, chain_id=1)
    [receipt] = anchor_checkpoints(folder, at=now())

    assert "说的与事实不符" in receipt.trouble and "31337" in receipt.trouble


def test_a_new_account_is_made_when_none_is_there_and_has_no_money(log: Log, folder: Path, chain: str) -> None:
    use_chain(folder, chain)
    (folder / "keys" / "chain.key").unlink()
    [receipt] = anchor_checkpoints(folder, at=now())

    assert receipt.done_at is None and receipt.trouble
    assert chain_account(folder) == chain_account(folder) and len(chain_account(folder)) == 66
    assert (folder / "keys" / "chain.key").stat().st_mode & 0o077 == 0


@pytest.fixture
def liar(chain: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A node that passes questions on and changes the answers to some."""
    import requests

    lies: dict[str, Any] = {}

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            method = json.loads(body)["method"]
            answer = requests.post(chain, data=body, headers={"Content-Type": "application/json"}, timeout=10).content
            lie = lies.get(method)
            if callable(lie):
                answer = json.dumps({**json.loads(answer), "result": lie(json.loads(answer).get("result"))}).encode()
            elif lie is not None:
                answer = lie
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", lies
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "lies",
    [
        {"eth_call": lambda result: "0x" + "00" * 32},
        {"eth_call": b"nonsense"},
        {"eth_chainId": lambda result: "0xzz"},
        {"eth_chainId": lambda result: None},
        {"eth_sendRawTransaction": lambda result: "0x" + "11" * 32},
        {"eth_getTransactionReceipt": lambda result: {**(result or {}), "transactionHash": "0x" + "22" * 32}},
        {"eth_getTransactionReceipt": lambda result: {**(result or {}), "status": "0x0"}},
        {"eth_getTransactionReceipt": lambda result: None},
        {"eth_gasPrice": lambda result: [1, {}]},
        {"eth_getTransactionCount": b"[]"},
    ],
)
def test_a_node_that_lies_is_told_and_nothing_counts_as_anchored(
    log: Log, folder: Path, liar: tuple[str, dict[str, Any]], lies: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guiju.evidence.services.anchoring.SECONDS", 3.0)
    url, told = liar
    use_chain(folder, url)
    told.update(lies)
    [receipt] = anchor_checkpoints(folder, at=now())

    assert receipt.done_at is None and receipt.trouble.startswith("试验链"), receipt.trouble


def test_the_contract_that_is_carried_is_the_one_in_the_source() -> None:
    assert contract.COMPILED.read_text("utf-8") == contract.compiled()


def test_receipts_go_into_bundles_and_are_checked_there(
    log: Log, folder: Path, tsa: tuple[Authority, str], chain: str, module_database: Database
) -> None:
    set_up(folder, *tsa)
    stamped = (folder / "anchors.toml").read_text()
    use_chain(folder, chain)
    (folder / "anchors.toml").write_text((folder / "anchors.toml").read_text() + stamped)
    assert all(receipt.done_at for receipt in anchor_checkpoints(folder, at=now()))
    hand_out_witness(label="会计师事务所", by=None, at=now())
    with state(module_database.conninfo("verifier")) as (connection, _):
        bundle = Bundle(connection, keyring())
        bundle.add_record("organisations.entity", log.group.company_a.pk)
        text = json.dumps(bundle.content(at=now()))
        assert not check_log(connection, key=KEY.verifier, outside=[]).findings

    is_good, said = verify.check(text, str(KEY.verifier))
    assert is_good and [about[0] for code, about in said if code == "said_receipt"] == [
        "会计师事务所",
        "试验机构",
        "试验链",
    ]
    assert {"then_ts", "then_chain"} <= {code for code, _ in said}


def test_a_receipt_in_the_database_that_was_exchanged_is_found(
    log: Log, folder: Path, module_database: Database
) -> None:
    hand_out_witness(label="会计师事务所", by=None, at=now())
    other = KEY.sign(Checkpoint(KEY.name, 3, b"x" * 32).body)
    for note, kind in ((other, "log_swapped"), ("nonsense", "receipt_edited")):
        with psycopg.connect(module_database.conninfo("superuser"), autocommit=True) as admin:
            admin.execute("UPDATE evidence_receipt SET checkpoint = %s, size = 3", [note])
        with state(module_database.conninfo("verifier")) as (connection, _):
            found = check_log(connection, key=KEY.verifier, outside=[]).findings
        assert [one.kind for one in found] == [kind]
