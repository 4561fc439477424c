"""What ended for customers follows in this part, and a company's own systems hear of it (下游系统).

They get the ids of customers and what ended, never a value. The notice goes through the outbox: signed, sent again
until it arrives, and not twice after a restore. `event` is the same however often it comes.
"""

from __future__ import annotations

from guiju.customers.models import Contact, Customer, Wanting
from guiju.customers.selectors.wanting import questions_of
from guiju.customers.values import born, values_of
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.notifications.models import Sort
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.selectors.ways import channels_of
from guiju.notifications.services.posting import Contact as Reached
from guiju.notifications.services.posting import NewNotice, post_notice
from guiju.privacy.ages import asks_about_each
from guiju.privacy.models import Consent, Ending
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.noes import noes_of
from guiju.privacy.selectors.notices import notice_in_force, told_by

ENDED = register_notice(
    NoticeKind(
        "customers.ended",
        "撤回、拒收、仅存储、删除（给本公司的其他系统，只有编号）",
        "{words}",
        "客户 {customers} 联系人 {contacts}：{words}，目的 {purpose}，字段 {fields}，自 {at}",
        {
            "event": "01981c0e-5f2a-7c11-8a54-0a3f6b1d2c4e",
            "what": "withdrawn",
            "words": "撤回同意",
            "customers": "01981c0e-0000-7000-8000-000000000001",
            "contacts": "",
            "purpose": "marketing",
            "fields": "person.phone",
            "recipient": "",
            "at": "2026-11-24T10:00:00+08:00",
        },
        route=(Sort.WEBHOOK,),
        purpose="compliance",
    )
)


def post_ended(ended: Ending, act: Act) -> None:
    """Put what ended into the outbox for the company's own systems, where it has told them to be told."""
    channel = channels_of(ended.entity_id).get(Sort.WEBHOOK)
    if channel is None or ENDED.code not in channel.settings.get("kinds", ()):
        return
    customers, contacts = (
        model._default_manager.filter(entity_id=ended.entity_id, subject_id__in=ended.people).order_by("pk")
        for model in (Customer, Contact)
    )
    values = {
        "event": str(ended.pk),
        "what": str(ended.sort),
        "words": ended.get_sort_display(),
        "customers": " ".join(str(pk) for pk in customers.values_list("pk", flat=True)),
        "contacts": " ".join(str(pk) for pk in contacts.values_list("pk", flat=True)),
        "purpose": ended.purpose,
        "fields": " ".join(ended.fields),
        "recipient": str(ended.recipient_id or ""),
        "at": ended.at.astimezone(CHINA).isoformat(),
    }
    # The occasion, not the row: a restore that does a withdrawal again tells nothing twice.
    key = f"{ENDED.code}:{ended.sort}:{ended.cause_id}:{ended.at.isoformat()}:{'-'.join(ended.people)[:36]}"
    post_notice(NewNotice(ENDED.code, ended.entity_id, key[:200], values, contact=Reached()), act)


def close_wanted(ended: Ending, act: Act) -> None:
    """What waits for a yes that somebody has said no to isn't waited for any more."""
    rows = Wanting.objects.select_for_update(of=("self",)).filter(customer__subject_id__in=ended.people, closed_at=None)
    notice = told_by(notice_in_force(ended.entity_id))
    for row in rows.select_related("customer__subject", "customer__entity").order_by("pk"):
        customer = row.customer
        assert customer.subject is not None
        fields = fields_of(ended.entity_id, customer.record)
        age = customer.subject.age(born(values_of(customer)), day_of(act.at))
        each = asks_about_each(age, customer.entity.sector)
        asked = questions_of([row], fields, notice, each=each)
        consents = list(Consent.objects.filter(subject=customer.subject).order_by("given_at", "pk"))
        noes = noes_of(customer.subject.pk, consents)
        if asked and all(any(no.answers(one.purpose, one.fields, None) for no in noes) for one in asked):
            row.closed_at, row.closing = act.at, Wanting.Closing.REFUSED
            row.save(update_fields=["closed_at", "closing"])
