"""A data migration over tenant rows really changes them."""

from __future__ import annotations

import pytest
from django.db import connections

from guiju.database.policies import rows_of_every_entity
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.organisations.models import Member
from guiju.organisations.tests.factories import make_group


def test_without_lifting_force_the_owner_changes_nothing(own_database: Database) -> None:
    make_group()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE organisations_member SET title = '员工'")
        assert cursor.rowcount == 0


def test_with_it_every_row_is_changed_and_the_policies_are_back(own_database: Database) -> None:
    group = make_group()
    owner = connections["owner"]
    with (
        owner.schema_editor(atomic=True) as editor,
        rows_of_every_entity(editor, "organisations_member"),
        owner.cursor() as cursor,
    ):
        cursor.execute("UPDATE organisations_member SET title = '员工'")
        changed = cursor.rowcount
    assert changed == 6
    with scope(entities={group.company_a.pk}):
        assert list(Member.objects.values_list("title", flat=True)) == ["员工"]
    with owner.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organisations_member")
        assert cursor.fetchone() == (0,)


def test_it_refuses_to_run_outside_a_transaction(own_database: Database) -> None:
    with (
        connections["owner"].schema_editor(atomic=False) as editor,
        pytest.raises(RuntimeError, match="transaction"),
        rows_of_every_entity(editor, "organisations_member"),
    ):
        pass
