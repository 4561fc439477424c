"""What lay open about customers is sealed, batch after batch, while people work: notes of the days before theirs were
(跟进内容改为密文), what files said of consents, and values whose field has become one that lies sealed (字段值改为密文)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import IS_UNSEALED, Contact, Customer, CustomerImport, Holder, Note
from guiju.customers.services.import_files import keep_consents
from guiju.customers.values import COLUMNS
from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.keys.values import seal_into, sealed_values
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.services.sealing import until_none_is_left

AT_A_TIME = 500
_FIRST = UUID(int=0)


def seal_notes(*, at: datetime) -> int:
    """Seal what lies open, in all companies; returns how many. Finds by itself where it was broken off."""
    return until_none_is_left(_seal_some, at=at)


@transaction.atomic
def _seal_some(entity_id: UUID, at: datetime) -> int:
    with scope(entities={entity_id}):
        rows = Note.objects.select_for_update(of=("self",), skip_locked=True).filter(IS_UNSEALED, entity_id=entity_id)
        some = list(rows[:AT_A_TIME])
        if not some:
            return 0
        act = Act("customers.seal_notes", None, at, (), "跟进内容改为加密存储")
        with one_entry(act, about=some[0]):
            for note in some:
                seal_into(note, "sealed", {"text": note.text})
                note.text = ""
                note.save(update_fields=["text", "sealed"])
                record(act, entity_id=entity_id, subject=note)
    return len(some)


def seal_imports(*, at: datetime) -> int:
    """Seal what files said that everybody consented to, in all companies; the log doesn't commit to files."""
    return until_none_is_left(_seal_some_imports, at=at)


@transaction.atomic
def _seal_some_imports(entity_id: UUID, at: datetime) -> int:
    with scope(entities={entity_id}):
        rows = CustomerImport.objects.select_for_update(of=("self",), skip_locked=True).defer("content", "problems")
        some = list(rows.filter(entity_id=entity_id).exclude(consents=[])[:AT_A_TIME])
        for one in some:
            keep_consents(one, one.consents)
            one.save(update_fields=["consents", "sealed"])
    return len(some)


def seal_values(*, at: datetime) -> int:
    """Seal the values that lie open though the catalogue has theirs sealed by now, in all companies; returns of how
    many records. No index leads to them: whoever asks looks at every record once."""
    return until_none_is_left(_seal_values_of, at=at)


def _seal_values_of(entity_id: UUID, at: datetime) -> int:
    count = 0
    for kind, columns in COLUMNS.items():
        with scope(entities={entity_id}):
            fields = catalogue_of(entity_id)[kind]
        codes = [code for code, known in fields.items() if known.is_sealed and code not in columns]
        after = _FIRST
        while some := _seal_next(entity_id, kind, codes, after, at):
            count, after = count + len(some), some[-1].pk
    return count


@transaction.atomic
def _seal_next(entity_id: UUID, kind: str, codes: list[str], after: UUID, at: datetime) -> list[Holder]:
    """The next records of a kind that hold one of these values in the open, which lie sealed now."""
    with scope(entities={entity_id}):
        rows = Contact.objects.all() if kind == "contact" else Customer.objects.filter(kind=kind)
        found = rows.filter(entity_id=entity_id, pk__gt=after, extra__has_any_keys=codes).order_by("pk")
        some: list[Holder] = list(found.select_for_update(of=("self",), skip_locked=True)[:AT_A_TIME])
        if not some:
            return []
        act = Act("customers.seal_values", None, at, (), "字段值改为加密存储")
        with one_entry(act, about=some[0]):
            for holder in some:
                late = {code: holder.extra[code] for code in codes if code in holder.extra}
                seal_into(holder, "sealed", {**late, **sealed_values(holder, "sealed")})
                holder.extra = {code: value for code, value in holder.extra.items() if code not in late}
                holder.save(update_fields=["extra", "sealed"])
                record(act, entity_id=entity_id, subject=holder)
    return some
