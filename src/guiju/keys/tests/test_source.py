"""The first key of a company is made apart from the work that asks for it (密钥的来处)."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from guiju.keys.ring import fresh_keyring, keyring, make_keys
from guiju.organisations.tests.factories import Group


def test_a_key_outlives_the_work_for_which_it_was_made(group: Group) -> None:
    entity = uuid4()
    with transaction.atomic():
        sealed = keyring().seal(b"x", entity=entity, place=b"p")
        transaction.set_rollback(True)
    assert keyring().open(sealed, entity=entity, place=b"p") == b"x"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM keys_datakey WHERE entity_id = %s", [entity])
        assert cursor.fetchone() == (1,)


def test_a_database_that_is_gone_is_told_as_such(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {**connection.get_connection_params(), "host": "127.0.0.1", "port": 1}
    monkeypatch.setattr(connection, "get_connection_params", lambda: gone)
    with pytest.raises(OperationalError):
        keyring().seal(b"x", entity=uuid4(), place=b"p")


def test_companies_founded_together_get_their_keys_through_one_connection(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = entities = {uuid4() for _ in range(50)}
    before = keyring().number_of(first)
    opened: list[object] = []
    connect = psycopg.connect
    monkeypatch.setattr(psycopg, "connect", lambda **parts: opened.append(parts) or connect(**parts))
    with transaction.atomic():
        make_keys(entities)
        sealed = {entity: keyring().seal(b"x", entity=entity, place=b"p") for entity in entities}
        transaction.set_rollback(True)
    assert len(opened) == 1
    assert keyring().number_of(first) == before
    for entity in others:
        assert keyring().open(sealed[entity], entity=entity, place=b"p") == b"x"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT entity_id) FROM keys_datakey WHERE entity_id = ANY(%s)", [list(entities)]
        )
        assert cursor.fetchone() == (50, 50)


def test_where_each_has_its_key_no_other_is_made(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    entities = {uuid4(), uuid4()}
    make_keys(entities)
    before = {keyring().number_of(entity) for entity in entities}
    monkeypatch.setattr(psycopg, "connect", None)
    make_keys(entities)
    assert {fresh_keyring().number_of(entity) for entity in entities} == before
