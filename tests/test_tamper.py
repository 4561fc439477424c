"""What somebody with all rights changes behind the application's back is found and named (R4).

The attacks are made by SQL as superuser, with triggers and foreign keys switched off; table, column
and row are chosen at random from the catalogue of committed tables.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import models
from psycopg import sql
from psycopg.types.json import Jsonb

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.registry import COMMITTED, committed_values
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record
from guiju.evidence.verification.findings import Finding, Report
from guiju.evidence.verification.run import check, verify
from guiju.kernel.evidence.note import Checkpoint, SignerKey
from guiju.keys.masters import masters
from guiju.keys.ring import keyring
from guiju.keys.values import place_of, seal_values
from guiju.organisations.tests.factories import AT, make_group

ROUNDS = 200 if os.environ.get("GUIJU_PROVE") else 40
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))
KEY = SignerKey.new("guiju/tamper")

DISPUTED = ("evidence_entry", "evidence_revision", "evidence_leaf", "evidence_node", "evidence_checkpoint")

ATTACKED = {model: one for model, one in COMMITTED.items() if one.subject_type != "evidence.erasure"}
"""An erasure says what is gone from other versions: one made up at random fits none (test_erasure.py)."""


@dataclass(frozen=True)
class Attack:
    """What was done, and what a finding must say of it."""

    what: str
    table: str
    pk: str | None = None
    field: str | None = None
    kinds: frozenset[str] = frozenset()

    def is_named_by(self, finding: Finding) -> bool:
        return (
            finding.table == self.table
            and (self.pk is None or finding.pk == self.pk)
            and (self.field is None or finding.field == self.field)
            and (not self.kinds or finding.kind in self.kinds)
        )


@dataclass
class World:
    """A log with rows of every committed table, and a superuser's connection to it."""

    admin: psycopg.Connection[Any]
    database: Database
    chance: Random
    entity: UUID

    def rows(self, query: Any, *values: Any) -> list[tuple[Any, ...]]:
        return self.admin.execute(query, values).fetchall()

    def one_of(self, table: str, column: str = "id") -> Any:
        """A random value of a column."""
        found = self.rows(sql.SQL("SELECT {} FROM {} ORDER BY 1").format(sql.Identifier(column), sql.Identifier(table)))
        return self.chance.choice(found)[0]

    def do(self, query: Any, *values: Any) -> None:
        """Run it whatever constraints say: who has all rights drops them first."""
        while True:
            try:
                with self.admin.transaction():
                    assert self.admin.execute(query, values).rowcount != 0
                return
            except (
                psycopg.errors.CheckViolation,
                psycopg.errors.UniqueViolation,
                psycopg.errors.NotNullViolation,
            ) as error:
                table, name = (
                    sql.Identifier(str(part)) for part in (error.diag.table_name, error.diag.constraint_name)
                )
                if error.diag.constraint_name is None:
                    column = sql.Identifier(str(error.diag.column_name))
                    self.admin.execute(sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(table, column))
                elif self.rows("SELECT FROM pg_constraint WHERE conname = %s", error.diag.constraint_name):
                    self.admin.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(table, name))
                else:
                    self.admin.execute(sql.SQL("DROP INDEX {}").format(name))

    def check(self, *outside: Checkpoint) -> Report:
        with self.admin.transaction():
            return check(self.admin, key=KEY.verifier, ring=keyring(), outside=outside)

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        with self.admin.transaction(force_rollback=True):
            self.admin.execute("SET LOCAL session_replication_role = replica")
            yield


def a_value(field: models.Field[Any, Any], chance: Random) -> Any:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, models.UUIDField):
        return UUID(int=chance.getrandbits(128))
    if isinstance(target, models.DateTimeField):
        return AT + timedelta(seconds=chance.randrange(10**6))
    if isinstance(target, models.DateField):
        return (AT + timedelta(days=chance.randrange(1000))).date()
    if isinstance(target, models.DecimalField):
        return Decimal(chance.randrange(10**8)) / 100
    if isinstance(target, models.BooleanField):
        return bool(chance.getrandbits(1))
    if isinstance(target, models.IntegerField):
        return chance.randrange(30_000)
    if isinstance(target, models.DecimalField):
        return Decimal(chance.randrange(1, 10**6)) / 100
    if isinstance(target, models.JSONField):
        return {"某": [chance.randrange(100), "值"]}
    if isinstance(target, models.TimeField):
        return time(chance.randrange(24), chance.randrange(60))
    if isinstance(target, models.BinaryField):
        return chance.randbytes(16)
    return f"{chance.randrange(10**8):08d}值"[: target.max_length or 20]


def sealed(pk: UUID, model: type[models.Model], column: str, world: World) -> bytes:
    """Values as their part seals them, for the company whose log they stand in."""
    place = place_of(model._meta.db_table, column, pk)
    number = f"{world.chance.randrange(10**11):011d}"
    values = {"phone": number, "email": f"{number}@example.com", "identity_number": number, "health": "值"}
    return seal_values(keyring(), values, entity=world.entity, place=place)


def computed(subject: models.Model) -> dict[str, Any]:
    """What stands beside the values and follows from them."""
    again = COMMITTED[type(subject)].recomputed
    if again is None:
        return {}
    values = again.of(keyring(), subject.entity_id, committed_values(subject))  # type: ignore[attr-defined]
    return dict(zip(again.columns, values, strict=True))


def insert(world: World, model: type[models.Model]) -> models.Model:
    """A row of any committed table, without its part's services: as it stands, so it is committed."""
    fields = {field.attname: a_value(field, world.chance) for field in model._meta.concrete_fields}
    if COMMITTED[model].sealed:
        fields["entity_id"] = world.entity
    fields |= {column: sealed(fields["id"], model, column, world) for column in COMMITTED[model].sealed}
    fields |= computed(model(**fields))
    columns = [field.column for field in model._meta.concrete_fields]
    values = [Jsonb(value) if isinstance(value, (dict, list)) else value for value in fields.values()]
    world.do(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        ),
        *values,
    )
    return model(**fields)


@pytest.fixture
def world(own_database: Database) -> Iterator[World]:
    group = make_group()
    chance = Random(SEED)
    with (
        psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin,
        psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as connection,
    ):
        made = World(admin, own_database, chance, group.company_a.pk)
        sequencer = Sequencer(connection, KEY)
        sequencer.round(at=AT, every=timedelta(0))
        # Rows that lack what their constraints ask for are as good as others here, so these go first.
        admin.execute("SET session_replication_role = replica")
        entity = made.entity
        for model in sorted(ATTACKED, key=lambda model: model._meta.db_table):
            for number in range(3):
                subject = insert(made, model)
                with scope(entities={entity}):
                    record(Act("test.insert", None, AT), entity_id=entity, subject=subject)
                if number:
                    change(made, model, subject)
                    with scope(entities={entity}):
                        record(Act("test.change", None, AT, (), "更正"), entity_id=entity, subject=subject)
            sequencer.round(at=AT, every=timedelta(0))
        admin.execute("RESET session_replication_role")
        yield made


def change(world: World, model: type[models.Model], subject: models.Model) -> None:
    committed = COMMITTED[model]
    for field in model._meta.concrete_fields:
        if field.attname in committed.sealed:
            setattr(subject, field.attname, sealed(subject.id, model, field.attname, world))  # type: ignore[attr-defined]
        elif field.attname not in {"id", "entity_id"} and field.attname in committed.columns:
            setattr(subject, field.attname, a_value(field, world.chance))
    beside = computed(subject)
    for column, value in beside.items():
        setattr(subject, column, value)
    assignments = {
        field.column: getattr(subject, field.attname)
        for field in model._meta.concrete_fields
        if field.attname != "id" and (field.attname in committed.columns or field.attname in beside)
    }
    world.do(
        sql.SQL("UPDATE {} SET {} WHERE id = %s").format(
            sql.Identifier(model._meta.db_table),
            sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder()) for column in assignments
            ),
        ),
        *(Jsonb(value) if isinstance(value, (dict, list)) else value for value in assignments.values()),
        subject.id,  # type: ignore[attr-defined]
    )


def edit_a_row(world: World) -> Attack:
    committed = world.chance.choice(list(ATTACKED.values()))
    table = committed.model._meta.db_table
    fields = {field.attname: field for field in committed.model._meta.concrete_fields}
    again = committed.recomputed.columns if committed.recomputed else ()
    code = world.chance.choice([code for code in (*committed.columns, *again) if code != "id"])
    pk, column = world.one_of(table), sql.Identifier(fields[code].column)
    [(before,)] = world.rows(sql.SQL("SELECT {} FROM {} WHERE id = %s").format(column, sql.Identifier(table)), pk)
    if before is not None and fields[code].null and world.chance.random() < 0.2:
        value = None
    else:
        while (value := a_value(fields[code], world.chance)) == before:
            pass
    world.do(
        sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(sql.Identifier(table), column),
        Jsonb(value) if isinstance(value, (dict, list)) else value,
        pk,
    )
    kinds = frozenset({"row_edited", "row_rolled_back"})
    return Attack(f"改 {table}.{code}", table, str(pk), fields[code].column, kinds)


def delete_a_row(world: World) -> Attack:
    table = world.chance.choice(list(ATTACKED))._meta.db_table
    pk = world.one_of(table)
    world.do(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), pk)
    return Attack(f"删 {table}", table, str(pk), None, frozenset({"row_deleted"}))


def insert_a_row(world: World) -> Attack:
    model = world.chance.choice(list(ATTACKED))
    subject = insert(world, model)
    table = model._meta.db_table
    return Attack(f"插 {table}", table, str(subject.id), None, frozenset({"row_inserted"}))  # type: ignore[attr-defined]


def roll_a_row_back(world: World) -> Attack:
    """Back to its first version, which the attacker remembers: only the newest counts."""
    from guiju.evidence.sealing import open_version

    committed = world.chance.choice(list(ATTACKED.values()))
    table = committed.model._meta.db_table
    found = world.rows(
        "SELECT subject_id FROM evidence_revision WHERE subject_type = %s AND number = 2", committed.subject_type
    )
    pk = world.chance.choice(found)[0]
    [(key, entity, digests, sealed)] = world.rows(
        "SELECT id, entity_id, digests, sealed FROM evidence_revision WHERE subject_id = %s AND number = 1", pk
    )
    old = open_version(keyring(), entity, key, sealed, fields=len(digests) // 32).values
    for column in (*committed.spread, *committed.sealed):
        values = {name.partition(".")[2]: value for name, value in old.items() if name.partition(".")[0] == column}
        old = {**old, column: values if column in committed.spread else reseal(table, column, entity, pk, values)}
    for field in committed.model._meta.concrete_fields:
        if field.attname in old and field.attname != "id":
            value = old[field.attname]
            world.do(
                sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(
                    sql.Identifier(table), sql.Identifier(field.column)
                ),
                Jsonb(value) if isinstance(value, (dict, list)) else value,
                pk,
            )
    return Attack(f"退回 {table}", table, str(pk), None, frozenset({"row_rolled_back"}))


def reseal(table: str, column: str, entity: UUID, pk: UUID, values: dict[str, Any]) -> bytes:
    return seal_values(keyring(), values, entity=entity, place=place_of(table, column, pk))


def edit_an_entry(world: World) -> Attack:
    pk = world.one_of("evidence_entry")
    column, value = world.chance.choice(
        [
            ("action", "x.y"),
            ("subject_id", uuid4()),
            ("subject_type", "x.y"),
            ("actor_id", uuid4()),
            ("at", AT - timedelta(days=77)),
            ("entity_id", uuid4()),
            ("count", 7),
        ]
    )
    world.do(sql.SQL("UPDATE evidence_entry SET {} = %s WHERE id = %s").format(sql.Identifier(column)), value, pk)
    return Attack(f"改条目.{column}", "evidence_entry", str(pk), column, frozenset({"entry_edited"}))


def edit_what_an_entry_says(world: World) -> Attack:
    pk = world.one_of("evidence_entry")
    [(text,)] = world.rows("SELECT leaf FROM evidence_entry WHERE id = %s", pk)
    said = json.loads(text)
    said["action"] = "organisations.innocent"
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    world.do("UPDATE evidence_entry SET leaf = %s, action = %s WHERE id = %s", text, said["action"], pk)
    return Attack("改条目全文", "evidence_entry", str(pk), "leaf", frozenset({"entry_edited"}))


def delete_an_entry(world: World) -> Attack:
    pk = world.one_of("evidence_entry")
    world.do("DELETE FROM evidence_entry WHERE id = %s", pk)
    return Attack("删条目", "evidence_entry", str(pk), None, frozenset({"entry_deleted"}))


def insert_an_entry(world: World) -> Attack:
    pk = uuid4()
    world.do(
        "INSERT INTO evidence_entry SELECT (jsonb_populate_record(e, %s)).* FROM evidence_entry e LIMIT 1",
        Jsonb({"id": str(pk)}),
    )
    return Attack("插条目", "evidence_entry", str(pk), None, frozenset({"entry_inserted"}))


def swap_two_entries(world: World) -> Attack:
    one, other = world.chance.sample(
        world.rows("SELECT index, entry_id FROM evidence_leaf WHERE entry_id IS NOT NULL"), 2
    )
    world.do("UPDATE evidence_leaf SET entry_id = %s WHERE index = %s", uuid4(), one[0])
    world.do("UPDATE evidence_leaf SET entry_id = %s WHERE index = %s", one[1], other[0])
    world.do("UPDATE evidence_leaf SET entry_id = %s WHERE index = %s", other[1], one[0])
    # Only the order within a stream is told by the numbers; else each carries the other's content.
    return Attack("对调两条", "", None, None, frozenset({"entries_reordered", "entry_edited"}))


def swap_two_leaves(world: World) -> Attack:
    one, other = world.chance.sample(range(world.rows("SELECT count(*) FROM evidence_leaf")[0][0]), 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        world.do("UPDATE evidence_leaf SET index = %s WHERE index = %s", new, old)
    return Attack("对调两行", "", None, None, frozenset({"entries_reordered", "log_rewritten"}))


def delete_a_leaf(world: World) -> Attack:
    index = world.one_of("evidence_leaf", "index")
    world.do("DELETE FROM evidence_leaf WHERE index = %s", index)
    last = world.rows("SELECT max(index) FROM evidence_leaf")[0][0]
    kind = "tail_truncated" if index > last else "leaf_deleted"
    return Attack("删一行", "evidence_leaf", str(index), None, frozenset({kind}))


def truncate_the_tail(world: World) -> Attack:
    size = world.chance.randrange(1, world.rows("SELECT count(*) FROM evidence_leaf")[0][0])
    world.do("DELETE FROM evidence_leaf WHERE index >= %s", size)
    return Attack("截尾", "evidence_leaf", str(size), None, frozenset({"tail_truncated"}))


def edit_a_hash(world: World) -> Attack:
    index, column = world.one_of("evidence_leaf", "index"), world.chance.choice(["hash", "sm3"])
    world.do(
        sql.SQL("UPDATE evidence_leaf SET {} = %s WHERE index = %s").format(sql.Identifier(column)),
        world.chance.randbytes(32),
        index,
    )
    kinds = frozenset({"leaf_edited", "entry_edited", "heads_differ"})
    return Attack(f"改叶.{column}", "", None, None, kinds)


def edit_heads(world: World) -> Attack:
    index = world.chance.choice(world.rows("SELECT index FROM evidence_leaf WHERE entry_id IS NULL"))[0]
    world.do("UPDATE evidence_leaf SET content = replace(content, '\"count\":', '\"count\":1') WHERE index = %s", index)
    return Attack("改总数", "evidence_leaf", str(index), "content", frozenset({"leaf_edited"}))


def edit_a_checkpoint(world: World) -> Attack:
    size = world.one_of("evidence_checkpoint", "size")
    if world.chance.random() < 0.3:
        world.do("UPDATE evidence_checkpoint SET at = at - interval '3 days' WHERE size = %s", size)
    elif world.chance.random() < 0.5:
        world.do("UPDATE evidence_checkpoint SET root = %s WHERE size = %s", world.chance.randbytes(32), size)
    else:
        world.do("UPDATE evidence_checkpoint SET note = replace(note, '/tamper', '/Tamper') WHERE size = %s", size)
    return Attack("改检查点", "evidence_checkpoint", str(size), None, frozenset({"checkpoint_edited"}))


def delete_a_checkpoint(world: World) -> Attack:
    size = world.one_of("evidence_checkpoint", "size")
    world.do("DELETE FROM evidence_checkpoint WHERE size = %s", size)
    return Attack("删检查点", "evidence_checkpoint", str(size), None, frozenset({"checkpoint_deleted"}))


def add_a_key(world: World) -> Attack:
    world.do("INSERT INTO evidence_logkey VALUES (1, %s, now())", str(SignerKey.new("guiju/else").verifier))
    return Attack("加公钥", "evidence_logkey", "1", "key", frozenset({"key_edited"}))


def stop_the_sequencer(world: World) -> Attack:
    """Keep an entry out of the log and in the queue, to rewrite it at leisure."""
    pk = UUID("01900000-0000-7000-8000-000000000000")
    world.do(
        "INSERT INTO evidence_entry SELECT (jsonb_populate_record(e, %s)).* FROM evidence_entry e LIMIT 1",
        Jsonb({"id": str(pk)}),
    )
    world.do("INSERT INTO evidence_pending (entry_id) VALUES (%s)", pk)
    return Attack("停排位", "evidence_leaf", None, None, frozenset({"log_stalled"}))


def edit_a_version(world: World) -> Attack:
    pk, column = (
        world.one_of("evidence_revision"),
        world.chance.choice(["sealed", "digests", "number", "subject_id", "position"]),
    )
    value: Any = {"number": 77, "subject_id": uuid4(), "position": 5}.get(column)
    if value is None:
        [(old,)] = world.rows(
            sql.SQL("SELECT {} FROM evidence_revision WHERE id = %s").format(sql.Identifier(column)), pk
        )
        at = world.chance.randrange(len(old))
        value = old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]
    world.do(sql.SQL("UPDATE evidence_revision SET {} = %s WHERE id = %s").format(sql.Identifier(column)), value, pk)
    return Attack(f"改版本.{column}", "evidence_revision", str(pk), None, frozenset({"version_edited"}))


def delete_a_version(world: World) -> Attack:
    pk = world.one_of("evidence_revision")
    world.do("DELETE FROM evidence_revision WHERE id = %s", pk)
    return Attack("删版本", "evidence_revision", None, None, frozenset({"version_deleted"}))


def insert_a_version(world: World) -> Attack:
    pk = world.one_of("evidence_revision")
    world.do(
        "INSERT INTO evidence_revision SELECT (jsonb_populate_record(r, %s)).* FROM evidence_revision r WHERE id = %s",
        Jsonb({"id": str(uuid4()), "number": 99}),
        pk,
    )
    return Attack("插版本", "evidence_revision", None, None, frozenset({"version_inserted"}))


def edit_a_stream(world: World) -> Attack:
    pk = world.one_of("evidence_stream")
    world.do("UPDATE evidence_stream SET count = count + 1 WHERE id = %s", pk)
    return Attack("改总数", "evidence_stream", str(pk), None, frozenset({"stream_edited"}))


def change_the_key(world: World) -> Attack:
    world.do("UPDATE evidence_logkey SET key = %s", str(SignerKey.new("guiju/else").verifier))
    return Attack("换公钥", "evidence_logkey", "0", "key", frozenset({"key_edited"}))


ATTACKS: list[Callable[[World], Attack]] = [
    *[edit_a_row] * 6,
    *[delete_a_row, insert_a_row, roll_a_row_back] * 2,
    edit_an_entry,
    edit_what_an_entry_says,
    delete_an_entry,
    insert_an_entry,
    swap_two_entries,
    swap_two_leaves,
    delete_a_leaf,
    truncate_the_tail,
    edit_a_hash,
    edit_heads,
    edit_a_checkpoint,
    edit_a_version,
    delete_a_version,
    insert_a_version,
    edit_a_stream,
    change_the_key,
    delete_a_checkpoint,
    add_a_key,
    stop_the_sequencer,
]


@pytest.mark.prove
def test_whatever_is_done_behind_the_application_is_found_and_named(world: World) -> None:
    assert world.check().as_json()["findings"] == []
    done: Counter[str] = Counter()
    # Each kind once, then at random.
    todo = [*dict.fromkeys(ATTACKS), *world.chance.choices(ATTACKS, k=ROUNDS)][:ROUNDS]
    for attack in todo:
        with world.taken_back():
            made = attack(world)
            found = world.check().findings
            named = [one for one in found if (not made.table and one.kind in made.kinds) or made.is_named_by(one)]
            assert named, (SEED, made, found)
            signed = {size for (size,) in world.rows("SELECT size FROM evidence_checkpoint")}
            assert all(one.message and (one.since is None or {one.since} <= signed | {0}) for one in named)
            # Where a leaf says what it was and a checkpoint covers that leaf, the span begins there.
            assert all(
                one.since is not None or one.index is None or one.index >= max(signed, default=0) for one in named
            )
            done[attack.__name__] += 1
    assert world.check().as_json()["findings"] == []
    print(f"\n种子 {SEED}，篡改 {done.total()} 次，全部发现并指名：{dict(done)}")


@pytest.mark.parametrize(
    "moment", ["to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')||'+00 BC'", "'infinity'"]
)
def test_a_moment_that_no_program_can_read_is_found(world: World, moment: str) -> None:
    """The same digits before Christ, or no digits at all."""
    pk = world.one_of("evidence_entry")
    with world.taken_back():
        world.do(sql.SQL(f"UPDATE evidence_entry SET at = ({moment})::timestamptz WHERE id = %s"), pk)
        [found] = world.check().findings
    assert (found.kind, found.pk, found.field) == ("entry_edited", str(pk), "at")


@pytest.mark.parametrize("other", ["null", "[1]", "5", '"x"'])
def test_an_object_that_is_none_any_more_is_found(world: World, other: str) -> None:
    """Anything but an object in a column whose values are committed one by one."""
    for committed in (one for one in COMMITTED.values() if one.spread):
        table, column = committed.model._meta.db_table, committed.spread[0]
        pk = world.one_of(table)
        with world.taken_back():
            world.do(
                sql.SQL("UPDATE {} SET {} = %s::jsonb WHERE id = %s").format(
                    sql.Identifier(table), sql.Identifier(column)
                ),
                other,
                pk,
            )
            [found] = world.check().findings
        assert (found.kind, found.table, found.pk, found.field) == ("row_edited", table, str(pk), column)


def checkpoints(world: World) -> list[Checkpoint]:
    return [
        Checkpoint(KEY.name, size, bytes(root))
        for size, root in world.rows("SELECT size, root FROM evidence_checkpoint ORDER BY size")
    ]


def roll_everything_back(world: World, size: int) -> None:
    """As restoring an older backup does: log, checkpoints, versions and rows, all of one state."""
    for statement in (
        "DELETE FROM evidence_revision WHERE entry_id IN (SELECT entry_id FROM evidence_leaf WHERE index >= %s)",
        "DELETE FROM evidence_entry WHERE id IN (SELECT entry_id FROM evidence_leaf WHERE index >= %s)",
        "DELETE FROM evidence_leaf WHERE index >= %s",
        "DELETE FROM evidence_checkpoint WHERE size > %s",
    ):
        world.admin.execute(statement, [size])
    world.admin.execute("DELETE FROM evidence_node WHERE (index + 1) * 256 > %s", [size])


def test_an_older_backup_is_known_by_a_checkpoint_kept_outside_and_by_nothing_else(world: World) -> None:
    kept = checkpoints(world)
    with world.taken_back():
        roll_everything_back(world, kept[-3].size)
        alone, held = world.check(), world.check(kept[-1])
    log = {one.kind for one in alone.findings if one.table.startswith("evidence_")} - {"stream_edited"}
    assert log == set()
    assert "whole_log" in {one.what for one in alone.unchecked}
    [found] = [one for one in held.findings if one.kind == "log_rolled_back"]
    assert (found.since, found.until) == (kept[-3].size, kept[-1].size)
    assert "旧的备份" in found.message and "whole_log" not in {one.what for one in held.unchecked}


def test_a_swapped_log_is_known_by_a_checkpoint_kept_outside(world: World) -> None:
    kept = checkpoints(world)
    other = Checkpoint(KEY.name, kept[1].size, b"x" * 32)

    assert world.check(*kept).ok
    assert [(one.kind, one.until) for one in world.check(kept[0], other).findings] == [("log_swapped", kept[1].size)]


def test_an_index_that_does_not_fit_what_lies_sealed_is_found_in_each_table(world: World) -> None:
    with_index = [one for one in COMMITTED.values() if one.recomputed]
    assert {one.subject_type for one in with_index} == {"customers.customer", "customers.contact"}
    assert world.check().ok
    for one in with_index:
        table = one.model._meta.db_table
        assert one.recomputed is not None
        for column in one.recomputed.columns:
            for value in (a_value(one.model._meta.get_field(column), world.chance), None):
                pk = world.one_of(table)
                statement = sql.SQL("UPDATE {} SET {} = %s WHERE id = %s")
                with world.taken_back():
                    stored = Jsonb(value) if isinstance(value, (dict, list)) else value
                    world.do(statement.format(sql.Identifier(table), sql.Identifier(column)), stored, pk)
                    [found] = world.check().findings
                assert (found.kind, found.table, found.pk, found.field) == ("row_edited", table, str(pk), column)
                assert "由内容算出来的不同" in found.message
        with world.taken_back():
            # As they were before these keys came; the worker fills them.
            assignments = sql.SQL(", ").join(
                sql.SQL("{} = %s").format(sql.Identifier(code)) for code in one.recomputed.unfilled
            )
            values = [Jsonb(value) if isinstance(value, list) else value for value in one.recomputed.unfilled.values()]
            if one.recomputed.unfilled:
                world.do(sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table), assignments), *values)
            assert world.check().ok


def test_since_a_checkpoint_only_what_came_after_it_is_read_again(world: World) -> None:
    kept = checkpoints(world)
    with world.admin.transaction():
        later = check(world.admin, key=KEY.verifier, ring=keyring(), since=kept[-2].size)
    assert later.ok and later.leaves == kept[-1].size - kept[-2].size and later.size == kept[-1].size
    assert "before" in {one.what for one in later.unchecked}
    with pytest.raises(ValueError, match="no 99999 leaves"), world.admin.transaction():
        check(world.admin, key=KEY.verifier, ring=None, since=99_999)


def test_the_verifier_reads_what_it_needs_and_two_processes_find_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.admin.execute("SET session_replication_role = replica")
    made = edit_a_row(world)
    conninfo, known = world.database.conninfo("verifier"), masters()
    one = verify(conninfo, key=KEY.verifier, known=known)
    monkeypatch.setattr("guiju.evidence.verification.run.WORTH_A_PROCESS", 0)
    two = verify(conninfo, key=KEY.verifier, known=known)

    assert one.as_json() == two.as_json()
    assert any(made.is_named_by(found) for found in one.findings)


def test_a_verifier_that_is_shown_less_says_so(world: World) -> None:
    conninfo, known = world.database.conninfo("verifier"), masters()
    hidden = world.one_of("work_decision")
    world.admin.execute("SET session_replication_role = replica")
    world.admin.execute(f"ALTER POLICY for_verifier ON work_decision USING (id <> '{hidden}')")
    world.admin.execute("CREATE SCHEMA shadow CREATE TABLE work_task (id uuid)")
    world.admin.execute(f"GRANT USAGE ON SCHEMA shadow TO {world.database.role('verifier')}")
    world.admin.execute(f"ALTER ROLE {world.database.role('verifier')} SET search_path = shadow, public")
    try:
        kinds = {(one.kind, one.table) for one in verify(conninfo, key=KEY.verifier, known=known).findings}
    finally:
        world.admin.execute(f"ALTER ROLE {world.database.role('verifier')} RESET search_path")
    assert kinds == {("catalogue_edited", "work_decision"), ("row_deleted", "work_decision")}


def test_without_keys_nothing_is_called_good(world: World) -> None:
    report = verify(world.database.conninfo("verifier"), key=None, known=())

    assert not report.findings and not report.ok
    assert {one.what for one in report.unchecked} == {"records", "key", "whole_log"}
