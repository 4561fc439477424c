"""Products and orders from a file (产品和订单导入): read, shown with what is wrong, then taken in or dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.customers.services.import_files import clean_source
from guiju.database.bulk import insert_rows
from guiju.database.models import new_id
from guiju.database.moment import clock_timestamp
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.ring import keyring
from guiju.keys.values import place_of, seal_into, sealed_values
from guiju.orders.mapping import checked_mapping, propose
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.selectors.imports import remembered
from guiju.orders.services.clock import start_refund
from guiju.orders.services.orders import lock_orders
from guiju.orders.services.products import lock_products
from guiju.orders.services.rows import Judged, OrderJudge, ProductJudge, orders_of_days
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of, refusal_of
from guiju.sheets.tables import offered_sheets, open_sheet

RIGHTS = {"products": "product.import", "orders": "order.import"}
UNITS = {"products": "个产品", "orders": "笔订单"}
MOST_ROWS = 100_000
MOST_PROBLEM_ROWS = 20_000
_BATCH = 500
_LONG_AGO = timedelta(days=15)
"""Seven days, and the longest holiday into which they may run."""


@dataclass(frozen=True)
class Reading:
    """A file as it was read: its columns, where they go, what each row comes to."""

    sheet: str
    sheets: list[list[str | int]]
    titles: list[str]
    notes: list[str]
    mapping: dict[str, str]
    rows: list[Judged]

    @property
    def bad(self) -> list[Judged]:
        return [row for row in self.rows if row.problems]

    @property
    def new(self) -> list[Judged]:
        return [row for row in self.rows if row.made is not None and not row.is_known]

    @property
    def known(self) -> int:
        return sum(row.is_known for row in self.rows)


def require_import(kind: str, actor: Member) -> None:
    """Raise `NotAllowed` unless the member may import; how far the right goes decides whose customers are found."""
    if kind not in RIGHTS:
        raise Missing("kind_missing", "只能导入产品与服务，或订单")
    if reach_of(actor, RIGHTS[kind]) is None:
        raise refusal_of(RIGHTS[kind])


def read_file(
    kind: str,
    name: str,
    content: bytes,
    *,
    actor: Member,
    at: datetime,
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
) -> Reading:
    """Read a file and judge its rows; writes nothing. Raises `Refused` for the file as a whole."""
    require_import(kind, actor)
    with open_sheet(name, content, sheet or None) as table:
        titles = [title.text for title in table.titles]
        places = {title.text: title.place for title in table.titles}
        proposed = (remembered(actor, kind, titles) or propose(kind, titles)) if mapping is None else mapping
        wanted = checked_mapping(kind, titles, proposed)
        fields = {code: places[title] for title, code in wanted.items() if code}
        rows = []
        for line in table.rows():
            cells = tuple(line.cells[place] if place < len(line.cells) else "" for place in places.values())
            values = {code: line.cells[place] if place < len(line.cells) else "" for code, place in fields.items()}
            rows.append((line.number, cells, values))
            if len(rows) > MOST_ROWS:
                raise Refused("file_long", f"文件“{name}”超过{MOST_ROWS}行：请分成几份")
        notes, sheet = table.notes, table.sheet
        sheets = offered_sheets(table, name, content)
    if not rows:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有内容")
    judge = (
        OrderJudge(actor, at, orders_of_days([values for _, _, values in rows]))
        if kind == TableImport.Kind.ORDERS
        else ProductJudge(actor, at)
    )
    judged = [one for chunk in _chunks(rows) for one in judge.judge(chunk)]
    return Reading(sheet, sheets, titles, notes, wanted, judged)


@transaction.atomic
def preview_table_import(
    *,
    kind: str,
    name: str,
    content: bytes,
    actor: Member,
    at: datetime,
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
    source: str = "",
    may_ask: bool = False,
) -> TableImport:
    """Read a file and keep it with everything that is wrong; takes nothing in yet (导入预览).

    Where somebody can be asked which column is which, a file of which a needed one isn't recognised is kept too, without
    rows.
    """
    require_import(kind, actor)
    found = TableImport(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        kind=kind,
        file_name=name[:200],
        sheet=sheet,
        source=clean_source(source),
        file_digest=hashlib.sha256(content).hexdigest(),
        state=TableImport.State.PREVIEWED,
        made_at=at,
    )
    read = _read_or_ask if may_ask else read_file
    _keep_reading(found, read(kind, name, content, actor=actor, at=at, sheet=sheet, mapping=mapping))
    found.content = keyring().seal(content, entity=found.entity_id, place=_place(found))
    found.save(force_insert=True)
    return found


@transaction.atomic
def map_table_import(*, import_id: UUID, mapping: Mapping[str, str], actor: Member, at: datetime) -> TableImport:
    """Say which column is which field, and judge the rows anew (对应列与字段)."""
    found = _undecided(import_id, actor)
    _keep_reading(found, _read_again(found, actor, at, mapping))
    found.save()
    return found


@transaction.atomic
def choose_table_sheet(*, import_id: UUID, sheet: str, actor: Member, at: datetime) -> TableImport:
    """Take another sheet of the same file (换工作表); nothing is sent again."""
    found = _undecided(import_id, actor)
    _keep_reading(found, _read_or_ask(found.kind, found.file_name, _content_of(found), actor=actor, at=at, sheet=sheet))
    found.save()
    return found


@transaction.atomic
def accept_table_import(*, import_id: UUID, actor: Member) -> TableImport:
    """Let the good rows in (确认导入); the worker does the rest."""
    found = _undecided(import_id, actor)
    if not found.rows_total:
        raise Refused("columns_lacking", "请先选择哪一列是什么")
    if found.rows_bad == found.rows_total:
        raise Refused("import_all_bad", "没有一行是对的：请下载退回的行，改正后重新上传")
    found.state = TableImport.State.RUNNING
    found.save(update_fields=["state"])
    return found


@transaction.atomic
def drop_table_import(*, import_id: UUID, actor: Member, at: datetime, outcome: str = "没有导入") -> TableImport:
    """Let a file go (放弃导入); nothing of it is kept but who sent which one, and what came of it."""
    found = _undecided(import_id, actor)
    found.state, found.outcome, found.ended_at = TableImport.State.DROPPED, outcome[:300], at
    found.content, found.problems, found.sample = b"", b"", []
    found.save(update_fields=["state", "outcome", "ended_at", "content", "problems", "sample"])
    return found


def run_table_import(*, import_id: UUID, actor: Member, at: datetime) -> TableImport:
    """Take the good rows in, all of them or after a crash none (执行导入); safe to run twice.

    The rows are judged again: what somebody entered since the preview is there already and comes in once.
    """
    try:
        return _take_in(import_id, actor, at)
    except Refused as refusal:
        return end_table_import(import_id=import_id, sentence=refusal.sentence)


@transaction.atomic
def end_table_import(*, import_id: UUID, sentence: str) -> TableImport:
    """Write down why a confirmed file was not taken in."""
    found = TableImport.objects.select_for_update(of=("self",)).get(pk=import_id)
    if found.state == TableImport.State.RUNNING:
        found.state, found.outcome, found.ended_at = TableImport.State.FAILED, sentence[:300], clock_timestamp()
        found.content = b""
        found.save(update_fields=["state", "outcome", "ended_at", "content"])
    return found


@transaction.atomic
def _take_in(import_id: UUID, actor: Member, at: datetime) -> TableImport:
    found = TableImport.objects.select_for_update(of=("self",)).get(pk=import_id)
    if found.state != TableImport.State.RUNNING:
        return found
    (lock_orders if found.kind == TableImport.Kind.ORDERS else lock_products)(found.entity_id)
    reading = _read_again(found, actor, at, found.mapping)
    late = _write([row.made for row in reading.new if row.made is not None], found.kind, actor, at)
    _keep_reading(found, reading)
    found.rows_taken = len(reading.new)
    found.made = b"".join(row.made.pk.bytes for row in reading.new if row.made is not None)
    found.state, found.ended_at, found.content = TableImport.State.DONE, clock_timestamp(), b""
    found.outcome = outcome_of(found, late)
    found.save()
    found.refresh_from_db(fields=["ended_at"])
    return found


def outcome_of(found: TableImport, late: int = 0) -> str:
    told = [f"导入{found.rows_taken}{UNITS[found.kind]}"]
    if found.rows_known:
        told.append(f"{found.rows_known}行已有，未重复导入")
    if found.rows_bad:
        told.append(f"退回{found.rows_bad}行")
    if late:
        told.append(f"其中{late}笔退货早已过了七日还没有退款，请在订单里按“已退货，待退款”查看")
    return "，".join(told)


def _write(rows: Sequence[Product | Order], kind: str, actor: Member, at: datetime) -> int:
    """Write the rows and their entries; returns how many returns are late with their refund.

    Their clocks ran out before they came in here: they stand in the list, and nobody is called at night.
    """
    act = Act(f"orders.import_{kind}", actor, at)
    late = 0
    for chunk in _chunks(rows):
        with one_entry(act, about=chunk[0]):
            insert_rows([row for row in chunk if row._state.adding])
            for row in chunk:
                if not row._state.adding:
                    row.save()
                record(act, entity_id=row.entity_id, subject=row)
                if isinstance(row, Order) and row.returned_on and not row.refunded_on:
                    if row.returned_on + _LONG_AGO < day_of(at):
                        late += 1
                    else:
                        start_refund(row, row.customer, act)
    return late


def problems_in(found: TableImport) -> list[dict[str, Any]]:
    """The rows that came back: number, cells, and what is wrong, column by column."""
    rows: list[dict[str, Any]] = sealed_values(found, "problems").get("rows", [])
    return rows


def _keep_reading(found: TableImport, reading: Reading) -> None:
    bad = reading.bad
    found.sheet, found.titles, found.notes, found.mapping = (
        reading.sheet,
        reading.titles,
        reading.notes,
        reading.mapping,
    )
    found.sheets = reading.sheets
    found.rows_total, found.rows_bad, found.rows_known = len(reading.rows), len(bad), reading.known
    found.sample = [[str(row.number), *row.shown] for row in reading.new[:5]]
    told = [{"number": row.number, "cells": row.cells, "problems": row.problems} for row in bad[:MOST_PROBLEM_ROWS]]
    seal_into(found, "problems", {"rows": told} if told else {})


def _read_or_ask(
    kind: str,
    name: str,
    content: bytes,
    *,
    actor: Member,
    at: datetime,
    sheet: str = "",
    mapping: Mapping[str, str] | None = None,
) -> Reading:
    try:
        return read_file(kind, name, content, actor=actor, at=at, sheet=sheet, mapping=mapping)
    except Refused as refusal:
        if refusal.code != "columns_lacking":
            raise
        return _header_of(kind, name, content, sheet, refusal.sentence)


def _header_of(kind: str, name: str, content: bytes, sheet: str, note: str) -> Reading:
    with open_sheet(name, content, sheet or None) as table:
        titles = [title.text for title in table.titles]
        sheets = offered_sheets(table, name, content)
        return Reading(table.sheet, sheets, titles, [*table.notes, note], propose(kind, titles), [])


def _read_again(found: TableImport, actor: Member, at: datetime, mapping: Mapping[str, str]) -> Reading:
    content = _content_of(found)
    return read_file(found.kind, found.file_name, content, actor=actor, at=at, sheet=found.sheet, mapping=mapping)


def _content_of(found: TableImport) -> bytes:
    if not found.content:
        raise Refused("file_gone", "这份文件已经不再保存：请重新上传")
    return keyring().open(bytes(found.content), entity=found.entity_id, place=_place(found))


def _undecided(import_id: UUID, actor: Member) -> TableImport:
    found = TableImport.objects.select_for_update(of=("self",)).filter(pk=import_id, member=actor).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或不是您上传的")
    require_import(found.kind, actor)
    if found.state != TableImport.State.PREVIEWED:
        raise Refused("import_decided", "这次导入已经处理过了，请看它的结果")
    return found


def _place(found: TableImport) -> bytes:
    return place_of("orders_tableimport", "content", found.pk)


def _chunks(rows: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH))
