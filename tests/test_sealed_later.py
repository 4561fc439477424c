"""Notes, proofs of consents and values lie sealed, those of earlier days as well, and the log agrees (改为加密存储)."""

from __future__ import annotations

import psycopg
from django.db.models import Model
from django.utils import timezone

from guiju.customers.models import Customer, CustomerImport, Note
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.rows import FileConsent
from guiju.customers.services.sealing import seal_imports, seal_notes, seal_values
from guiju.customers.values import put_values, values_of
from guiju.database.provision import Database
from guiju.evidence.selectors import history_of
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.services import Act, record
from guiju.evidence.verification.run import check
from guiju.files.tests.factories import customer_of
from guiju.kernel.evidence.note import SignerKey
from guiju.keys.ring import keyring
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, make_group
from guiju.privacy.models import Consent
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.services.consents import GivenConsent, record_consent
from guiju.privacy.services.sealing import seal_proofs
from guiju.privacy.terms import AgeGroup, Channel
from guiju.privacy.tests.factories import publish

KEY = SignerKey.new("guiju/notes")
SAID = "约好周三上门，带上次的样品"
PROOF = "周三签的同意书 7 号，身份证复印件在后面"


def as_before(row: Model, seller: Member) -> None:
    """Kept as it was before such things were sealed."""
    row.save()
    record(Act("customers.add_note", seller, AT), entity_id=seller.entity_id, subject=row)


def old_note(customer: Customer, seller: Member) -> Note:
    old = add_note(customer_id=customer.pk, details=NoteDetails(f"{SAID}，改到周四"), actor=seller, at=AT).note
    old.text, old.sealed = old.content, b""
    as_before(old, seller)
    return old


def consent(customer: Customer, seller: Member, purpose: str) -> Consent:
    assert customer.subject_id is not None
    given = GivenConsent(purpose, Channel.PAPER, PROOF, AT)
    return record_consent(subject_id=customer.subject_id, given=given, age=AgeGroup.ADULT, actor=seller, at=AT)


def old_consent(customer: Customer, seller: Member) -> Consent:
    old = consent(customer, seller, "service")
    old.proof, old.sealed = PROOF, b""
    as_before(old, seller)
    return old


def old_file(seller: Member) -> CustomerImport:
    said = FileConsent("service", PROOF, AT)
    return CustomerImport.objects.create(
        entity_id=seller.entity_id,
        member=seller,
        kind="person",
        file_name="会员.csv",
        file_digest="0" * 64,
        content=b"",
        consents=[said.kept()],
        state=CustomerImport.State.DONE,
        made_at=AT,
    )


def test_what_lies_open_is_sealed_by_the_clock_and_the_log_agrees(own_database: Database) -> None:
    group = make_group()
    publish(group)
    seller, li = group.sales_a, customer_of(group.sales_a)
    with acting(seller):
        notes = [add_note(customer_id=li.pk, details=NoteDetails(SAID), actor=seller, at=AT).note, old_note(li, seller)]
        consents = [consent(li, seller, "marketing"), old_consent(li, seller)]
        file = old_file(seller)
        li.refresh_from_db()
        put_values(li, fields_of(li.entity_id, "person"), {"name": "李小明", "phone": "13800138000"})
        li.extra, li.sealed = {"phone": "13800138000", "company": "周三公司"}, b""
        as_before(li, seller)
    with psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin:
        now = timezone.now()
        for seal in (seal_notes, seal_proofs, seal_imports, seal_values):
            assert (seal(at=now), seal(at=now)) == (1, 0)
        for table, column, rows in (
            ("customers_note", "text", notes),
            ("privacy_consent", "proof", consents),
        ):
            for one in rows:
                select = f"SELECT {column}, sealed FROM {table} WHERE id = %s"
                text, sealed = admin.execute(select, [one.pk]).fetchone()  # type: ignore[misc]
                assert text == "" and sealed and "周三".encode() not in bytes(sealed)
        [said] = admin.execute("SELECT consents FROM customers_customerimport").fetchone() or ()
        assert said == []
        [extra] = admin.execute("SELECT extra FROM customers_customer WHERE id = %s", [li.pk]).fetchone() or ()
        assert extra == {"company": "周三公司"}
        with psycopg.connect(own_database.conninfo("sequencer"), autocommit=True) as sequencer:
            Sequencer(sequencer, KEY).round(at=timezone.now())
        with admin.transaction():
            assert check(admin, key=KEY.verifier, ring=keyring()).findings == []
    with acting(seller):
        assert Note.objects.get(pk=notes[1].pk).content == f"{SAID}，改到周四"
        assert {one.proven_by for one in Consent.objects.all()} == {PROOF}
        file.refresh_from_db()
        assert [FileConsent.of(one) for one in file.said] == [FileConsent("service", PROOF, AT)]
        assert values_of(Customer.objects.get(pk=li.pk)) == {
            "name": "李小明",
            "phone": "13800138000",
            "company": "周三公司",
        }
        assert [history_of(one)[0].reason for one in (notes[1], consents[1], li)] == [
            "跟进内容改为加密存储",
            "同意凭据改为加密存储",
            "字段值改为加密存储",
        ]
