"""Notes lie sealed, those of earlier days as well, and the log agrees (跟进内容加密存储)."""

from __future__ import annotations

import psycopg
from django.utils import timezone

from guiju.customers.models import Note
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.sealing import seal_notes
from guiju.database.provision import Database
from guiju.evidence.selectors import history_of
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record
from guiju.evidence.verification.run import check
from guiju.files.tests.factories import customer_of
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, make_group
from guiju.privacy.tests.factories import publish

KEY = SignerKey.new("guiju/notes")
SAID = "约好周三上门，带上次的样品"


def test_what_was_written_down_lies_sealed_and_what_lay_open_is_sealed_by_the_clock(own_database: Database) -> None:
    group = make_group()
    publish(group)
    seller, li = group.sales_a, customer_of(group.sales_a)
    with acting(seller):
        new, old = (
            add_note(customer_id=li.pk, details=NoteDetails(text), actor=seller, at=AT).note
            for text in (SAID, f"{SAID}，改到周四")
        )
        # As it was kept before notes were sealed.
        old.text, old.sealed = old.content, b""
        old.save()
        record(Act("customers.add_note", seller, AT), entity_id=old.entity_id, subject=old)
    with psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin:
        select = "SELECT text, sealed FROM customers_note WHERE id = %s"
        assert admin.execute(select, [new.pk]).fetchone()[0] == ""  # type: ignore[index]
        assert seal_notes(at=timezone.now()) == 1 and seal_notes(at=timezone.now()) == 0
        for one in (new, old):
            text, sealed = admin.execute(select, [one.pk]).fetchone()  # type: ignore[misc]
            assert text == "" and "周三".encode() not in bytes(sealed)
        with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as sequencer:
            Sequencer(sequencer, KEY).round(at=timezone.now())
        with admin.transaction():
            assert check(admin, key=KEY.verifier, ring=keyring()).findings == []
    with acting(seller):
        assert Note.objects.get(pk=old.pk).content == f"{SAID}，改到周四"
        assert history_of(old)[0].reason == "跟进内容改为加密存储"
