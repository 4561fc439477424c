"""Customers from a file (客户导入): recognised, mapped, then taken in batch by batch, each in its own transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.customers.mapping import SPECIAL, ColumnPlan, judged, propose
from guiju.customers.models import Contact, Customer, CustomerImport
from guiju.customers.services.import_files import add_problems, clean_source, has_problems, keep_consents
from guiju.customers.services.rows import FileConsent, Grounds, Judge, Row
from guiju.customers.services.twins import hold_all_marks
from guiju.customers.services.wanting import wanted_of
from guiju.database.bulk import Dumped, dump_rows, insert_dumped, insert_rows
from guiju.database.models import new_id
from guiju.database.moment import clock_timestamp
from guiju.evidence.registry import COMMITTED
from guiju.evidence.services import Act, Drawn, DrawnUp, draw, draw_up, record_drawn
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.ring import keyring
from guiju.keys.values import seal_into, sealed_values
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require
from guiju.privacy.fields import Field
from guiju.privacy.models import Consent, Subject
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.notices import notice_in_force
from guiju.privacy.services.collections import found_collection
from guiju.privacy.services.consents import is_informed, refuse_numbers
from guiju.privacy.terms import Channel
from guiju.sheets.tables import Line, OpenedSheet, offered_sheets, open_sheet

BATCH = 1000
"""Rows of one transaction."""

SAMPLE_ROWS = 200
SAMPLE_CELLS, LONGEST_SAMPLE = 3, 60
"""So many cells of a column are shown before it is decided, and so much of each."""


def records_of(kind: str) -> tuple[str, ...]:
    """The kinds of record that a file makes."""
    return ("company", "contact") if kind == Customer.Kind.COMPANY else ("person",)


def fields_for(kind: str, entity_id: UUID) -> dict[str, dict[str, Field]]:
    return {record_kind: fields_of(entity_id, record_kind) for record_kind in records_of(kind)}


@transaction.atomic
def open_customer_import(
    *, name: str, content: bytes, kind: str, actor: Member, at: datetime, sheet: str | None = None
) -> CustomerImport:
    """Read a file, recognise its header and propose where its columns go (导入预览); takes nothing in yet."""
    require(actor, "customer.import", on=actor.entity_id)
    with open_sheet(name, content, sheet or None) as table:
        found = recognised(table, name=name, digest=hashlib.sha256(content).hexdigest(), kind=kind, actor=actor, at=at)
        found.sheets = offered_sheets(table, name, content)
    found.content = keyring().seal(content, entity=found.entity_id, place=_place(found.pk))
    found.save(force_insert=True)
    return found


def recognised(table: OpenedSheet, *, name: str, digest: str, kind: str, actor: Member, at: datetime) -> CustomerImport:
    """An import of a table, not yet written: its columns, and where they should go."""
    if kind not in Customer.Kind.values:
        raise Refused("kind_unknown", "客户的性质是“个人”或“单位”", field="kind")
    head = list(islice(table.rows(), SAMPLE_ROWS))
    if not head:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有客户")
    plans = plan_of(table, head, kind, actor.entity_id, at)
    found = CustomerImport(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        kind=kind,
        file_name=name[:200],
        sheet=table.sheet,
        file_digest=digest,
        titles=[vars(plan) for plan in plans],
        notes=[*table.notes, *_imported_before(actor.entity_id, digest, table.sheet)],
        mapping=_remembered(actor, kind, plans),
        state=CustomerImport.State.MAPPING,
        made_at=at,
    )
    seal_into(found, "samples", {str(title.place): _first_cells(head, title.place) for title in table.titles})
    return found


def _imported_before(entity_id: UUID, digest: str, sheet: str) -> list[str]:
    done = CustomerImport.objects.filter(
        entity_id=entity_id, file_digest=digest, sheet=sheet, state=CustomerImport.State.DONE
    )
    return [
        f"同一份文件在 {day_of(one.made_at)} 已经导入过（{one.outcome}）：没有手机、邮箱和证件号的会再登记一次"
        for one in done.defer("content", "problems").order_by("-made_at")[:1]
    ]


def _first_cells(head: Sequence[Line], place: int) -> list[str]:
    cells = (line.cells[place][:LONGEST_SAMPLE] for line in head if place < len(line.cells) and line.cells[place])
    return list(islice(cells, SAMPLE_CELLS))


@transaction.atomic
def choose_sheet(*, import_id: UUID, sheet: str, actor: Member, at: datetime) -> CustomerImport:
    """Take another sheet of the same file (换工作表): it is recognised anew, and nothing is sent again."""
    found = locked_import(import_id, actor, CustomerImport.State.MAPPING)
    with open_sheet(found.file_name, content_of(found), sheet) as table:
        anew = recognised(
            table, name=found.file_name, digest=found.file_digest, kind=found.kind, actor=actor, at=found.made_at
        )
    found.sheet, found.titles, found.notes, found.mapping = anew.sheet, anew.titles, anew.notes, anew.mapping
    seal_into(found, "samples", sealed_values(anew, "samples"))
    found.save(update_fields=["sheet", "titles", "notes", "mapping", "samples"])
    return found


def plan_of(table: OpenedSheet, head: Sequence[Line], kind: str, entity_id: UUID, at: datetime) -> list[ColumnPlan]:
    """Where the columns of a table should go, by their titles and first values."""
    titles = [(title.place, title.text) for title in table.titles]
    samples = {
        place: [line.cells[place] for line in head if place < len(line.cells) and line.cells[place]]
        for place, _ in titles
    }
    return propose(titles, samples, fields_for(kind, entity_id), on=day_of(at))


def _remembered(actor: Member, kind: str, plans: Sequence[ColumnPlan]) -> dict[str, str]:
    """The mapping of the last file with the same columns, else what is proposed."""
    last = (
        CustomerImport.objects.filter(entity_id=actor.entity_id, kind=kind, state=CustomerImport.State.DONE)
        .order_by("-made_at")
        .values_list("mapping", flat=True)
    )
    titles = {plan.title for plan in plans}
    for mapping in last[:20]:
        if set(mapping) == titles:
            fields = fields_for(kind, actor.entity_id)
            return {plan.title: _still(plan, mapping[plan.title], fields) for plan in plans}
    return {plan.title: plan.target for plan in plans}


def _still(plan: ColumnPlan, target: str, fields: Mapping[str, Mapping[str, Field]]) -> str:
    """A target of before, where it is there and the column may go to it today."""
    record, _, code = target.partition(".")
    if target not in SPECIAL and code not in fields.get(record, {}):
        return ""
    return judged(plan.title, plan.place, target, plan.category, plan.is_sensitive, fields).target


@transaction.atomic
def accept_customer_import(
    *,
    import_id: UUID,
    mapping: Mapping[str, str],
    source: str,
    consents: Sequence[FileConsent],
    actor: Member,
    at: datetime,
) -> CustomerImport:
    """Decide where the columns go and what was consented to (确认导入); the worker does the rest.

    Raises `Refused` for a column that may not go where it is wanted.
    """
    found = locked_import(import_id, actor, CustomerImport.State.MAPPING)
    decide(found, mapping, source, consents, at)
    found.samples = b""
    found.state = CustomerImport.State.RUNNING
    found.save(update_fields=["mapping", "source", "consents", "sealed", "samples", "state"])
    return found


def decide(
    found: CustomerImport, mapping: Mapping[str, str], source: str, consents: Sequence[FileConsent], at: datetime
) -> None:
    """Put down where the columns go, from where they come and what was consented to; raises `Refused`."""
    fields = fields_for(found.kind, found.entity_id)
    wanted = checked_mapping(found.titles, mapping, fields)
    main = records_of(found.kind)[0]
    if f"{main}.name" not in wanted.values():
        label = fields[main]["name"].label
        raise Refused("name_unmapped", f"没有一列是“{label}”：请选择哪一列是它", field="mapping")
    source = clean_source(source)
    if not source:
        raise Refused("source_empty", "请写明这些信息从哪里来，例如：2025年会员登记表", field="source")
    if any(one.given_at > at for one in consents):
        raise Refused("consent_in_future", "同意的时间在将来", field="given_at")
    if any(not one.proof.strip() for one in consents):
        raise Refused("proof_empty", "请写明同意的凭据，例如：会员登记表第1至300号", field="proof")
    for one in consents:
        refuse_numbers(one.proof)
    refuse_untold(consents, found.entity_id)
    found.mapping, found.source = wanted, source
    keep_consents(found, [one.kept() for one in consents])


def refuse_untold(consents: Sequence[FileConsent], entity_id: UUID) -> None:
    """Raise `Refused` for a consent to what the notice in force doesn't tell of."""
    notice = notice_in_force(entity_id)
    for one in consents:
        if not is_informed(notice, one.purpose, one.fields):
            raise Refused("not_told", "现行的隐私告知里没有写到勾选的内容，登记不了同意", field="purposes")


def checked_mapping(
    titles: Sequence[Mapping[str, object]], mapping: Mapping[str, str], fields: Mapping[str, Mapping[str, Field]]
) -> dict[str, str]:
    """The mapping, every title once; raises `Refused` for a target that isn't there, is taken, or doesn't fit."""
    known = {f"{record_kind}.{code}" for record_kind, found in fields.items() for code in found} | SPECIAL.keys()
    wanted: dict[str, str] = {}
    for column in titles:
        title, target = str(column["title"]), mapping.get(str(column["title"]), "")
        if target and target not in known:
            raise Refused("target_unknown", f"列“{title}”对应的字段不存在", field="mapping")
        if target and target in wanted.values():
            raise Refused("target_twice", f"列“{title}”和另一列对应了同一个字段", field="mapping")
        plan = judged(
            title, int(str(column["place"])), target, str(column["category"]), bool(column["is_sensitive"]), fields
        )
        if target and plan.why:
            raise Refused("column_held", f"列“{title}”{plan.why}", field="mapping")
        wanted[title] = target
    return wanted


@transaction.atomic
def drop_customer_import(*, import_id: UUID, actor: Member, at: datetime) -> CustomerImport:
    """Let a file go (放弃导入); its contents are not kept."""
    found = locked_import(import_id, actor, CustomerImport.State.MAPPING)
    found.state, found.outcome, found.ended_at = CustomerImport.State.DROPPED, "没有导入", at
    found.content = found.samples = b""
    found.save(update_fields=["state", "outcome", "ended_at", "content", "samples"])
    return found


def locked_import(import_id: UUID, actor: Member, *states: CustomerImport.State) -> CustomerImport:
    """An import of one's own, or of the company for who keeps the catalogue, locked, in one of these states."""
    found = CustomerImport.objects.select_for_update().filter(pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或您的角色看不到它")
    require(actor, "customer.import", on=found.entity_id)
    if found.member_id != actor.pk and not allows(actor, "catalogue.change", on=found.entity_id):
        raise Missing("import_missing", "没有这次导入，或您的角色看不到它")
    if found.state not in states:
        raise Refused("import_decided", "这次导入已经处理过了，请看它的结果")
    return found


def content_of(found: CustomerImport) -> bytes:
    """The file as it was sent; nothing once it was let go."""
    if not found.content:
        return b""
    return keyring().open(bytes(found.content), entity=found.entity_id, place=_place(found.pk))


def _place(import_id: UUID) -> bytes:
    return b"customers_customerimport.content/" + import_id.bytes


def opened(found: CustomerImport, content: bytes) -> OpenedSheet:
    """The table of an import, to be read again."""
    return open_sheet(found.file_name, content, found.sheet or None)


def batches_of(table: OpenedSheet, *, after: int) -> Iterator[list[Line]]:
    """The rows behind a line, so many at a time."""
    rows = (line for line in table.rows() if line.number > after)
    while batch := list(islice(rows, BATCH)):
        yield batch


@transaction.atomic
def import_batch(
    *, import_id: UUID, lines: Sequence[Line], actor: Member, at: datetime, prepared: Prepared | None = None
) -> CustomerImport:
    """Take in so many rows, and write down how far it is (导入一批); lines that are in already are passed over.

    What was `prepared` of them ahead counts where the grounds are still the same.
    """
    found = CustomerImport.objects.select_for_update().get(pk=import_id)
    if found.state != CustomerImport.State.RUNNING:
        return found
    require(actor, "customer.import", on=found.entity_id)
    lines = [line for line in lines if line.number > found.line_done]
    if not lines:
        return found
    act = Act("customers.import_customers", actor, at)
    if found.collection_id is None:
        source = f"{found.source}；文件“{found.file_name}”，SHA-256 {found.file_digest}"
        judge = judge_of(found, actor, at)
        collection = found_collection(
            act, entity_id=found.entity_id, channel=Channel.IMPORT, source=source, notice=judge.notice
        )
        found.collection_id = collection.pk
    judge = judge_of(found, actor, at)
    if prepared is None or prepared.grounds != judge.grounds or len(prepared.rows) != len(lines):
        prepared = prepared_by(judge, lines)
    hold_all_marks(found.entity_id)
    rows = judge.without_twins(prepared.rows)
    _write(prepared, act)
    insert_rows(wanted_of(rows, found, at))
    found.line_done = lines[-1].number
    found.rows_seen += len(rows)
    found.rows_taken += sum(row.customer is not None for row in rows)
    found.cells_refused += sum(len(row.problems) for row in rows)
    changed = ["line_done", "rows_seen", "rows_taken", "cells_refused", "collection_id"]
    add_problems(found, {str(row.number): told_of(row) for row in rows if row.problems})
    found.save(update_fields=changed)
    return found


@dataclass(frozen=True)
class Prepared:
    """Rows of a file judged, sealed, digested and ready to be sent; on what grounds.

    Each of the `tables` has for each of its rows the place of the row of the file that makes it; so have the
    `versions`. Whether the company has somebody already is asked when they are written.
    """

    grounds: Grounds
    rows: list[Row]
    tables: list[tuple[Dumped, list[int]]]
    versions: tuple[DrawnUp, list[int]] | None


def prepared_by(judge: Judge, lines: Iterable[Line]) -> Prepared:
    # The key first: what is sealed under a later one than is said is only prepared once more.
    grounds = judge.grounds
    judged = judge.rows(lines)
    made: dict[type[Any], list[tuple[int, Any]]] = {model: [] for model in (Subject, Customer, Contact, Consent)}
    drawn: list[tuple[int, Drawn]] = []
    for place, one in enumerate(judged):
        for row in one.made:
            made[type(row)].append((place, row))
            drawn.append((place, draw(row.entity_id, row)))
    tables = [
        (dump_rows([row for _, row in rows], model), [place for place, _ in rows])
        for model, rows in made.items()
        if rows
    ]
    versions = None
    if drawn:
        ready = draw_up([version for _, version in drawn])
        versions = ready, [drawn[place][0] for place in ready.places]
    return Prepared(grounds, [one.row for one in judged], tables, versions)


def judge_of(found: CustomerImport, actor: Member, at: datetime) -> Judge:
    """Who judges the rows of an import as it was decided."""
    return Judge(
        kind=found.kind,
        mapping=found.mapping,
        places={str(column["title"]): int(column["place"]) for column in found.titles},
        consents=[FileConsent.of(one) for one in found.said],
        actor=actor,
        at=at,
        collection_id=found.collection_id,
        days={str(column["title"]): column["days"] for column in found.titles if column.get("days")},
    )


def _write(prepared: Prepared, act: Act) -> None:
    """All records of a batch whose rows make a customer, table by table, and one entry for them."""
    first = next((row.customer for row in prepared.rows if row.customer is not None), None)
    if first is None or prepared.versions is None:
        return
    is_in = [row.customer is not None for row in prepared.rows]
    for rows, places in prepared.tables:
        insert_dumped(rows, keep=[is_in[place] for place in places])
    drawn, places = prepared.versions
    about = COMMITTED[Customer].subject_type, first.pk
    record_drawn(act, about=about, drawn=drawn, keep=[is_in[place] for place in places])


def told_of(row: Row) -> dict[str, object]:
    """What goes back of a row: its problems by column, and the customer that waits for a consent."""
    told: dict[str, object] = {
        "cells": [
            {"title": title, "code": one.code, "sentence": one.sentence, "law": str(one.citation or "")}
            for title, one in row.problems
        ]
    }
    if row.customer is not None:
        told["customer"] = str(row.customer.pk)
    # Nobody is there to be asked where even the name went back: a guardian can be asked before.
    told["may_ask" if row.customer is not None else "needs_guardian"] = row.may_ask
    return told


@transaction.atomic
def finish_customer_import(*, import_id: UUID, notes: Iterable[str] = (), sentence: str = "") -> CustomerImport:
    """Write down how an import ended (导入结束): all rows through, or why not."""
    found = CustomerImport.objects.select_for_update().get(pk=import_id)
    if found.state != CustomerImport.State.RUNNING:
        return found
    back = found.rows_seen - found.rows_taken
    done = f"导入{found.rows_taken}位客户" + (f"，退回{back}行" if back else "")
    if found.cells_refused:
        done += f"，共{found.cells_refused}处退回"
    found.state = CustomerImport.State.FAILED if sentence else CustomerImport.State.DONE
    found.outcome = (f"{sentence}（{done}）" if sentence else done)[:300]
    found.notes = list(notes) or found.notes
    found.ended_at = clock_timestamp()
    if not has_problems(found):
        # Nothing goes back: there is no reason to keep the file.
        found.content = b""
    found.save(update_fields=["state", "outcome", "notes", "ended_at", "content"])
    found.refresh_from_db(fields=["ended_at"])
    return found
