"""Entries get their places, checkpoints are signed: whatever happens meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from guiju.database.embedded import EmbeddedServer
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.installation import held_checkpoint, keep_newest
from guiju.evidence.nodes import tree_of
from guiju.evidence.sequencer import ANOTHER, NO_KEY, OTHER_KEY, SHORTER, Round, Sequencer
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.evidence import canonical, sm3
from guiju.kernel.evidence.leaves import NO_HEAD, entry_leaf, next_head
from guiju.kernel.evidence.note import Checkpoint, SignerKey, open_checkpoint
from guiju.kernel.evidence.tree import leaf_hash, root_of
from guiju.organisations.models import Department
from guiju.organisations.tests.factories import AT, Group, make_group

KEY = SignerKey.new("guiju/test")
AT_ONCE = timedelta(0)


@pytest.fixture
def connection(own_database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as opened:
        yield opened


def found_department(group: Group, name: str) -> Department:
    with scope(entities={group.company_a.pk}):
        made = Department.objects.create(entity=group.company_a, name=name)
        record(Act("organisations.found_department", None, AT), entity_id=group.company_a.pk, subject=made)
    return made


def leaves_of(connection: psycopg.Connection) -> list[bytes]:
    """Every leaf as the log's rows say it, whoever placed it."""
    rows = connection.execute(
        "SELECT l.index, l.content, e.leaf FROM evidence_leaf l LEFT JOIN evidence_entry e ON e.id = l.entry_id"
        " ORDER BY l.index"
    ).fetchall()
    assert [index for index, _, _ in rows] == list(range(len(rows)))
    return [entry_leaf(text.encode(), json.loads(content)) if text else content.encode() for _, content, text in rows]


def assert_log_holds(connection: psycopg.Connection) -> None:
    leaves = leaves_of(connection)
    for size, note in connection.execute("SELECT size, note FROM evidence_checkpoint ORDER BY size"):
        signed = open_checkpoint(note, KEY.verifier)
        assert signed.size == size
        assert signed.root == root_of([leaf_hash(leaf) for leaf in leaves[:size]]) == tree_of(connection, size).root()
        heads = json.loads(leaves[size - 1])
        assert heads["sm3"]["size"] == size - 1
        assert heads["sm3"]["root"] == root_of([leaf_hash(leaf, sm3) for leaf in leaves[: size - 1]], sm3).hex()
    numbers: dict[tuple[str, str], list[int]] = {}
    chains: dict[tuple[str, str], bytes] = {}
    for leaf in leaves:
        found = json.loads(leaf)
        if "entry" in found:
            streams = found["entry"]["records"]["streams"]
            for (kind, count), first in zip(streams, found["places"], strict=True):
                key = (found["entry"]["entity"], kind)
                numbers.setdefault(key, []).extend(range(first, first + count))
                chains[key] = next_head(chains.get(key, NO_HEAD), leaf_hash(leaf))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    kept = connection.execute("SELECT entity_id::text, subject_type, count, head FROM evidence_stream").fetchall()
    assert {(entity, kind): (count, head) for entity, kind, count, head in kept} == {
        key: (len(found), chains[key]) for key, found in numbers.items()
    }
    assert connection.execute("SELECT count(*) FROM evidence_pending").fetchone() == (0,)


def test_every_entry_gets_one_place_and_a_checkpoint_covers_it(connection: psycopg.Connection) -> None:
    group = make_group()
    sequencer = Sequencer(connection, KEY)
    done = sequencer.round(at=AT, every=AT_ONCE)

    assert done.placed > 10 and done.checkpoint is not None
    assert not sequencer.has_work
    found_department(group, "市场部")
    assert sequencer.has_work
    later = sequencer.round(at=AT + timedelta(seconds=1), every=AT_ONCE)
    assert later.placed == 1 and later.checkpoint and later.checkpoint.size == done.checkpoint.size + 2
    assert_log_holds(connection)


def test_one_entry_of_many_records_numbers_each_of_them(connection: psycopg.Connection) -> None:
    group = make_group()
    act = Act("organisations.found_department", None, AT)
    with scope(entities={group.company_a.pk}), one_entry(act, about=group.company_a):
        for number in range(1500):
            made = Department.objects.create(entity=group.company_a, name=f"部门{number}")
            record(act, entity_id=group.company_a.pk, subject=made)
        record(act, entity_id=group.company_a.pk, subject=group.sales_a)
    sequencer = Sequencer(connection, KEY)
    sequencer.round(at=AT, every=AT_ONCE)

    found = [json.loads(leaf) for leaf in leaves_of(connection)]
    batches = [leaf for leaf in found if leaf.get("entry", {}).get("subject", {}).get("id") == str(group.company_a.pk)]
    assert [leaf["entry"]["records"]["streams"] for leaf in batches[-2:]] == [
        [["organisations.department", 1000]],
        [["organisations.department", 500], ["organisations.member", 1]],
    ]
    assert_log_holds(connection)


def test_an_entry_that_is_committed_late_is_placed_like_any_other(connection: psycopg.Connection) -> None:
    group = make_group()
    sequencer = Sequencer(connection, KEY)
    with scope(entities={group.company_a.pk}):
        late = Department.objects.create(entity=group.company_a, name="晚")
        record(Act("organisations.found_department", None, AT), entity_id=group.company_a.pk, subject=late)
        before = sequencer.round(at=AT, every=AT_ONCE)
    after = sequencer.round(at=AT, every=AT_ONCE)

    assert (before.placed > 1, after.placed) == (True, 1)
    assert_log_holds(connection)


def test_of_two_sequencers_one_leads_and_each_may_follow_the_other(
    own_database: Database, connection: psycopg.Connection
) -> None:
    group = make_group()
    with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as other:
        first, second = Sequencer(connection, KEY), Sequencer(other, KEY)
        with connection.transaction():
            first.round(at=AT, every=AT_ONCE)
            assert second.round(at=AT, every=AT_ONCE).leads is False
        for number in range(6):
            found_department(group, f"部门{number}")
            done = (first, second)[number % 2].round(at=AT, every=AT_ONCE)
            assert done.placed == 1 and done.checkpoint
    assert_log_holds(connection)


def test_a_round_that_fails_leaves_nothing_and_the_next_one_does_it_all(connection: psycopg.Connection) -> None:
    group = make_group()
    sequencer = Sequencer(connection, KEY)
    sequencer.round(at=AT, every=AT_ONCE)
    found_department(group, "市场部")
    with pytest.raises(RuntimeError), connection.transaction():
        sequencer.round(at=AT, every=AT_ONCE)
        raise RuntimeError("the disk is full")

    assert sequencer.round(at=AT, every=AT_ONCE).placed == 1
    assert_log_holds(connection)


@pytest.fixture
def small_disk(server: EmbeddedServer) -> Iterator[Path]:
    """A file system of four megabytes, and on it the tablespace `small`."""
    folder = server.place.cluster.parent / "small"
    folder.mkdir()
    owner = server.place.cluster.stat()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("a file system can be mounted by root only")
    try:
        os.chown(folder, owner.st_uid, owner.st_gid)
        (folder / "tables").mkdir(0o700)
        os.chown(folder / "tables", owner.st_uid, owner.st_gid)
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(folder / "tables")))
            yield folder
            admin.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path) -> None:
    with open(disk / "filler", "wb", buffering=0) as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(bytes(4096))


@pytest.mark.parametrize("table", ["evidence_leaf", "evidence_checkpoint"])
def test_a_full_disk_loses_nothing_and_holds_up_no_writer(
    small_disk: Path, own_database: Database, connection: psycopg.Connection, table: str
) -> None:
    group = make_group()
    sequencer = Sequencer(connection, KEY)
    sequencer.round(at=AT, every=AT_ONCE)
    with psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin:
        admin.execute(f"ALTER TABLE {table} SET TABLESPACE small")
        # What is in a page that is there already needs no room on the disk.
        admin.execute(f"ALTER TABLE {table} SET (fillfactor = 10)")
        admin.execute(f"SET session_replication_role = replica; CLUSTER {table} USING {table}_pkey")
    fill(small_disk)

    placed, refused = 0, None
    for number in range(200):
        found_department(group, f"第{number}部")
        try:
            placed += sequencer.round(at=AT, every=AT_ONCE).placed
        except psycopg.errors.DiskFull as full:
            refused = full
            break
    assert refused is not None
    found_department(group, "磁盘满了以后")
    with pytest.raises(psycopg.errors.DiskFull):
        sequencer.round(at=AT, every=AT_ONCE)
    (small_disk / "filler").unlink()
    assert sequencer.round(at=AT, every=AT_ONCE).placed == number + 2 - placed
    assert_log_holds(connection)


def test_on_a_full_disk_the_checkpoint_beside_the_database_stays_the_one_before(small_disk: Path) -> None:
    (small_disk / "keys").mkdir()
    notes = [KEY.sign(Checkpoint(KEY.name, size, bytes(32)).body) for size in (1, 2)]
    keep_newest(small_disk, notes[0])
    fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        keep_newest(small_disk, notes[1])

    held = held_checkpoint(small_disk, KEY)
    assert held is not None and held.size == 1
    (small_disk / "filler").unlink()
    keep_newest(small_disk, notes[1])
    assert (held := held_checkpoint(small_disk, KEY)) is not None and held.size == 2


def test_a_clock_set_back_makes_no_checkpoint_older_than_the_one_before(connection: psycopg.Connection) -> None:
    group = make_group()
    sequencer = Sequencer(connection, KEY)
    sequencer.round(at=AT, every=AT_ONCE)
    found_department(group, "市场部")
    sequencer.round(at=AT - timedelta(days=400))

    moments = [at for (at,) in connection.execute("SELECT at FROM evidence_checkpoint ORDER BY size")]
    assert moments == [AT, AT]
    assert_log_holds(connection)


@pytest.mark.parametrize("other", [None, SignerKey.new("guiju/test"), SignerKey.new("guiju/else")])
def test_without_its_own_key_entries_are_placed_and_nothing_is_signed(
    connection: psycopg.Connection, other: SignerKey | None
) -> None:
    group = make_group()
    Sequencer(connection, KEY).round(at=AT, every=AT_ONCE)
    found_department(group, "市场部")
    sequencer = Sequencer(connection, other)
    done = sequencer.round(at=AT, every=AT_ONCE)

    assert (done.placed, done.checkpoint) == (1, None)
    assert sequencer.trouble == (OTHER_KEY if other else NO_KEY)
    assert Sequencer(connection, KEY).round(at=AT, every=AT_ONCE).checkpoint
    assert_log_holds(connection)


def leaf_saying(**said: object) -> str:
    """An entry as nobody wrote it."""
    entry = {
        "action": "organisations.grant_role",
        "actor": None,
        "at": "2020-01-01T00:00:00.000000Z",
        "entity": FORGED,
        "grounds": [],
        "id": FORGED,
        "nonce": "00" * 16,
        "records": {"root": "00" * 32, "streams": [["organisations.member", 1]]},
        "subject": {"id": FORGED, "type": "organisations.member"},
        "v": 1,
    }
    return canonical({**entry, **said}).decode()


FORGED = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "leaf",
    [
        "nonsense",
        "[" * 100_000,
        leaf_saying().replace(",", ", ", 1),
        leaf_saying(entity="00000000-0000-7000-8000-000000000001"),
        leaf_saying(id="00000000-0000-7000-8000-000000000001"),
        leaf_saying(records={"root": "00" * 32, "streams": []}),
        leaf_saying(records={"root": "00" * 32, "streams": [["a.a", 1], ["a.b", -1]]}),
        leaf_saying(records={"root": "00" * 32, "streams": [["a.b", 1], ["a.a", 1]]}),
        leaf_saying(records={"root": "00" * 32, "streams": [["a.a", 1001]]}),
        leaf_saying(records={"root": "00" * 32, "streams": [["a" * 101, 1]]}),
        leaf_saying(records={"root": "00" * 32, "streams": [["a.a", True]]}),
        leaf_saying(extra=1),
    ],
)
def test_what_record_did_not_write_stays_in_the_queue_and_holds_nobody_up(
    own_database: Database, connection: psycopg.Connection, leaf: str
) -> None:
    group = make_group()
    with psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO evidence_entry (id, entity_id, action, subject_type, subject_id, at, count, leaf)"
            " VALUES (%(id)s, %(id)s, 'x', 'x', %(id)s, now(), 1, %(leaf)s)",
            {"id": FORGED, "leaf": leaf},
        )
        admin.execute("INSERT INTO evidence_pending (entry_id) VALUES (%s)", [FORGED])
    sequencer = Sequencer(connection, KEY)
    sequencer.round(at=AT, every=AT_ONCE)

    assert not sequencer.has_work
    found_department(group, "市场部")
    assert sequencer.round(at=AT, every=AT_ONCE).placed == 1
    assert connection.execute("SELECT count(*) FROM evidence_pending").fetchone() == (1,)


def test_a_log_that_was_turned_back_in_the_database_is_not_signed_on(connection: psycopg.Connection) -> None:
    group = make_group()
    first = Sequencer(connection, KEY).round(at=AT, every=AT_ONCE).checkpoint
    assert first is not None
    found_department(group, "市场部")
    longer = Checkpoint(KEY.name, first.size + 9, first.root)
    for held, words in ((longer, SHORTER), (Checkpoint(KEY.name, first.size, bytes(32)), ANOTHER)):
        sequencer = Sequencer(connection, KEY, lambda held=held: held)  # type: ignore[misc]
        assert (sequencer.round(at=AT, every=AT_ONCE), sequencer.trouble) == (Round(), words)
        assert sequencer.round(at=AT, every=AT_ONCE) == Round()
    assert Sequencer(connection, KEY, lambda: first).round(at=AT, every=AT_ONCE).placed == 1
    assert_log_holds(connection)


@pytest.mark.parametrize(
    "table", ["evidence_entry", "evidence_revision", "evidence_leaf", "evidence_node", "evidence_checkpoint"]
)
def test_no_role_of_ours_rewrites_the_log_and_even_the_superuser_is_refused(
    own_database: Database, connection: psycopg.Connection, table: str
) -> None:
    make_group()
    Sequencer(connection, KEY).round(at=AT, every=AT_ONCE)
    connection.execute("INSERT INTO evidence_node (level, index, hash, sm3) VALUES (1, 0, '', '')")
    column = {"evidence_leaf": "content", "evidence_node": "level", "evidence_checkpoint": "note"}.get(table, "id")
    for role in ("app", "sequencer", "verifier", "superuser"):
        with psycopg.connect(own_database.conninfo(role), autocommit=True) as direct:
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused:
                    direct.execute(statement)
                assert role != "superuser" or "存证日志只增不改" in str(refused.value)
