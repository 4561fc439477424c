"""The first key of a company is made apart from the work that asks for it (密钥的来处)."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction

from guiju.keys.ring import keyring
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
