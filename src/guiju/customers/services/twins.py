"""Two salespeople and one customer (撞单): found by phone, e-mail, identity number or credit code, within a company only.

Across companies nothing is compared: each is a handler of its own (个人信息保护法 第二十三条). Whose data may only be
stored is found all the same, or they would be entered anew; of them nothing is told but that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.values import MARKS, key_of
from guiju.database.locks import hold
from guiju.kernel.errors import Problem, Refused

IN_USE = Q(hidden_at=None) | Q(merged_into__isnull=False)
"""Who was taken back with their import isn't there; by the phone of somebody merged the one they went into is found."""

_BUSY = "有人正在登记或导入同一位客户：请过一会儿再试"


@dataclass(frozen=True)
class Twin:
    """What anybody in the company may know of a customer that is there already: who looks after it, since when.

    Of one whose data may only be stored, that it is so.
    """

    code: str
    owner: str
    since: datetime
    is_frozen: bool = False

    def sentence(self) -> str:
        label = MARKS[self.code][1]
        if self.is_frozen:
            return f"已有这个{label}的记录，正在限制处理，请联系数据合规员"
        who = f"由{self.owner}负责" if self.owner else "在公海"
        return f"本公司已有这个{label}的客户，{who}，{timezone.localtime(self.since):%Y-%m-%d}登记"

    def problem(self) -> Problem:
        if self.is_frozen:
            return Problem("customer_restricted", self.sentence(), self.code)
        tail = "确实不是同一位的，勾选“不是同一位客户”再保存（只在本公司内比对）"
        return Problem("customer_twice", f"{self.sentence()}：{tail}", self.code)


def twins_of(entity_id: UUID, code: str, values: Iterable[str], *, but: UUID | None = None) -> Mapping[str, Twin]:
    """The customers of a company that have one of these values, themselves or, a phone, by a contact.

    One customer may be left out, with whoever went into it.
    """
    keys = {key_of(entity_id, code, value): value for value in values if value}
    if not keys:
        return {}
    frozen = Q(subject__frozen_at__isnull=False) | Q(subject__frozen_fields__has_key=f"person.{code}")
    rows = Customer.objects.filter(IN_USE, Q(ended_on=None) | frozen, entity_id=entity_id)
    if but is not None:
        rows = rows.exclude(pk=but).filter(Q(merged_into=None) | ~Q(merged_into_id=but))
    named, made = Coalesce("merged_into__owner__user__name", "owner__user__name"), "merged_into__made_at"
    found = _found(rows, code, MARKS[code][0], keys, named, Coalesce(made, "made_at"))
    if code == "phone":
        contacts = Contact.objects.filter(entity_id=entity_id, ended_at=None)
        if but is not None:
            contacts = contacts.exclude(customer_id=but)
        owner, since = F("customer__owner__user__name"), F("customer__made_at")
        found = _found(contacts, code, "phone_key", keys, owner, since) | found
    return found


def _found(
    rows: QuerySet[Customer] | QuerySet[Contact],
    code: str,
    column: str,
    keys: Mapping[bytes, str],
    owner: Coalesce | F,
    since: Coalesce | F,
) -> dict[str, Twin]:
    found: dict[str, Twin] = {}
    wanted = rows.filter(**{f"{column}__in": list(keys)}).values_list(
        column, owner, since, "subject__frozen_at", "subject__frozen_fields"
    )
    for key, name, day, frozen_at, fields in wanted:
        is_frozen = frozen_at is not None or any(one.endswith(f".{code}") for one in fields or ())
        value = keys[bytes(key)]
        # Of several that one is told that forbids more.
        if value not in found or is_frozen:
            found[value] = Twin(code, name or "", day, is_frozen)
    return found


def refuse_twins(entity_id: UUID, marks: Mapping[str, str], *, is_another: bool, but: UUID | None = None) -> None:
    """Raise `Refused` where the company has somebody with one of these values already, by field.

    Who says that it `is_another` enters them all the same, unless what is there may only be stored. Others who enter
    the same wait until this transaction ends.
    """
    hold(_company(entity_id), seconds=30, busy=_BUSY, is_shared=True)
    for code, value in sorted(marks.items()):
        hold(f"customers.mark/{entity_id}/{code}/{key_of(entity_id, code, value).hex()}", seconds=30, busy=_BUSY)
    twins = [twin for code, value in marks.items() for twin in twins_of(entity_id, code, [value], but=but).values()]
    if problems := [one.problem() for one in twins if one.is_frozen or not is_another]:
        raise Refused.because(problems)


def hold_all_marks(entity_id: UUID) -> None:
    """Nobody else enters customers of a company until this transaction ends: for who enters a thousand at once."""
    hold(_company(entity_id), seconds=600, busy=_BUSY)


def _company(entity_id: UUID) -> str:
    return f"customers.marks/{entity_id}"


@dataclass(frozen=True)
class Namesake:
    """A company of the same name that is there already: it may be the same, and may be another."""

    id: UUID
    owner: str
    since: datetime

    def sentence(self) -> str:
        who = f"由{self.owner}负责" if self.owner else "在公海"
        return f"本公司已有同名的单位，{who}，{timezone.localtime(self.since):%Y-%m-%d}登记：是同一家吗？"


_MOST_NAMESAKES = 3


def namesakes_of(customer: Customer) -> list[Namesake]:
    """Companies of the same plain name as one without a credit code, which would tell; the oldest first."""
    if customer.kind != Customer.Kind.COMPANY or customer.extra.get("unified_code"):
        return []
    rows = Customer.objects.filter(
        entity_id=customer.entity_id,
        kind=Customer.Kind.COMPANY,
        # Found by the index of pieces, then compared as a whole.
        name_keys__contains=customer.name_keys,
        plain_name=customer.plain_name,
        ended_on=None,
        erased_at=None,
        hidden_at=None,
    )
    found = rows.exclude(pk=customer.pk).order_by("made_at").values_list("pk", "owner__user__name", "made_at")
    return [Namesake(pk, name or "", since) for pk, name, since in found[:_MOST_NAMESAKES]]
