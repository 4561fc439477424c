"""After a lawful deletion the verification is green and says so; the same without a disposal is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.database.provision import Database
from guiju.evidence.sealing import ERASED, digest_of_lines, open_version, seal_version
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.verification.findings import Report
from guiju.evidence.verification.run import check
from guiju.kernel.evidence import DIGEST_BYTES
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, join, make_group
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

KEY = SignerKey.new("guiju/erasure")


class Deleted:
    """A log in which the phone of a person was destroyed by two people."""

    def __init__(self, database: Database) -> None:
        self.group = make_group()
        publish(self.group)
        actor = self.group.sales_a
        with acting(actor):
            values = {"name": "李小明", "phone": "13800138000"}
            self.li = add_customer(kind="person", values=values, how=How(), actor=actor, at=AT).customer
            change_customer(customer_id=self.li.pk, values={"phone": "13900139000"}, how=How(), actor=actor, at=AT)
        self.delete()
        with psycopg.connect(database.conninfo("sequencer"), autocommit=True) as one:
            Sequencer(one, KEY).round(at=timezone.now())
        self.admin = psycopg.connect(database.conninfo("superuser"), autocommit=True)

    def delete(self) -> None:
        officer = data_officer(self.group)
        second: Member = join(
            self.group.company_a, "archivist", "dangan", self.group.system_admin, self.group.security_admin
        )
        assert self.li.subject_id is not None
        with acting(officer):
            made = propose_disposal(
                entity_id=officer.entity_id,
                targets=[Target(self.li.subject_id, ("person.phone",))],
                basis="withdrawn",
                reason="客户要求删除",
                actor=officer,
                at=AT,
            )
        with acting(second):
            approval = Approval.objects.get(subject_id=made.pk)
            decide_approval(approval_id=approval.pk, allows=True, note="", actor=second, at=AT)

    def check(self) -> Report:
        with self.admin.transaction():
            return check(self.admin, key=KEY.verifier, ring=keyring())

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        with self.admin.transaction(force_rollback=True):
            self.admin.execute("SET LOCAL session_replication_role = replica")
            yield

    def version(self, number: int) -> tuple[Any, ...]:
        found = self.admin.execute(
            "SELECT id, entity_id, digests, sealed FROM evidence_revision WHERE subject_id = %s AND number = %s",
            [self.li.pk, number],
            binary=True,
        ).fetchone()
        assert found is not None
        return found

    def destroy(self, number: int, code: str) -> Any:
        """As the door does it, without the door."""
        pk, entity, digests, sealed = self.version(number)
        content = open_version(keyring(), entity, pk, bytes(sealed), fields=len(digests) // DIGEST_BYTES)
        values = {one: None if one == code else value for one, value in content.values.items()}
        salts = b"".join(ERASED if one == code else content.salt_of(one) for one in content.values)
        new = seal_version(keyring(), entity, pk, salts=salts, values=values)
        self.admin.execute("UPDATE evidence_revision SET sealed = %s WHERE id = %s", [new, pk])
        return pk


@pytest.fixture
def deleted(own_database: Database) -> Iterator[Deleted]:
    found = Deleted(own_database)
    yield found
    found.admin.close()


def test_a_lawful_deletion_is_no_finding_and_is_told(deleted: Deleted) -> None:
    report = deleted.check()
    assert report.findings == [] and report.ok
    # The phone in the two versions that had one.
    assert report.erased == 2


def test_the_same_past_the_door_is_found(deleted: Deleted) -> None:
    with deleted.taken_back():
        pk = deleted.destroy(1, "name")
        [found] = deleted.check().findings
    assert (found.table, found.pk, found.kind) == ("evidence_revision", str(pk), "version_edited")
    assert "没有销毁登记" in found.message


def test_nor_does_a_line_of_ones_own_hide_it(deleted: Deleted) -> None:
    """Whoever adds what they destroyed to a real erasure no longer fits its digest."""
    with deleted.taken_back():
        pk = deleted.destroy(1, "name")
        deleted.admin.execute(
            "UPDATE evidence_erased SET codes = codes || '[\"name\"]' WHERE revision_id = %s",
            [pk],
        )
        kinds = {one.kind for one in deleted.check().findings}
    assert kinds == {"erasure_edited"}


def test_nor_does_an_erasure_without_an_entry(deleted: Deleted) -> None:
    with deleted.taken_back():
        pk = deleted.destroy(1, "name")
        lines = [(pk, ["name"])]
        deleted.admin.execute(
            "WITH made AS (INSERT INTO evidence_erasure SELECT gen_random_uuid(), entity_id, ground_id, at, 1, %s"
            " FROM evidence_erasure RETURNING id, entity_id)"
            " INSERT INTO evidence_erased (id, entity_id, erasure_id, revision_id, codes)"
            " SELECT gen_random_uuid(), entity_id, id, %s, '[\"name\"]' FROM made",
            [digest_of_lines(lines), pk],
        )
        found = deleted.check().findings
    assert [(one.kind, one.table) for one in found] == [("row_inserted", "evidence_erasure")]


def test_lines_that_vanish_are_found(deleted: Deleted) -> None:
    with deleted.taken_back():
        deleted.admin.execute("DELETE FROM evidence_erased")
        kinds = {one.kind for one in deleted.check().findings}
    assert kinds == {"erasure_edited", "version_edited"}


def test_a_value_that_comes_back_is_found(deleted: Deleted) -> None:
    """As when somebody puts a version of an old backup back."""
    pk, entity, digests, sealed = deleted.version(1)
    content = open_version(keyring(), entity, pk, bytes(sealed), fields=len(digests) // DIGEST_BYTES)
    assert content.values["sealed.phone"] is None
    salts = b"".join(bytes([1] * 16) if one == "sealed.phone" else content.salt_of(one) for one in content.values)
    back = seal_version(keyring(), entity, pk, salts=salts, values={**content.values, "sealed.phone": "13800138000"})
    with deleted.taken_back():
        deleted.admin.execute("UPDATE evidence_revision SET sealed = %s WHERE id = %s", [back, pk])
        assert [one.kind for one in deleted.check().findings] == ["version_edited"]


@pytest.mark.parametrize(
    "change", ["count = count + 1", "digest = repeat('0', 64)", "at = at + interval '1 day'", "ground_id = id"]
)
def test_an_erasure_that_was_edited_is_found(deleted: Deleted, change: str) -> None:
    with deleted.taken_back():
        deleted.admin.execute(f"UPDATE evidence_erasure SET {change}")
        found = deleted.check().findings
    assert ("row_edited", "evidence_erasure", change.split()[0]) in {(one.kind, one.table, one.field) for one in found}


def test_an_erasure_that_was_taken_away_is_found(deleted: Deleted) -> None:
    with deleted.taken_back():
        deleted.admin.execute("DELETE FROM evidence_erasure")
        found = deleted.check().findings
    assert {(one.kind, one.table) for one in found} == {
        ("row_deleted", "evidence_erasure"),
        ("erasure_edited", "evidence_erased"),
    }
