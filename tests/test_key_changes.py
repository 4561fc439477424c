"""Keys are changed while people work: what lies sealed opens as before, and the earlier key is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.utils import timezone
from psycopg import sql
from psycopg.types.json import Jsonb

from guiju.archives.registry import Target
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.values import values_of
from guiju.database.models import new_id
from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.sequencer import Sequencer
from guiju.evidence.verification.run import check
from guiju.kernel.crypto.envelope import Algorithm, key_number
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Refused
from guiju.kernel.evidence.note import SignerKey
from guiju.keys import changing, resealing
from guiju.keys.fields import SealedField
from guiju.keys.masters import masters, masters_in
from guiju.keys.models import DataKey
from guiju.keys.resealing import sealed_columns, waiting
from guiju.keys.ring import keyring, ring_through
from guiju.keys.values import place_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, make_group
from guiju.privacy.tests.factories import data_officer, publish
from guiju.project.folder import DataFolder
from guiju.project.master_change import MasterChange
from guiju.safekeeping.models import KeyChange
from guiju.safekeeping.services.key_changes import change_data_key, end_key_change, reseal_everything
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval
from tests.test_tamper import a_value

KEY = SignerKey.new("guiju/keys")
NOT_BY_THE_KEYRING = {
    "accounts_factor.secret": "sealed under the key of sign-in, which no company has",
    "files_chunk.sealed": "under the key of its file, which follows",
    "keys_datakey.wrapped": "a key, not a value",
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to be waited for but those who are really at work."""
    monkeypatch.setattr(changing, "LASTS", 0.0)
    monkeypatch.setattr("guiju.keys.source.LASTS", 0.0)
    monkeypatch.setattr(resealing, "AT_ONCE", 7)


class Company:
    """A company whose every sealed column holds something, and some customers with their history."""

    def __init__(self, group: Group, database: Database) -> None:
        publish(group)
        self.group, self.database, self.pk = group, database, group.company_a.pk
        self.actor = group.sales_a
        self.customers = [self.add(number) for number in range(10)]
        self.admin = psycopg.connect(database.conninfo("superuser"), autocommit=True)
        self.texts = {(place.table, place.column): self.fill(place) for place in sealed_columns()}

    def add(self, number: int) -> UUID:
        with acting(self.actor):
            values = {"name": f"客户{number}", "phone": f"138001380{number:02d}"}
            made = add_customer(kind="person", values=values, how=How(), actor=self.actor, at=AT).customer
            self.rename(made.pk, f"139001390{number:02d}")
        return made.pk

    def rename(self, customer: UUID, phone: str) -> None:
        with acting(self.actor):
            change_customer(
                customer_id=customer, values={"phone": phone}, how=How(), actor=self.actor, at=timezone.now()
            )

    def fill(self, place: resealing.SealedColumn) -> dict[UUID, bytes]:
        """Rows of whatever shape, whose column opens to these texts."""
        model = next(one for one in apps.get_models() if one._meta.db_table == place.table)
        made = {}
        if place.table in {"evidence_revision", "customers_customer"}:
            return made
        with self.admin.transaction():
            self.admin.execute("SET LOCAL session_replication_role = replica")
            asked = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
            for (name,) in self.admin.execute(asked, [place.table]).fetchall():
                # Rows of any shape don't ask which of their values fit together.
                drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
                self.admin.execute(drop.format(sql.Identifier(place.table), sql.Identifier(name)))
            for number in range(9):
                pk, text = new_id(), f"值{number}".encode()
                row = self._row(model, pk) | {place.column: self.sealed(place, pk, text)}
                columns, marks = map(sql.Identifier, row), [sql.Placeholder()] * len(row)
                self.admin.execute(
                    sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                        sql.Identifier(place.table), sql.SQL(", ").join(columns), sql.SQL(", ").join(marks)
                    ),
                    [*row.values()],
                )
                made[pk] = text
        return made

    def _row(self, model: type[models.Model], pk: UUID) -> dict[str, Any]:
        chance = Random(pk.int)
        row = {}
        for field in model._meta.concrete_fields:
            if field.null and isinstance(field, models.DateTimeField):
                # Moments of an end may have to come after those of a beginning.
                continue
            value = b"" if isinstance(field, SealedField) else a_value(field, chance)
            row[field.column] = Jsonb(value) if isinstance(value, dict) else value
        return row | {"id": pk, "entity_id": self.pk}

    def sealed(self, place: resealing.SealedColumn, pk: UUID, text: bytes) -> bytes:
        return keyring().seal(text, entity=self.pk, place=place_of(place.table, place.column, pk))

    def change(self) -> KeyChange:
        return change_data_key(entity_id=self.pk, account="root", reason="每年一次", at=timezone.now())

    def follow(self, change: KeyChange) -> bool:
        reseal_everything(change_id=change.pk, entity_id=self.pk)
        return end_key_change(change_id=change.pk, entity_id=self.pk, at=timezone.now())

    def keys_in_use(self) -> set[int]:
        found = set()
        for place in sealed_columns():
            rows = self.admin.execute(
                f"SELECT {place.column} FROM {place.table} WHERE entity_id = %s AND {place.column} <> ''", [self.pk]
            )
            found |= {key_number(bytes(sealed)) for (sealed,) in rows}
        return found

    def waiting(self, change: KeyChange) -> dict[UUID, dict[int, int]]:
        assert change.present is not None
        with scope(entities={self.pk}):
            return waiting({self.pk: change.present})

    def algorithms(self) -> set[int]:
        """By which algorithms anything lies sealed."""
        found = set()
        for place in sealed_columns():
            rows = self.admin.execute(
                f"SELECT {place.column} FROM {place.table} WHERE entity_id = %s AND {place.column} <> ''", [self.pk]
            )
            found |= {bytes(sealed)[1] for (sealed,) in rows}
        return found

    def opened(self, place: resealing.SealedColumn) -> dict[UUID, bytes]:
        ring = ring_through(masters(), self.admin)
        wanted = list(self.texts[place.table, place.column])
        rows = self.admin.execute(f"SELECT id, {place.column} FROM {place.table} WHERE id = ANY(%s)", [wanted])
        return {
            pk: ring.open(bytes(sealed), entity=self.pk, place=place_of(place.table, place.column, pk))
            for pk, sealed in rows
        }

    def phones(self) -> list[str]:
        from guiju.customers.models import Customer

        with scope(entities={self.pk}):
            found = {one.pk: values_of(one).get("phone", "") for one in Customer.objects.filter(entity_id=self.pk)}
        return [found[pk] for pk in self.customers]

    def verified(self) -> list[str]:
        """What the verification finds of the customers and of the changes."""
        with psycopg.connect(self.database.conninfo("sequencer"), autocommit=True) as one:
            Sequencer(one, KEY).round(at=timezone.now())
        with self.admin.transaction():
            found = check(self.admin, key=KEY.verifier, ring=keyring()).findings
        return [str(one) for one in found if one.table in {"customers_customer", "safekeeping_keychange"}]


@pytest.fixture
def company(own_database: Database) -> Iterator[Company]:
    made = Company(make_group(), own_database)
    yield made
    made.admin.close()


def test_every_column_of_ciphertext_is_one_that_follows_a_change() -> None:
    said = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.BinaryField)
        and not isinstance(field, SealedField)
        and ("密文" in str(field.verbose_name) or "加密" in str(field.verbose_name))
    }
    assert said == set(NOT_BY_THE_KEYRING)


def test_everything_opens_as_before_under_another_key_and_the_earlier_one_is_gone(company: Company) -> None:
    phones, before = company.phones(), company.keys_in_use()
    change = company.change()

    assert company.follow(change)

    assert company.keys_in_use() == {change.present} and before == {change.earlier}
    assert not DataKey.objects.filter(number=change.earlier).exists()
    assert company.phones() == phones
    for place in sealed_columns():
        assert company.opened(place) == company.texts[place.table, place.column]
    assert company.verified() == []
    with scope(entities={company.pk}):
        kept = KeyChange.objects.get()
    assert kept.ended_at is not None and kept.done > 9 * 6


@pytest.mark.parametrize("to", [Algorithm.SM4_GCM, Algorithm.AES_256_GCM])
def test_everything_turns_from_one_algorithm_to_the_other(company: Company, settings: Any, to: Algorithm) -> None:
    if to is Algorithm.AES_256_GCM:
        settings.GUIJU_ALGORITHM = Algorithm.SM4_GCM.name
        assert company.follow(company.change())
    before, phones = company.algorithms(), company.phones()
    assert len(before) == 1 and to not in before
    settings.GUIJU_ALGORITHM = to.name
    change = company.change()
    behind = company.waiting(change)
    assert behind[company.pk].keys() == {change.earlier}

    assert company.follow(change)

    assert company.algorithms() == {to} and company.waiting(change) == {}
    assert company.phones() == phones and company.verified() == []
    for place in sealed_columns():
        assert company.opened(place) == company.texts[place.table, place.column]
    with scope(entities={company.pk}):
        assert KeyChange.objects.get(pk=change.pk).done == behind[company.pk][change.earlier]


def test_what_is_saved_while_the_key_changes_stays_as_it_was_saved(company: Company) -> None:
    change = company.change()
    stop, saved = threading.Event(), 0

    def work() -> None:
        nonlocal saved
        try:
            while not stop.is_set():
                company.rename(company.customers[saved % 10], f"137{saved:08d}")
                saved += 1
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        reseal_everything(change_id=change.pk, entity_id=company.pk)
    finally:
        stop.set()
        worker.join()

    assert company.follow(change)
    assert saved and company.phones()[(saved - 1) % 10] == f"137{saved - 1:08d}"
    assert company.verified() == []


def test_the_earlier_key_stays_while_somebody_may_still_seal_under_it(company: Company) -> None:
    with psycopg.connect(company.database.conninfo("app")) as at_work:
        at_work.execute("SELECT 1")
        change = company.change()
        assert not company.follow(change) and DataKey.objects.filter(number=change.earlier).exists()
    assert company.follow(change)


def test_the_earlier_key_stays_while_anything_lies_under_it(company: Company) -> None:
    change = company.change()
    assert not end_key_change(change_id=change.pk, entity_id=company.pk, at=timezone.now())
    with pytest.raises(Refused, match="上一次换密钥还没有完成"):
        company.change()
    assert company.follow(change)
    assert company.follow(company.change())


def test_what_a_deletion_took_out_of_the_history_does_not_come_back(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, real = company.change(), resealing._anew
    deleted = []

    def meanwhile(place: resealing.SealedColumn, *rest: Any) -> bytes:
        if place.table == "evidence_revision" and not deleted:
            deleted.append(True)
            delete_phone(company)
        return real(place, *rest)

    monkeypatch.setattr(resealing, "_anew", meanwhile)
    thread = threading.Thread(
        target=lambda: (reseal_everything(change_id=change.pk, entity_id=company.pk), connections.close_all())
    )
    thread.start()
    thread.join()

    assert deleted and company.follow(change)
    assert company.phones()[0] == "" and company.verified() == []


def delete_phone(company: Company) -> None:
    from guiju.archives.services.disposals import propose_disposal
    from guiju.customers.models import Customer

    officer = data_officer(company.group)
    second: Member = join(
        company.group.company_a, "archivist", "dangan", company.group.system_admin, company.group.security_admin
    )
    with scope(entities={company.pk}):
        subject = Customer.objects.get(pk=company.customers[0]).subject_id
    assert subject is not None
    with acting(officer):
        made = propose_disposal(
            entity_id=company.pk,
            targets=[Target(subject, ("person.phone",))],
            basis="withdrawn",
            reason="客户要求删除",
            actor=officer,
            at=AT,
        )
    with acting(second):
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=second, at=AT)


@pytest.mark.parametrize(
    ("number", "content"),
    [
        ("(SELECT number FROM keys_datakey WHERE entity_id = r.entity_id AND use = 'values')", "under the same"),
        ("4294967295", "under none"),
    ],
)
def test_the_history_is_rewritten_in_no_other_way(company: Company, number: str, content: str) -> None:
    with psycopg.connect(company.database.conninfo("app"), autocommit=True) as app, app.transaction():
        app.execute("SELECT set_config('guiju.entities', %s, true)", [f"{{{company.pk}}}"])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="只增不改"), app.transaction():
            app.execute(
                "SELECT evidence_reseal(array_agg(id), array_agg(sealed), array_agg("
                f" '\\x0201'::bytea || substring(int8send({number}) FROM 5) || '\\x00'::bytea)) FROM"
                " (SELECT * FROM evidence_revision ORDER BY id LIMIT 1) AS r"
            )
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute("UPDATE evidence_revision SET sealed = ''")


def test_a_key_in_force_is_never_destroyed(company: Company) -> None:
    with (
        psycopg.connect(company.database.conninfo("app"), autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="在用的密钥不能销毁"),
    ):
        app.execute("DELETE FROM keys_datakey")


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    """The tests' own data folder, whose key file is put back."""
    found = settings.GUIJU_FOLDER
    before = found.secrets
    yield found
    found.write_secrets(before)
    looked(0)


def change_master(folder: DataFolder, wait: Any) -> int:
    return MasterChange(folder, account="root", reason="怀疑泄露", wait=wait).run(say=lambda sentence: None)


def looked(seconds: float) -> None:
    from guiju.keys import masters as module

    module._looked_up.cache_clear()


def test_the_master_key_changes_while_people_work(company: Company, folder: DataFolder) -> None:
    phones, [old] = company.phones(), masters_in(folder.secrets_file)
    seen = []

    def wait(seconds: float) -> None:
        # Between the steps there are processes that have looked, and those that are about to.
        seen.append((company.phones() == phones, company.add(20 + len(seen))))
        looked(seconds)

    number = change_master(folder, wait)
    looked(0)

    assert [fine for fine, _ in seen] == [True, True] and number == DataKey.objects.count()
    [new] = masters_in(folder.secrets_file)
    assert new != old and company.phones() == phones
    with pytest.raises(Unsealable):
        company.admin.execute("SELECT 1")
        [place] = [one for one in sealed_columns() if one.table == "notifications_channel"]
        pk = next(iter(company.texts[place.table, place.column]))
        [sealed] = company.admin.execute("SELECT secret FROM notifications_channel WHERE id = %s", [pk]).fetchone()
        ring_through([old], company.admin).open(
            bytes(sealed), entity=company.pk, place=place_of(place.table, place.column, pk)
        )
    assert company.verified() == []


@pytest.mark.parametrize("broken_at", [0, 1])
def test_a_change_of_the_master_key_that_was_broken_off_goes_on(
    company: Company, folder: DataFolder, broken_at: int
) -> None:
    phones, [old] = company.phones(), masters_in(folder.secrets_file)
    waits = iter(range(9))

    def wait(seconds: float) -> None:
        looked(seconds)
        if next(waits) == broken_at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        change_master(folder, wait)
    assert len(masters_in(folder.secrets_file)) == 2 and company.phones() == phones

    change_master(folder, looked)
    looked(0)

    [new] = masters_in(folder.secrets_file)
    assert new != old and company.phones() == phones
