"""What the log costs, how fast it is sequenced, proven and verified, beside its peers and the bare limit."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from multiprocessing import get_context
from random import Random
from typing import Any

import psycopg
from django.db import connections
from pymerkle import SqliteTree
from tools import scratch

from benchmarks import beside
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.nodes import append_leaves, tree_of
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record_founding
from guiju.evidence.services.record import _version_of, _written
from guiju.evidence.verification.run import verify
from guiju.evidence.verification.state import state
from guiju.kernel.evidence import sm3
from guiju.kernel.evidence.note import SignerKey
from guiju.kernel.evidence.tree import Frontier, verify_inclusion
from guiju.keys.masters import masters_in
from guiju.organisations.models import Department, Member
from guiju.organisations.tests.factories import Group, make_group

KEY = SignerKey.new("guiju/bench")
WRITERS, WRITING_SECONDS, WRITING_ROUNDS = 8, 5.0, 3
WAITING = 50_000
COMPANIES = 200
RECORDS = int(os.environ.get("GUIJU_BENCH_RECORDS") or 1_000_000)
LEAVES, PEER_LEAVES = 10_000_000, 1_000_000
APPENDED, TURN = 200_000, 10_000
TESSERA = 640_000
"""Entries a second that Tessera's fsck is said to check (its issue 962)."""


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        group = make_group()
        _writing(group)
        _sequencing(group)
        _verifying(group)
        _proving()
        _beside_pymerkle()
    finally:
        connections.close_all()
        scratch.stop()


def _sequencer(connection: psycopg.Connection[Any]) -> Sequencer:
    return Sequencer(connection, KEY)


def _connect(role: str) -> psycopg.Connection[Any]:
    return psycopg.connect(scratch.database.conninfo(role), autocommit=True)


def _writing(group: Group) -> None:
    """The same service with and without its entry, eight writers, the sequencer beside them."""
    with _connect("owner") as owner:
        owner.execute("CREATE TABLE bench_outbox (id bigserial PRIMARY KEY, body text)")
        owner.execute(f"GRANT INSERT ON bench_outbox TO {scratch.NAME}_app")
        owner.execute(f"GRANT USAGE ON SEQUENCE bench_outbox_id_seq TO {scratch.NAME}_app")
    with scope(entities={group.headquarters.pk}):
        made = [Department.objects.create(entity=group.headquarters, name=f"写{n}") for n in range(WRITERS)]
        record_founding(
            Act("organisations.found_department", None, datetime.now(UTC)),
            subjects=((group.headquarters.pk, one) for one in made),
        )
    admin: Member = group.system_admin
    pace: dict[bool, list[int]] = {True: [], False: []}
    lags = []
    with ProcessPoolExecutor(WRITERS + 1, mp_context=get_context("spawn")) as pool:
        for number in range(2 * WRITING_ROUNDS + 2):
            with_evidence = number % 2 == 1
            begin = time.time() + (6 if number == 0 else 0.5)
            lag = pool.submit(
                beside.sequence, scratch.database.conninfo("sequencer"), str(KEY), begin - time.time() + WRITING_SECONDS
            )
            jobs = [
                pool.submit(
                    beside.write,
                    str(admin.pk),
                    str(admin.user_id),
                    str(one.pk),
                    with_evidence=with_evidence,
                    begin=begin,
                    seconds=WRITING_SECONDS,
                )
                for one in made
            ]
            done = sum(job.result() for job in jobs)
            if number >= 2:  # The first of each only warms up.
                pace[with_evidence].append(done)
                if with_evidence:
                    lags.append(lag.result())
            lag.result()
    with_it, without = (statistics.median(pace[one]) / WRITING_SECONDS for one in (True, False))
    print(
        f"写入（{WRITERS} 个进程，锁、权限、UPDATE、待发）：有存证 {with_it:,.0f} 次/秒，没有 {without:,.0f} 次/秒\n"
        f"有存证 / 没有 = {with_it / without:.2f}（目标 0.70）；排位落后最多 {max(lags):.2f} 秒（目标 2）\n"
    )


_TABLES = {
    "organisations_department (id, entity_id, name)": ("uuid", "uuid", "varchar"),
    "evidence_entry (id, entity_id, action, subject_type, subject_id, at, count, leaf)": (
        *("uuid", "uuid", "varchar", "varchar", "uuid", "timestamptz", "int2", "text"),
    ),
    "evidence_revision (id, entity_id, entry_id, position, subject_type, subject_id, number, schema, digests, sealed)": (
        *("uuid", "uuid", "uuid", "int2", "varchar", "uuid", "int4", "varchar", "bytea", "bytea"),
    ),
    "evidence_pending (entry_id)": ("uuid",),
}


def _departments(group: Group, count: int) -> None:
    """Rows with an entry each, as `record_founding` writes them, but copied in: a million take minutes else."""
    entities = cycle([group.headquarters.pk, *(new_id() for _ in range(COMPANIES - 1))])
    act = Act("organisations.found_department", None, datetime.now(UTC))
    with _connect("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        for start in range(0, count, 20_000):
            rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
            written = list(rows.values())
            for entity in islice(entities, min(20_000, count - start)):
                one = Department(id=new_id(), entity_id=entity, name=new_id().hex)
                version = _version_of(act, entity, one)
                entry, (kept,) = _written(act, (version.subject_type, version.subject_id), [(version, 1)])
                written[0].append((one.id, entity, one.name))
                written[1].append(
                    (entry.id, entity, entry.action, entry.subject_type, entry.subject_id, entry.at, 1, entry.leaf)
                )
                written[2].append(
                    (
                        *(kept.id, entity, entry.id, 0, kept.subject_type, kept.subject_id, 1, kept.schema),
                        *(kept.digests, kept.sealed),
                    )
                )
                written[3].append((entry.id,))
            with admin.transaction(), admin.cursor() as cursor:
                for (table, types), lines in zip(_TABLES.items(), written, strict=True):
                    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.set_types(types)
                        for line in lines:
                            copy.write_row(line)


def _sequencing(group: Group) -> None:
    with _connect("sequencer") as connection:
        sequencer = _sequencer(connection)
        while sequencer.has_work:
            sequencer.round(at=datetime.now(UTC), every=timedelta(0))
        _departments(group, WAITING)
        began, placed = time.perf_counter(), 0
        while placed < WAITING:
            placed += sequencer.round(at=datetime.now(UTC)).placed
        seconds = time.perf_counter() - began
    print(f"排位：{placed:,} 条，{placed / seconds:,.0f} 条/秒（目标 10,000），SHA-256 和 SM3 两棵树\n")


def _verifying(group: Group) -> None:
    """All there is, beside reading the same rows into Python and letting them go; two processes each."""
    missing = RECORDS - WAITING
    began = time.perf_counter()
    _departments(group, missing)
    with _connect("sequencer") as connection:
        sequencer = _sequencer(connection)
        while sequencer.has_work:
            sequencer.round(at=datetime.now(UTC), every=timedelta(0))
    print(f"（准备 {RECORDS:,} 份记录：{time.perf_counter() - began:.0f} 秒）")
    with _connect("superuser") as admin:
        admin.execute("ANALYZE")
    conninfo, known = scratch.database.conninfo("verifier"), masters_in(scratch.folder.secrets_file)
    reading, verifying = [], []
    for _ in range(2):
        began = time.perf_counter()
        with state(conninfo) as (_, snapshot), ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            jobs = [
                pool.submit(beside.fetch_log, conninfo, snapshot),
                pool.submit(beside.fetch_records, conninfo, snapshot, known),
            ]
            for job in jobs:
                job.result()
        reading.append(time.perf_counter() - began)
        began = time.perf_counter()
        found = verify(conninfo, key=KEY.verifier, known=known)
        verifying.append(time.perf_counter() - began)
        assert found.ok, found.findings[:3]
    rows = found.leaves + 2 * found.records
    print(
        f"核对：{found.records:,} 份记录、{found.leaves:,} 条日志，{min(verifying):.1f} 秒；只读出同样的行 {min(reading):.1f} 秒\n"
        f"核对 / 只读 = {min(verifying) / min(reading):.2f}（目标不超过 5）；"
        f"{rows / min(verifying):,.0f} 行/秒，Tessera 的 fsck 自称 {TESSERA:,} 条/秒\n"
    )


def _fill(count: int) -> None:
    """A log of so many leaves that say nothing: only its tree is measured."""
    with _connect("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("TRUNCATE evidence_leaf, evidence_node")
        frontier = Frontier()
        with admin.cursor() as cursor:
            nodes = []
            with cursor.copy("COPY evidence_leaf (index, content, hash, sm3) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "text", "bytea", "bytea"])
                for index in range(count):
                    one = hashlib.sha256(index.to_bytes(8, "big")).digest()
                    nodes += frontier.add(one)
                    copy.write_row((index, "", one, b""))
            with cursor.copy("COPY evidence_node (level, index, hash, sm3) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int2", "int8", "bytea", "bytea"])
                for node in nodes:
                    copy.write_row((node.level, node.index, node.hash, b""))
        admin.execute("ANALYZE evidence_leaf")


def _proofs(connection: psycopg.Connection[Any], size: int, count: int = 200) -> tuple[float, float, float]:
    """Median milliseconds of a root, an inclusion proof and a consistency proof, each from nothing."""
    chance = Random(1)
    root = tree_of(connection, size).root()
    spent: list[list[float]] = [[], [], []]
    for _ in range(count):
        index = chance.randrange(size)
        for place, ask in enumerate(
            (
                lambda: tree_of(connection, size).root(),
                lambda index=index: tree_of(connection, size).inclusion(index),
                lambda index=index: tree_of(connection, size).consistency(index + 1),
            )
        ):
            began = time.perf_counter()
            answer = ask()
            spent[place].append(time.perf_counter() - began)
            if place == 1:
                leaf = hashlib.sha256(index.to_bytes(8, "big")).digest()
                assert verify_inclusion(leaf, index=index, size=size, path=answer, root=root)
    return tuple(1000 * statistics.median(one) for one in spent)  # type: ignore[return-value]


def _proving() -> None:
    began = time.perf_counter()
    _fill(LEAVES)
    print(f"（准备 {LEAVES:,} 条：{time.perf_counter() - began:.0f} 秒）")
    with _connect("verifier") as connection:
        root, inclusion, consistency = _proofs(connection, LEAVES)
    print(
        f"{LEAVES:,} 条时（毫秒，中位数）：根 {root:.2f}，在内证明 {inclusion:.2f}，一致证明 {consistency:.2f}（目标 5）\n"
    )


def _beside_pymerkle() -> None:
    """Appending in batches of 1,000, in turns, and root and proofs at a million leaves."""
    entries = [b"%08x" % index * 14 for index in range(PEER_LEAVES)]
    folder = tempfile.TemporaryDirectory()
    file = f"{folder.name}/peer.db"
    peer = SqliteTree(file)
    spent: dict[str, list[float]] = {"ours": [], "with SM3": [], "theirs": []}
    with _connect("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        for start in range(0, APPENDED, TURN):
            turn = entries[start : start + TURN]
            spent["ours"].append(_append_ours(admin, turn, with_sm3=False))
            spent["with SM3"].append(_append_ours(admin, turn, with_sm3=True))
            spent["theirs"].append(_append_theirs(peer, turn))
    ours, with_sm3, theirs = (TURN / statistics.median(one) for one in spent.values())
    print(
        f"追加（每批 1,000 条一个事务，轮流，PostgreSQL，fsync 关）：{ours:,.0f} 条/秒，连同 SM3 {with_sm3:,.0f}；"
        f"pymerkle {theirs:,.0f}（SQLite，照它自己的设置）\n"
        f"我们 / pymerkle = {ours / theirs:.2f}（目标 1），连同 SM3 {with_sm3 / theirs:.2f}"
    )
    _append_theirs(peer, entries[APPENDED:])
    _fill(PEER_LEAVES)
    with _connect("verifier") as connection:
        root, inclusion, consistency = _proofs(connection, PEER_LEAVES, 50)
    middle = PEER_LEAVES // 2
    times = []
    # Each from nothing, as ours: an instance remembers what it has computed.
    for ask in (
        lambda tree: tree.get_state(),
        lambda tree: tree.prove_inclusion(middle),
        lambda tree: tree.prove_consistency(middle + 1, PEER_LEAVES),
    ):
        fresh = SqliteTree(file)
        began = time.perf_counter()
        ask(fresh)
        times.append(1000 * (time.perf_counter() - began))
    folder.cleanup()
    for name, mine, other in zip(("根", "在内证明", "一致证明"), (root, inclusion, consistency), times, strict=True):
        print(
            f"{PEER_LEAVES:,} 条时{name}：{mine:.2f} 毫秒，pymerkle {other:.0f} 毫秒，快 {other / mine:.0f} 倍（目标 100）"
        )


def _append_ours(admin: psycopg.Connection[Any], entries: list[bytes], *, with_sm3: bool) -> float:
    """Seconds for these leaves in batches of 1,000, into empty tables."""
    admin.execute("TRUNCATE evidence_leaf, evidence_node")
    tree, twin = Frontier(), Frontier(digest=sm3 if with_sm3 else lambda _: b"")
    began = time.perf_counter()
    for start in range(0, len(entries), 1000):
        batch = [(None, entry.decode(), entry) for entry in entries[start : start + 1000]]
        with admin.transaction():
            append_leaves(admin, batch, tree, twin)
    return time.perf_counter() - began


def _append_theirs(peer: SqliteTree, entries: list[bytes]) -> float:
    began = time.perf_counter()
    for start in range(0, len(entries), 1000):
        peer.append_entries(entries[start : start + 1000], 1000)
    return time.perf_counter() - began
