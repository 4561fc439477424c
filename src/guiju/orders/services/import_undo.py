"""A file of products or orders is taken back (撤销导入): what nobody touched since is struck out, and stays to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.archives.models import Hold
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.evidence.services import Act, one_entry, record
from guiju.files.models import Attachment
from guiju.kernel.errors import Missing, Refused
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.selectors.attachments import KIND as ORDER_FILES
from guiju.orders.selectors.imports import ids_in
from guiju.orders.services.clock import REFUND
from guiju.orders.services.orders import lock_orders
from guiju.orders.services.products import lock_products
from guiju.orders.services.table_import import UNITS, require_import
from guiju.organisations.models import Member

BECAUSE = "撤销导入"
MOST_TOLD = 1000
_BATCH = 500


@transaction.atomic
def undo_table_import(*, import_id: UUID, actor: Member) -> TableImport:
    """Take a file of products or orders back (撤销产品和订单的导入); the worker does it."""
    found = TableImport.objects.select_for_update(of=("self",)).filter(pk=import_id, member=actor).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或不是您上传的")
    require_import(found.kind, actor)
    if found.state == TableImport.State.UNDOING:
        # Its worker stopped on the way: the same is asked once more.
        return found
    if found.state != TableImport.State.DONE:
        raise Refused("import_decided", "只有导入完成的才能撤销，请看它的结果")
    if not found.made:
        raise Refused("nothing_imported", f"这次导入没有登记新的{found.get_kind_display()}，没有可以撤销的")
    found.state = TableImport.State.UNDOING
    found.save(update_fields=["state"])
    return found


@transaction.atomic
def run_table_undo(*, import_id: UUID, actor: Member, at: datetime) -> TableImport:
    """Strike out what an import brought and nobody touched since (执行撤销), all of it or after a crash nothing.

    An order becomes void and a product is taken off; neither is deleted, and the same file brings them back.
    """
    found = TableImport.objects.select_for_update(of=("self",)).get(pk=import_id)
    if found.state != TableImport.State.UNDOING:
        return found
    require_import(found.kind, actor)
    is_orders = found.kind == TableImport.Kind.ORDERS
    (lock_orders if is_orders else lock_products)(found.entity_id)
    act = Act("orders.undo_import", actor, at, (), BECAUSE)
    back: list[UUID] = []
    stays: list[list[str]] = []
    for rows in _made_by(found, Order if is_orders else Product):
        why = (_orders_touched if is_orders else _products_touched)(rows)
        back += _strike_out([row for row in rows if row.pk not in why], act)
        stays += [[str(row), str(row.pk), why[row.pk]] for row in rows if row.pk in why]
    found.state = TableImport.State.UNDONE
    found.undo = {"at": at.isoformat(), "back": len(back), "stay": len(stays), "stays": stays[:MOST_TOLD]}
    found.outcome = f"已撤销{len(back)}{UNITS[found.kind]}" + (
        f"，{len(stays)}{UNITS[found.kind]}留着" if stays else ""
    )
    # What stays is no longer the import's: only what went may come in once more.
    found.made, found.content, found.problems = b"".join(pk.bytes for pk in back), b"", b""
    found.save(update_fields=["state", "undo", "outcome", "made", "content", "problems"])
    return found


def _made_by(found: TableImport, model: type[Any]) -> Iterator[list[Any]]:
    ids = ids_in(found.made)
    for start in range(0, len(ids), _BATCH):
        rows = model.objects.select_for_update(of=("self",)).filter(pk__in=ids[start : start + _BATCH])
        yield list(rows.order_by("pk"))


def _strike_out(rows: Sequence[Any], act: Act) -> list[UUID]:
    if rows:
        ends = "voided_at" if isinstance(rows[0], Order) else "ended_at"
        with one_entry(act, about=rows[0]):
            for row in rows:
                setattr(row, ends, act.at)
                row.changed_at = act.at
                row.save(update_fields=[ends, "changed_at"])
                record(act, entity_id=row.entity_id, subject=row)
    return [row.pk for row in rows]


def _products_touched(rows: Sequence[Product]) -> dict[UUID, str]:
    ids = [row.pk for row in rows]
    sold = Order.objects.filter(product__in=ids).order_by().values_list("product_id", flat=True).distinct()
    return _changed(rows) | dict.fromkeys(sold, "已有订单")


def _orders_touched(rows: Sequence[Order]) -> dict[UUID, str]:
    """Which orders stay, and why. Who strikes out an order of which goods came back would stop a statutory clock with
    it: that is somebody else's right (`undo_step`)."""
    ids = [row.pk for row in rows]
    of_person = {row.pk: row.customer.subject_id for row in _with_people(ids)}
    people = {pk for pk in of_person.values() if pk}
    held = set(Hold.objects.filter(subject_id__in=people, lifted_at=None).values_list("subject_id", flat=True))
    clocks = Duty.objects.filter(kind=REFUND, subject_id__in=ids, state__in=RUNNING)
    files = Attachment.objects.filter(owner_kind=ORDER_FILES, owner_id__in=ids, removed_at=None)
    return (
        {pk: "客户在保全中" for pk, subject_id in of_person.items() if subject_id in held}
        | dict.fromkeys(files.values_list("owner_id", flat=True), "有附件")
        | {pk: _RUNS for pk in clocks.values_list("subject_id", flat=True) if pk}
        | _changed(rows)
    )


_RUNS = "已退货，退款的期限在走：先在订单页撤销退货"


def _with_people(ids: Sequence[UUID]) -> Sequence[Order]:
    return list(Order.objects.filter(pk__in=ids).select_related("customer").only("customer__subject_id"))


def _changed(rows: Sequence[Any]) -> dict[UUID, str]:
    return {row.pk: "后来办理或改过" for row in rows if row.changed_at != row.made_at}
