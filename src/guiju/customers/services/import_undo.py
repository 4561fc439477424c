"""An import is taken back (撤销导入): whom it made and nobody touched since is hidden and only stored, then deleted.

Hiding needs one person, for it can do no harm; deletion keeps its one door with two (docs/decisions/0025, 0029).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.models import Contact, Customer, CustomerImport
from guiju.customers.registry import MOVED
from guiju.customers.services.customer_import import locked_import
from guiju.customers.services.import_files import let_go
from guiju.customers.values import EVERYTHING_ELSE
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.privacy.models import Consent, ConsentRequest, Subject
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "customers.undone_import"
BATCH, MOST_TOLD = 500, 1000
WITHIN = timedelta(days=15)
"""House rule, as after a withdrawal; the law says 主动删除 and names no days."""

BECAUSE = "撤销导入"
_AROUND = timedelta(hours=1)
UNDOABLE = (CustomerImport.State.DONE, CustomerImport.State.FAILED, CustomerImport.State.UNDOING)
"""One that is being taken back already goes on, where its worker stopped: who began may have left meanwhile."""


@transaction.atomic
def undo_import(*, import_id: UUID, actor: Member, at: datetime) -> CustomerImport:
    """Take an import back (撤销导入); the worker does it batch by batch, and goes on where it was broken off."""
    found = locked_import(import_id, actor, *UNDOABLE)
    if found.state == CustomerImport.State.UNDOING:
        return found
    if found.collection_id is None or not found.rows_taken:
        raise Refused("nothing_imported", "这次导入没有登记客户，没有可以撤销的")
    found.state = CustomerImport.State.UNDOING
    found.undo = {"after": None, "back": 0, "stay": 0, "stays": []}
    found.save(update_fields=["state", "undo"])
    return found


@transaction.atomic
def undo_batch(*, import_id: UUID, actor: Member, at: datetime) -> bool:
    """Take back the next so many, and write down how far it is (撤销一批); False once there are no more."""
    found = CustomerImport.objects.select_for_update(of=("self",)).defer("content", "problems").get(pk=import_id)
    if found.state != CustomerImport.State.UNDOING:
        return False
    require(actor, "customer.import", on=found.entity_id)
    rows = list(_next(found))
    if not rows:
        _finish(found, actor, at)
        return False
    why = _touched(rows)
    back = [row for row in rows if row.pk not in why]
    _take_back(back, Act("customers.undo_import", actor, at, (), BECAUSE))
    told = [*found.undo["stays"], *([str(pk), words] for pk, words in why.items())][:MOST_TOLD]
    found.undo = {
        "after": str(rows[-1].pk),
        "back": found.undo["back"] + len(back),
        "stay": found.undo["stay"] + len(why),
        "stays": told,
    }
    found.save(update_fields=["undo"])
    return True


def made_by(found: CustomerImport) -> QuerySet[Customer]:
    """The customers that an import made, in the order of their ids: these grow with time, so they stand together."""
    first, last = _id_at(found.made_at - _AROUND), _id_at((found.ended_at or found.made_at) + _AROUND)
    made = Q(origins__contains={EVERYTHING_ELSE: str(found.collection_id)})
    return Customer.objects.filter(made, entity_id=found.entity_id, pk__gte=first, pk__lt=last).order_by("pk")


def _id_at(moment: datetime) -> UUID:
    """The first id of a moment (`new_id`)."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def _next(found: CustomerImport) -> QuerySet[Customer]:
    rows = made_by(found).filter(erased_at=None).select_for_update(of=("self",))
    # One that is hidden already is no more in anybody's hands, unless it was merged into one that is.
    rows = rows.filter(Q(hidden_at=None) | Q(merged_into__isnull=False))
    return (rows.filter(pk__gt=UUID(found.undo["after"])) if found.undo["after"] else rows)[:BATCH]


def _touched(rows: Sequence[Customer]) -> dict[UUID, str]:
    """Who of these was touched since, and by what; in a few questions for all of them."""
    ids = [row.pk for row in rows]
    found = {row.pk: "合并过" if row.hidden_at else "改过" for row in rows if row.changed_at != row.made_at}
    for moved in MOVED.values():
        if moved.counts and moved.model is not Contact:
            for pk in moved.any_of(ids):
                found.setdefault(pk, f"有{moved.label}")
    contacts = Contact.objects.filter(customer__in=ids)
    later = contacts.exclude(made_at=F("customer__made_at"), changed_at=F("made_at"), ended_at=None)
    for pk in later.values_list("customer_id", flat=True):
        found.setdefault(pk, "联系人改过")
    for subject_id in _people_touched(rows, contacts):
        found.setdefault(subject_id, "同意、保全或者冻结过")
    return {row.pk: found[row.pk] for row in rows if row.pk in found}


def _people_touched(rows: Sequence[Customer], contacts: QuerySet[Contact]) -> Iterator[UUID]:
    """The customers whose people, themselves or their contacts, said something since, are frozen or held."""
    of_person = {row.subject_id: row for row in rows if row.subject_id}
    by_id = {row.pk: row for row in rows}
    of_person |= {one.subject_id: by_id[one.customer_id] for one in contacts if one.subject_id}
    people = [pk for pk in of_person if pk]
    consents = Consent.objects.filter(subject_id__in=people).values_list("subject_id", "recorded_at", "ended_at")
    said = {pk for pk, at, ended_at in consents if ended_at or at != of_person[pk].made_at}
    said |= set(ConsentRequest.objects.filter(subject_id__in=people).values_list("subject_id", flat=True))
    said |= set(Hold.objects.filter(subject_id__in=people, lifted_at=None).values_list("subject_id", flat=True))
    frozen = Subject.objects.filter(pk__in=people).exclude(frozen_at=None, frozen_fields={})
    said |= set(frozen.values_list("pk", flat=True))
    return (of_person[pk].pk for pk in said)


def _take_back(rows: Sequence[Customer], act: Act) -> None:
    """No list meets them any more, and what is held of the people is stored and nothing else."""
    if not rows:
        return
    contacts = Contact.objects.filter(customer__in=rows).values_list("subject_id", flat=True)
    people = {pk for pk in chain((row.subject_id for row in rows), contacts) if pk}
    with one_entry(act, about=rows[0]):
        for row in rows:
            row.hidden_at, row.changed_at = act.at, act.at
            row.save(update_fields=["hidden_at", "changed_at"])
            record(act, entity_id=row.entity_id, subject=row)
        for subject in Subject.objects.select_for_update().filter(pk__in=people).order_by("pk"):
            subject.frozen_at, subject.frozen_because = act.at, BECAUSE
            subject.save(update_fields=["frozen_at", "frozen_because"])
            record(act, entity_id=subject.entity_id, subject=subject)


def _finish(found: CustomerImport, actor: Member, at: datetime) -> None:
    back, stay = found.undo["back"], found.undo["stay"]
    found.state = CustomerImport.State.UNDONE
    found.outcome = f"已撤销{back}位客户" + (f"，{stay}位后来动过，留着" if stay else "")
    found.save(update_fields=["state", "outcome"])
    let_go([found.pk])
    if back:
        ask_deletion(found, Act("customers.undo_import", actor, at))


def ask_deletion(found: CustomerImport, act: Act) -> None:
    """Give who may propose it the task to see to the deletion of whom an import had made, where there is none yet."""
    if Task.objects.filter(kind=KIND, subject_id=found.pk, done_at=None).exists():
        return
    title = f"撤销导入后的删除：{found.undo['back']}位，{WITHIN.days}日内提出（内部规则，法律没有规定天数）"
    wanted = NewTask(KIND, found.entity_id, title, found.pk, right="archive.propose", due_at=act.at + WITHIN)
    give_task(wanted, act)


def to_delete(found: CustomerImport) -> list[Target]:
    """Who was taken back and is held still: people by themselves, companies by their record, contacts besides."""
    rows, contacts = _left(found)
    ids: Any = contacts.values_list("subject_id", flat=True)
    targets = [Target(subject_id or pk) for pk, subject_id in rows.values_list("pk", "subject_id")]
    return [*targets, *(Target(pk) for pk in ids if pk)]


def _left(found: CustomerImport) -> tuple[QuerySet[Customer], QuerySet[Contact]]:
    rows = made_by(found).filter(hidden_at__isnull=False, merged_into=None)
    contacts = Contact.objects.filter(customer__in=rows.order_by(), subject__erased_at=None)
    return rows.filter(erased_at=None), contacts


@transaction.atomic
def delete_undone(*, import_id: UUID, reason: str, actor: Member, at: datetime) -> Disposal:
    """Propose that whom an import had made is deleted (删除撤销的导入); another person decides."""
    found = locked_import(import_id, actor, CustomerImport.State.UNDONE)
    return propose_disposal(
        entity_id=found.entity_id,
        targets=to_delete(found),
        basis=Disposal.Basis.FULFILLED,
        reason=reason,
        actor=actor,
        at=at,
    )


def end_deleted(disposal: Disposal, items: Sequence[DisposalItem], act: Act) -> None:
    """End the tasks of imports of which nobody is left; what was not allowed, or is held back, stays one (AFTERWARDS)."""
    tasks = Task.objects.select_for_update(of=("self",)).filter(kind=KIND, entity_id=disposal.entity_id, done_at=None)
    for task in tasks.order_by("pk"):
        found = CustomerImport.objects.defer("content", "problems").filter(pk__in=[task.subject_id]).first()
        if found is None or not any(rows.exists() for rows in _left(found)):
            close_task(task, f"已删除，销毁登记 {disposal.pk}", act, None)
