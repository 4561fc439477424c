"""What becomes of orders and of their files when a person is deleted (删除权)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from guiju.archives.registry import Destroyed, Target
from guiju.customers.models import Customer
from guiju.customers.selectors.attachments import KIND as OF_CUSTOMER
from guiju.customers.values import ERASED_NAME, put_keys
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.kernel.calendar.clock import day_of
from guiju.orders.models import Order, TableImport
from guiju.orders.records import RECORD
from guiju.orders.selectors import attachments
from guiju.orders.selectors.trades import BECAUSE, keep_buyers, stored_of
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root
from guiju.privacy.services.freezing import store_only

KEPT = timedelta(days=30)
"""So long a file waits to be confirmed, and its rows that came back to be mended."""


def count_orders(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    rows = Order.objects.filter(entity_id=entity_id, customer__subject_id__in=_whole(targets)).order_by()
    return dict(rows.values_list("customer__subject_id").annotate(Count("pk")))


def count_buyers(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    rows = Order.objects.filter(entity_id=entity_id, customer__subject_id__in=_losing(targets)).order_by()
    return dict(rows.values_list("customer__subject_id").annotate(Count("pk")))


def cut_buyers(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Let orders of which a person loses anything be of nobody: as an account each stays whole.

    Who goes as a whole leaves an empty row behind, which shows nobody either.
    """
    done, people = Destroyed(), _losing(targets)
    rows = Order.objects.filter(entity_id=entity_id, customer__subject_id__in=people).select_related("customer")
    if not people or not rows.exists():
        return done
    nobody = _nobody(entity_id, act)
    for order in rows.select_for_update(of=("self",)).order_by("pk"):
        assert order.customer.subject_id is not None
        whose, customer_id = order.customer.subject_id, order.customer_id
        order.customer = nobody
        order.save(update_fields=["customer"])
        record(act, entity_id=entity_id, subject=order)
        done.add(whose, order, ["customer_id"])
        _hand_files(order, customer_id, whose, act, done)
    return done


def _hand_files(order: Order, customer_id: UUID, whose: UUID, act: Act, done: Destroyed) -> None:
    """Files of the order that are about the person go to the person: they would name both."""
    rows = Attachment.objects.select_for_update(of=("self",)).filter(
        entity_id=order.entity_id, owner_kind=attachments.KIND, owner_id=order.pk, subject_id=whose, erased_at=None
    )
    for file in rows.order_by("pk"):
        file.owner_kind, file.owner_id = OF_CUSTOMER, customer_id
        file.save(update_fields=["owner_kind", "owner_id"])
        record(act, entity_id=order.entity_id, subject=file)
        done.add(whose, file, ["owner_kind", "owner_id"], copies=0)


def _nobody(entity_id: UUID, act: Act) -> Customer:
    """The customer of orders that are of nobody any more: one of a company, and as empty as who was deleted."""
    known = Customer.objects.filter(entity_id=entity_id, subject=None, kind=Customer.Kind.PERSON, name=ERASED_NAME)
    if found := known.order_by("pk").first():
        return found
    day = day_of(act.at)
    made = Customer(id=new_id(), entity_id=entity_id, kind=Customer.Kind.PERSON, name=ERASED_NAME)
    made.made_at = made.changed_at = made.erased_at = made.hidden_at = act.at
    made.ended_on = day
    put_keys(made, {})
    made.save(force_insert=True)
    record(act, entity_id=entity_id, subject=made)
    return made


def store_buyers(entity_id: UUID, targets: Sequence[Target], act: Act) -> None:
    """Let what says who bought be stored and nothing else, in place of its deletion."""
    kept = keep_buyers(entity_id, targets, day_of(act.at))
    for one in targets:
        if one.subject_id in kept:
            store_only(one.subject_id, stored_of(entity_id, one), BECAUSE, act)


def count_files(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    """Any file that is kept still may name the person: its rows belong to nobody yet."""
    count = _kept(entity_id).count()
    return dict.fromkeys(_whole(targets), count) if count else {}


def destroy_files(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Let go of the rows that came back: those of one person can't be told from those of others."""
    copies = dict(count_files(entity_id, targets))
    if copies:
        _kept(entity_id).filter(state=TableImport.State.PREVIEWED).update(
            state=TableImport.State.DROPPED, outcome="有人的信息依法删除，文件一并清除", ended_at=act.at
        )
        _kept(entity_id).update(content=b"", problems=b"")
    return Destroyed(copies=copies)


def let_go_of_files(*, at: datetime) -> None:
    """Forget files that nobody confirmed, and rows that nobody mended (清除导入的原文件), in all companies."""
    root = group_root()
    if root is None:
        return
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for entity_id in companies:
        with scope(entities={entity_id}):
            old = TableImport.objects.filter(entity_id=entity_id, made_at__lt=at - KEPT)
            old.filter(state=TableImport.State.PREVIEWED).update(
                state=TableImport.State.DROPPED, outcome="三十天没有确认，已清除", ended_at=at
            )
            old.exclude(state=TableImport.State.RUNNING).exclude(content=b"", problems=b"").update(
                content=b"", problems=b""
            )


def _kept(entity_id: UUID) -> QuerySet[TableImport]:
    rows = TableImport.objects.filter(entity_id=entity_id, kind=TableImport.Kind.ORDERS)
    return rows.exclude(state=TableImport.State.RUNNING).exclude(content=b"", problems=b"")


def _losing(targets: Sequence[Target]) -> list[UUID]:
    """The people of whom something that stands on orders goes by itself."""
    return [one.subject_id for one in targets if any(name.startswith(f"{RECORD}.") for name in one.fields)]


def _whole(targets: Sequence[Target]) -> list[UUID]:
    return [one.subject_id for one in targets if not one.fields]
