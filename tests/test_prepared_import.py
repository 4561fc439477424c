"""A long file is prepared by a process beside: what comes in is the same, whatever becomes of that process."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from guiju.customers.loading import FileImport
from guiju.customers.models import Customer
from guiju.customers.services import customer_import, preparing
from guiju.customers.values import values_of
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.verification.run import check
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, make_group
from guiju.privacy.tests.factories import publish

KEY = SignerKey.new("guiju/import")
ROWS = 70
TWINS = {13, 44}
"""Rows with the phone of the row before."""


@pytest.fixture
def group(own_database: Database, monkeypatch: pytest.MonkeyPatch) -> Group:
    monkeypatch.setattr(preparing, "ALONE", 5)
    monkeypatch.setattr(customer_import, "BATCH", 10)
    made = make_group()
    publish(made, at=timezone.now() - timedelta(hours=1))
    return made


def take_in(group: Group, folder: Path) -> dict[str, Any]:
    file = folder / "会员.csv"
    lines = [f"客户{number},1380013{number - (number in TWINS):04d},kehu{number}@example.cn" for number in range(ROWS)]
    file.write_text("姓名,手机,电子邮箱\n" + "\n".join(lines), "utf-8")
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="导入", days=1, at=timezone.now())
    code = group.company_a.unified_code
    return FileImport(secret, code, file, "person", None, None, "会员登记表").run(dry_run=False)


def names(group: Group) -> list[str]:
    with scope(entities={group.company_a.pk}):
        found = Customer.objects.filter(entity_id=group.company_a.pk).select_related("subject").order_by("pk")
        phones = [values_of(one)["phone"] for one in found]
        assert len(set(phones)) == len(phones)
        return sorted(one.name for one in found)


def is_verified(database: Database) -> bool:
    with psycopg.connect(database.conninfo("sequencer"), autocommit=True) as one:
        Sequencer(one, KEY).round(at=timezone.now())
    with psycopg.connect(database.conninfo("superuser"), autocommit=True) as admin, admin.transaction():
        return not check(admin, key=KEY.verifier, ring=keyring()).findings


EXPECTED = sorted(f"客户{number}" for number in range(ROWS) if number not in TWINS)


def test_rows_that_were_prepared_beside_come_in_as_they_would_have(
    group: Group, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = []
    real = customer_import.import_batch

    def seen(**named: Any) -> Any:
        prepared.append(named["prepared"] is not None)
        return real(**named)

    monkeypatch.setattr(customer_import, "import_batch", seen)
    told = take_in(group, tmp_path)

    assert (told["rows"], told["taken"], told["rows_with_problems"]) == (ROWS, len(EXPECTED), len(TWINS))
    assert names(group) == EXPECTED and is_verified(own_database)
    assert prepared == [False] + [True] * 6


def test_a_process_that_is_killed_leaves_the_work_to_who_writes(
    group: Group, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun = customer_import.import_batch, []

    def killed(**named: Any) -> Any:
        begun.append(named["prepared"] is not None)
        if len(begun) == 3:
            os.kill(next(filter(_is_ours, children())), signal.SIGKILL)
        return real(**named)

    monkeypatch.setattr(customer_import, "import_batch", killed)
    take_in(group, tmp_path)

    assert names(group) == EXPECTED and is_verified(own_database)
    assert not all(begun[3:])


def children() -> list[int]:
    own = os.getpid()
    return [int(one) for one in Path(f"/proc/{own}/task/{own}/children").read_text().split()]


def _is_ours(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_what_was_prepared_on_other_grounds_is_judged_anew(
    group: Group, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, done = customer_import.import_batch, []

    def published(**named: Any) -> Any:
        done.append(named["prepared"])
        if len(done) == 4:
            publish(group, at=timezone.now())
        return real(**named)

    monkeypatch.setattr(customer_import, "import_batch", published)
    take_in(group, tmp_path)
    assert names(group) == EXPECTED and is_verified(own_database)
