"""Two companies in one database see nothing of each other (隔离)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from psycopg_pool import ConnectionPool

from guiju.database.policies import TENANT_TABLES
from guiju.database.provision import Database
from guiju.database.scope import NoScope, scope
from guiju.evidence.models import Entry
from guiju.evidence.selectors import history_of
from guiju.organisations.models import CompanyImport, Department, Entity, Member, MemberRole, Role
from guiju.organisations.selectors import companies_for
from guiju.organisations.tests.factories import AT, Group, make_group


@pytest.fixture
def foreign_import(group: Group) -> CompanyImport:
    """A business row of company B."""
    with scope(entities={group.company_b.pk}):
        return CompanyImport.objects.create(
            entity=group.company_b,
            member=group.sales_b,
            file_name="乙.xlsx",
            file_digest="0" * 64,
            content=b"secret",
            state="previewed",
            rows_total=1,
            rows_bad=0,
            made_at=AT,
        )


def test_nothing_of_the_other_is_seen_or_counted(group: Group, foreign_import: CompanyImport) -> None:
    with scope(entities={group.company_a.pk}):
        assert not CompanyImport.objects.exists()
        assert CompanyImport.objects.count() == 0
        assert not Entry.objects.filter(entity_id=group.company_b.pk).exists()
        assert list(Entity.objects.all()) == [group.company_a]
        assert list(Member.objects.all()) == [group.sales_a]
        assert {held.member_id for held in MemberRole.objects.all()} == {group.sales_a.pk}


def test_nothing_is_inserted_for_the_other(group: Group) -> None:
    with scope(entities={group.company_a.pk}), pytest.raises(ProgrammingError, match="row-level security"):
        Department.objects.create(entity=group.company_b, name="混入")


def test_nothing_of_the_other_is_updated_or_moved(group: Group, foreign_import: CompanyImport) -> None:
    with scope(entities={group.company_a.pk}):
        assert CompanyImport.objects.filter(pk=foreign_import.pk).update(file_name="改") == 0
        mine = Department.objects.create(entity=group.company_a, name="市场部")
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Department.objects.filter(pk=mine.pk).update(entity=group.company_b)
    with scope(entities={group.company_b.pk}):
        foreign_import.refresh_from_db()
    assert foreign_import.file_name == "乙.xlsx"


@pytest.mark.parametrize("table", sorted(TENANT_TABLES | {"organisations_entity"}))
def test_nothing_of_anybody_is_deleted_by_the_app(group: Group, table: str) -> None:
    with (
        scope(entities={group.company_a.pk}),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        cursor.execute(f"DELETE FROM {table}")


def test_no_foreign_key_reaches_the_other(group: Group) -> None:
    """The plain key is satisfied (checks pass row-level security by), its composite twin is not."""
    with scope(entities={group.company_b.pk}):
        theirs = Department.objects.create(entity=group.company_b, name="财务部")
    with pytest.raises(IntegrityError, match="same_entity"), scope(entities={group.company_a.pk}):
        Member.objects.filter(pk=group.sales_a.pk).update(department=theirs)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_foreign_key_doesnt_tell_that_a_row_exists(group: Group) -> None:
    """Pointing to a hidden row and to no row at all fail with the same words."""

    def outcome(member_id: UUID) -> str:
        with pytest.raises(IntegrityError) as failure, scope(entities={group.company_a.pk}):
            MemberRole.objects.create(entity=group.company_a, member_id=member_id, role=Role.objects.get(code="sales"))
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS organisations_memberrole_member_id_same_entity IMMEDIATE")
        return str(failure.value).split("Key")[0]

    assert outcome(group.sales_b.pk) == outcome(uuid4())


def test_without_a_scope_selectors_raise(group: Group) -> None:
    with pytest.raises(NoScope):
        companies_for(group.system_admin)
    with pytest.raises(NoScope):
        history_of(group.company_a)


def test_a_nested_scope_ends_with_its_block(group: Group) -> None:
    with scope(entities={group.company_a.pk}):
        with scope(entities={group.company_b.pk}):
            assert Entity.objects.get() == group.company_b
        assert Entity.objects.get() == group.company_a
        with pytest.raises(ZeroDivisionError), scope(entities={group.company_b.pk}):
            raise ZeroDivisionError
        assert Entity.objects.get() == group.company_a


def test_the_log_can_only_grow(own_database: Database) -> None:
    """The app lacks the rights; the owner, with row-level security lifted, meets the trigger."""
    make_group()
    rewrites = (
        "UPDATE evidence_entry SET action = 'x'",
        "DELETE FROM evidence_entry",
        "TRUNCATE evidence_entry CASCADE",
    )
    for role, words in (("app", "permission denied"), ("owner", "只增不改")):
        with psycopg.connect(own_database.conninfo(role)) as direct:
            if role == "owner":
                direct.execute("ALTER TABLE evidence_entry NO FORCE ROW LEVEL SECURITY")
            for statement in rewrites:
                with pytest.raises(errors.InsufficientPrivilege, match=words), direct.transaction():
                    direct.execute(statement)
            direct.rollback()


@contextmanager
def in_scope(direct: psycopg.Connection, entities: set[UUID] | None) -> Iterator[None]:
    with direct.transaction():
        if entities is not None:
            value = "{" + ",".join(map(str, entities)) + "}" if entities else ""
            direct.execute("SELECT set_config('guiju.entities', %s, true)", [value])
        yield


def test_without_a_scope_the_database_shows_nothing(own_database: Database) -> None:
    make_group()
    with psycopg.connect(own_database.conninfo("app")) as direct:
        for table in sorted(TENANT_TABLES | {"organisations_entity"}):
            for entities in (None, set()):
                with in_scope(direct, entities):
                    assert direct.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    with psycopg.connect(own_database.conninfo("owner")) as direct:
        assert direct.execute("SELECT count(*) FROM organisations_member").fetchone() == (0,)


def test_a_pooled_connection_carries_no_scope_over(own_database: Database) -> None:
    """Eight threads over two connections, each in turn in another scope or in none."""
    group = make_group()
    wanted = {
        "a": ({group.company_a.pk}, 1),
        "b": ({group.company_b.pk}, 1),
        "both": ({group.company_a.pk, group.company_b.pk}, 2),
        "none": (None, 0),
    }
    with ConnectionPool(own_database.conninfo("app"), min_size=2, max_size=2, open=True) as pool:

        def one(number: int) -> bool:
            entities, expected = wanted[list(wanted)[number % len(wanted)]]
            with pool.connection() as direct:
                try:
                    with in_scope(direct, entities):
                        seen = direct.execute(
                            "SELECT count(*) FROM organisations_member WHERE title = '' AND entity_id = ANY(%s)",
                            [[group.company_a.pk, group.company_b.pk]],
                        ).fetchone()
                        if number % 7 == 0:
                            direct.execute("SELECT 1/0")
                except errors.DivisionByZero:
                    pass
                after = direct.execute("SELECT count(*) FROM organisations_member").fetchone()
            return seen == (expected,) and after == (0,)

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(one, range(400)))


@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.integers(0, 2)), trees=st.sets(st.integers(0, 2)))
def test_rows_in_sight_are_exactly_those_of_the_scope(shared_group: Group, chosen: set[int], trees: set[int]) -> None:
    """For any scope, the database shows what a plain reading of it says."""
    companies = (shared_group.headquarters, shared_group.company_a, shared_group.company_b)
    inside = {companies[one].pk for one in chosen}
    below = {company.pk for company in companies} if 0 in trees else {companies[one].pk for one in trees}
    with scope(entities=inside, trees={companies[one].pk for one in trees}):
        assert {one.pk for one in Entity.objects.all()} == inside | below
        assert {one.entity_id for one in Member.objects.all()} == inside | below
        assert {one.entity_id for one in Entry.objects.all()} == inside


@pytest.fixture
def shared_group(own_database: Database) -> Group:
    return make_group()
