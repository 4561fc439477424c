"""The content of files is as it was kept, or the verification names the file (附件内容的核对)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.utils import timezone

from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.database.provision import Database
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.verification.findings import Finding
from guiju.evidence.verification.run import check
from guiju.files.tests.factories import customer_of, general
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, join, make_group
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

KEY = SignerKey.new("guiju/files")


class Kept:
    """Two files of two pieces each, one of them destroyed since, and a log that knows it all."""

    def __init__(self, database: Database) -> None:
        group = make_group()
        publish(group)
        li = customer_of(group.sales_a)
        self.file = general(group.sales_a, li, "x.bin", os.urandom(2**20 + 5) + b"\x00")
        gone = general(group.sales_a, li, "y.bin", os.urandom(2**20 + 5) + b"\x00")
        officer = data_officer(group)
        second = join(group.company_a, "archivist", "dangan", group.system_admin, group.security_admin)
        with acting(officer):
            made = propose_disposal(
                entity_id=officer.entity_id,
                targets=[Target(gone.pk)],
                basis="fulfilled",
                reason="不再需要了",
                actor=officer,
                at=AT,
            )
        with acting(second):
            approval = Approval.objects.get(subject_id=made.pk)
            decide_approval(approval_id=approval.pk, allows=True, note="", actor=second, at=AT)
        with psycopg.connect(database.conninfo("sequencer"), autocommit=True) as one:
            Sequencer(one, KEY).round(at=timezone.now())
        self.admin = psycopg.connect(database.conninfo("superuser"), autocommit=True)

    def findings(self) -> list[Finding]:
        with self.admin.transaction():
            return check(self.admin, key=KEY.verifier, ring=keyring()).findings

    @contextmanager
    def after(self, statement: str) -> Iterator[list[Finding]]:
        with self.admin.transaction(force_rollback=True):
            self.admin.execute("SET LOCAL session_replication_role = replica")
            assert self.admin.execute(statement.encode(), [self.file.pk]).rowcount == 1  # type: ignore[arg-type]
            yield self.findings()


@pytest.fixture
def kept(own_database: Database) -> Iterator[Kept]:
    found = Kept(own_database)
    yield found
    found.admin.close()


def test_a_content_that_was_touched_behind_the_application_is_named(kept: Kept) -> None:
    assert kept.findings() == []
    for statement in (
        "UPDATE files_chunk SET sealed = set_byte(sealed, 7, 255 - get_byte(sealed, 7))"
        " WHERE attachment_id = %s AND number = 1",
        "DELETE FROM files_chunk WHERE attachment_id = %s AND number = 1",
        "UPDATE files_chunk SET number = 5 WHERE attachment_id = %s AND number = 0",
        "UPDATE files_chunk SET sealed = '' WHERE attachment_id = %s AND number = 0",
    ):
        with kept.after(statement) as [found]:
            assert (found.kind, found.table, found.pk) == ("content_edited", "files_attachment", str(kept.file.pk))


def test_a_row_that_says_the_content_is_gone_is_named_too(kept: Kept) -> None:
    with kept.after("UPDATE files_attachment SET erased_at = now() WHERE id = %s") as found:
        assert {(one.kind, one.field) for one in found} == {("row_edited", "erased_at")}
