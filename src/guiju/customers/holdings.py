"""Where this part holds what people may have deleted (留存处)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.urls import reverse

from guiju.archives.registry import (
    ADDRESSES,
    AFTERWARDS,
    LOCKS,
    TAKEN_IN,
    Holder,
    Period,
    register_holder,
    register_period,
)
from guiju.customers.models import Contact, Customer, Note, Wanting
from guiju.customers.owning import OwnerChange
from guiju.customers.registry import MOVED, Moved
from guiju.customers.relating import Tie
from guiju.customers.selectors import along, attachments, held
from guiju.customers.selectors.by_phone import addresses_of_subject, earlier_addresses, key_of_address, known_by_keys
from guiju.customers.selectors.merges import taken_in
from guiju.customers.services import downstream, erasing, handing_over, import_undo
from guiju.customers.services.contacts import locked_contact
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.files_along import MovedFiles
from guiju.customers.services.import_files import KEPT_DAYS
from guiju.customers.services.ties import MovedTies, count_ties, destroy_ties
from guiju.customers.services.wanting import close_refused
from guiju.files.models import Attachment
from guiju.files.registry import Owner, OwnerKind, register_owner
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS, Holding
from guiju.privacy.registry import (
    ADDRESS_BOOKS,
    ANSWERED,
    HEARERS,
    REACHED_AT,
    WAS_REACHED_AT,
    AddressBook,
    Keeper,
    register_keeper,
)


def _addresses(entity_id: UUID, subjects: Sequence[UUID]) -> Mapping[UUID, str]:
    found: dict[UUID, str] = {}
    for model, page in ((Contact, "contact_detail"), (Customer, "customer_detail")):
        rows = model._default_manager.filter(entity_id=entity_id, subject_id__in=subjects)
        found |= {
            subject_id: reverse(page, args=[pk])
            for subject_id, pk in rows.values_list("subject_id", "pk")
            if subject_id is not None
        }
    return found


def _locked_owner(member: Member, customer_id: UUID, at: datetime) -> Owner:
    customer = locked_customer(customer_id, member, "customer.read", at)
    return attachments.owner_seen(member, customer.pk, day_of(at))


def _locked_contact(member: Member, contact_id: UUID, at: datetime) -> Owner:
    contact = locked_contact(contact_id, member, "customer.read", at)
    return attachments.contact_seen(member, contact.pk, day_of(at))


ADDRESSES.append(_addresses)
AFTERWARDS.append(import_undo.end_deleted)
LOCKS.extend((erasing.lock_customers, erasing.lock_people))
TAKEN_IN.append(taken_in)

register_owner(
    OwnerKind(
        attachments.KIND,
        "客户",
        attachments.owner_seen,
        _locked_owner,
        attachments.born_of,
        attachments.ended_of,
    )
)

register_owner(
    OwnerKind(
        attachments.CONTACT,
        "联系人",
        attachments.contact_seen,
        _locked_contact,
        attachments.contact_born,
        attachments.contacts_ended,
    )
)

for _code, _model in (("customers.customer", Customer), ("customers.contact", Contact)):
    register_keeper(
        Keeper(
            _code,
            partial(held.after, _model),
            partial(held.of, _model),
            partial(held.names, _model),
            partial(held.with_consents, _model),
        )
    )

for _code, _along in (("customers.tags", along.TAGS), ("customers.ties", along.TIES), ("customers.notes", along.NOTES)):
    register_keeper(_along.keeper(_code))

register_holder(Holder("customers.values", "客户和联系人的字段", erasing.count_values, erasing.destroy_values))
register_holder(Holder("customers.notes", "跟进记录", erasing.count_notes, erasing.destroy_notes))
register_holder(Holder("customers.files", "导入的原文件", erasing.count_files, erasing.destroy_files))
register_holder(Holder("customers.bulk", "批量操作的记录", erasing.count_bulk, erasing.destroy_bulk))
register_holder(Holder("customers.ties", "客户之间的关系", count_ties, destroy_ties))

register_period(
    Period(
        "import_files",
        "导入的原文件和退回的内容",
        "上传",
        None,
        f"内部规则：{KEPT_DAYS}天；没有确认、没有导完的一并清除",
        "个人信息：实现目的所必要的最短时间（个人信息保护法第十九条）",
        "每天自动清除；导入的客户不受影响",
    )
)

MOVED["customers.contact"] = Moved("联系人", Contact, "位")
MOVED["customers.note"] = Moved("跟进记录", Note)
MOVED["files.attachment"] = MovedFiles("附件", Attachment, "个")
MOVED["customers.tie"] = MovedTies("关系", Tie)
MOVED["customers.ownerchange"] = Moved("负责人变动", OwnerChange, "次", counts=False)
MOVED["customers.wanting"] = Moved("待补同意", Wanting, counts=False)

ANSWERED.append(close_refused)
REACHED_AT.append(addresses_of_subject)
WAS_REACHED_AT.append(earlier_addresses)
HEARERS["customers.wanting"] = downstream.close_wanted
HEARERS["customers.downstream"] = downstream.post_ended
ADDRESS_BOOKS.append(AddressBook(key_of_address, known_by_keys))

HOLDINGS.append(Holding("客户", handing_over.count_held, handing_over.hand_over, handing_over.release_held, "放入公海"))
