"""What this part holds of people goes out, in all its copies (客户信息的删除); only the door of disposals asks for it.

A person of whom everything goes leaves an empty row behind, to which the register leads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from guiju.archives.registry import Destroyed, Target
from guiju.customers.models import (
    ERASED_NOTE,
    BulkAct,
    Contact,
    Customer,
    CustomerImport,
    Holder,
    Merge,
    Note,
)
from guiju.customers.records import TAG
from guiju.customers.selectors.merges import companies_taken_in
from guiju.customers.services.import_files import let_go
from guiju.customers.values import COLUMNS, ERASED_NAME, put_values, values_of
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.privacy.models import Subject
from guiju.privacy.selectors.catalogue import catalogue_of

_FREE = ("tags", "origins", "extra", "sealed")
"""Columns that go as a whole with a person."""


def count_values(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    """How many values the records of these people hold that would go."""
    wanted = {one.subject_id: one for one in targets}
    found: dict[UUID, int] = {}
    for key, holder in _holders(entity_id, wanted):
        going = len(_going(holder, wanted[key], values_of(holder)))
        found[key] = found.get(key, 0) + going + _loses_tags(holder, wanted[key])
    return found


def destroy_values(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take the values out of customers and contacts; who loses everything is marked as erased."""
    wanted, catalogue = {one.subject_id: one for one in targets}, catalogue_of(entity_id)
    done = Destroyed()
    for key, holder in _holders(entity_id, wanted, for_update=True):
        target, values = wanted[key], values_of(holder)
        gone, tags = _going(holder, target, values), 0
        put_values(
            holder,
            catalogue[holder.record],
            {"name": ERASED_NAME, **{code: value for code, value in values.items() if code not in gone}},
        )
        if not target.fields:
            _empty(holder, act)
        elif tags := _loses_tags(holder, target):
            assert isinstance(holder, Customer)
            holder.tags = []
        holder.changed_at = act.at
        holder.save()
        record(act, entity_id=entity_id, subject=holder)
        done.add(key, holder, _codes(holder, target), copies=len(gone) + tags)
    for subject in Subject.objects.select_for_update().filter(pk__in=[one.subject_id for one in targets]):
        _mark(subject, wanted[subject.pk], act)
        record(act, entity_id=entity_id, subject=subject)
    return done


def _holders(
    entity_id: UUID, wanted: Collection[UUID], *, for_update: bool = False
) -> Iterator[tuple[UUID, Customer | Contact]]:
    """The records that hold anything of these, each with by what a disposal names it: the person; of a company, which is
    none, its record, which stands for those that were merged into it."""
    companies = companies_named(entity_id, wanted)
    for model in (Customer, Contact):
        whose = Q(subject_id__in=wanted) | Q(subject=None, pk__in=companies)
        rows = model._default_manager.filter(whose, entity_id=entity_id).order_by("pk")
        for holder in rows.select_for_update(of=("self",)) if for_update else rows:
            yield holder.subject_id or companies[holder.pk], holder


def companies_named(entity_id: UUID, wanted: Collection[UUID]) -> dict[UUID, UUID]:
    """The records of companies that go, each with which of these names it: itself, or into which it was merged."""
    merged = companies_taken_in(entity_id, wanted)
    return {pk: root for root, some in merged.items() for pk in some} | {pk: pk for pk in wanted}


def _going(holder: Holder, target: Target, values: Mapping[str, str]) -> list[str]:
    record_kind = holder.record
    return [code for code in values if target.names(record_kind, code)]


def _loses_tags(holder: Holder, target: Target) -> int:
    """One where tags are named among what goes, and there are any; with a whole person they aren't counted."""
    return int(isinstance(holder, Customer) and bool(target.fields and holder.tags) and target.names(TAG, "text"))


def _codes(holder: Holder, target: Target) -> list[str]:
    """Where the values that go stand in the versions of the log, wherever a field has lain over the years."""
    columns = COLUMNS[holder.record]
    if not target.fields:
        return [*columns, *_FREE]
    codes = [name.partition(".")[2] for name in target.fields if name.startswith(f"{holder.record}.")]
    places = [place for code in codes for place in ([code] if code in columns else [f"sealed.{code}", f"extra.{code}"])]
    return [*places, "tags"] if isinstance(holder, Customer) and target.names(TAG, "text") else places


def _empty(holder: Customer | Contact, act: Act) -> None:
    if isinstance(holder, Customer):
        holder.tags, holder.owner, holder.pooled_at, holder.next_touch_on = [], None, None, None
        holder.ended_on, holder.erased_at = holder.ended_on or day_of(act.at), act.at
    else:
        holder.is_main, holder.ended_at = False, holder.ended_at or act.at


def _mark(subject: Subject, target: Target, act: Act) -> None:
    if not target.fields:
        subject.erased_at, subject.minor_until, subject.is_stated_adult = act.at, None, False
        subject.frozen_fields = {}
    else:
        subject.frozen_fields = {name: one for name, one in subject.frozen_fields.items() if name not in target.fields}
    subject.save(update_fields=["erased_at", "minor_until", "is_stated_adult", "frozen_fields"])


def lock_customers(entity_id: UUID, ids: Collection[UUID]) -> Collection[UUID]:
    """Lock companies that are to go by their record, with those that were merged into them; one that was merged itself
    goes by its own record still."""
    companies = companies_named(entity_id, ids)
    rows = Customer.objects.filter(entity_id=entity_id, pk__in=companies).select_for_update(of=("self",)).order_by("pk")
    list(rows.values_list("pk"))
    return ()


def lock_people(entity_id: UUID, ids: Collection[UUID]) -> Collection[UUID]:
    """Lock people; returns those who were merged into another. Behind the records, as a merge does."""
    rows = Subject.objects.filter(entity_id=entity_id, pk__in=ids).select_for_update().order_by("pk")
    people = [str(pk) for pk in rows.values_list("pk", flat=True)]
    merged = Merge.objects.filter(entity_id=entity_id, undone_at=None, people__gone__in=people)
    return [UUID(pk) for pk in merged.values_list("people__gone", flat=True)]


def count_notes(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    found: dict[UUID, int] = {}
    for note in _notes(entity_id, targets):
        subject_id = note.customer.subject_id
        assert subject_id is not None
        found[subject_id] = found.get(subject_id, 0) + 1
    return found


def destroy_notes(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take the texts of notes about people who go as a whole, or whose notes do; what was written about a single
    field can't be told."""
    done = Destroyed()
    for note in _notes(entity_id, targets):
        subject_id = note.customer.subject_id
        assert subject_id is not None
        note.text, note.sealed, note.next_on = ERASED_NOTE, b"", None
        note.removed_at = note.removed_at or act.at
        note.save(update_fields=["text", "sealed", "next_on", "removed_at"])
        record(act, entity_id=entity_id, subject=note)
        done.add(subject_id, note, ["text", "sealed.text"])
    return done


def _notes(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Note]:
    whole = [one.subject_id for one in targets if one.names("note", "text")]
    rows = Note.objects.filter(entity_id=entity_id, customer__subject_id__in=whole).exclude(text=ERASED_NOTE)
    return rows.select_related("customer").order_by("pk")


def count_files(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return {subject_id: len(files) for subject_id, files in _files(entity_id, targets).items()}


def destroy_files(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Let go of the files by which these people came in: their rows can't be taken out one by one."""
    found = _files(entity_id, targets)
    files = {one for some in found.values() for one in some}
    let_go(files)
    return Destroyed(copies={subject_id: len(some) for subject_id, some in found.items()})


def _files(entity_id: UUID, targets: Sequence[Target]) -> dict[UUID, set[UUID]]:
    """Files that are kept still, by the people whose values came in with them."""
    kept = CustomerImport.objects.filter(entity_id=entity_id, ended_at__isnull=False).exclude(content=b"", problems=b"")
    by_collection = {str(one): pk for pk, one in kept.exclude(collection_id=None).values_list("pk", "collection_id")}
    found: dict[UUID, set[UUID]] = {}
    if by_collection:
        for key, holder in _holders(entity_id, [one.subject_id for one in targets]):
            if files := {by_collection[one] for one in holder.origins.values() if one in by_collection}:
                found.setdefault(key, set()).update(files)
    return found


def count_bulk(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return {subject_id: len(acts) for subject_id, acts in _bulk(entity_id, targets)[1].items()}


def destroy_bulk(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take what acts on many at once remember of these customers: their tags and owners of before."""
    subjects, found = _bulk(entity_id, targets)
    done = Destroyed()
    rows = {pk for some in found.values() for pk in some}
    for row in BulkAct.objects.select_for_update(of=("self",)).filter(pk__in=rows).order_by("pk"):
        for key in [key for key in row.changes if key in subjects]:
            del row.changes[key]
            done.add(subjects[key], row, ["changes"])
        row.save(update_fields=["changes"])
        record(act, entity_id=entity_id, subject=row)
    return done


def _bulk(entity_id: UUID, targets: Sequence[Target]) -> tuple[dict[str, UUID], dict[UUID, list[UUID]]]:
    """The people by the id of their customer, companies by their record, and the acts that remember each."""
    whole = [one.subject_id for one in targets if one.names(TAG, "text")]
    companies = companies_named(entity_id, whole)
    about = Q(subject_id__in=whole) | Q(subject=None, pk__in=companies)
    rows = Customer.objects.filter(about, entity_id=entity_id).values_list("pk", "subject_id")
    subjects = {str(pk): subject_id or companies[pk] for pk, subject_id in rows}
    found: dict[UUID, list[UUID]] = {}
    acts = BulkAct.objects.filter(entity_id=entity_id, changes__has_any_keys=list(subjects)) if subjects else []
    for one in acts:
        for key in one.changes.keys() & subjects.keys():
            found.setdefault(subjects[key], []).append(one.pk)
    return subjects, found
