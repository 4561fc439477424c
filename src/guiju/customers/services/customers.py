"""Customers are entered, changed, and given into other hands (客户)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.owning import OwnerChange
from guiju.customers.services.hands import note_hands
from guiju.customers.services.intake import How, take_in
from guiju.customers.services.tags import checked_tags, refuse_unseen
from guiju.customers.services.twins import Namesake, namesakes_of, refuse_twins
from guiju.customers.services.wanting import close_entered
from guiju.customers.values import MARKS, values_of
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, reach_of, refusal_of, require, sight_of
from guiju.privacy.services.freezing import refuse_frozen

LONGEST_REASON = 200


@dataclass(frozen=True)
class Saved:
    """What was saved, and the values that weren't: each with its reason, the article, and what to do."""

    customer: Customer
    refused: tuple[Problem, ...] = field(default=())
    namesakes: tuple[Namesake, ...] = field(default=())
    """Companies of the same name, of which somebody should say whether they are the same."""


@transaction.atomic
def add_customer(
    *,
    kind: str,
    values: Mapping[str, str],
    how: How,
    actor: Member,
    at: datetime,
    owner: Member | None = None,
    is_another: bool = False,
    tags: Sequence[str] = (),
) -> Saved:
    """Enter a customer (登记客户): what may be taken in is saved, the rest is named with its reason.

    Tags need the right to tag as well. Raises `Refused` as `take_in` does, and for a phone, e-mail address or number that a customer of the company has
    already, unless it `is_another`; raises `NotAllowed`.
    """
    require(actor, "customer.add", on=actor.entity_id)
    if tags and reach_of(actor, "customer.tag") is None:
        raise refusal_of("customer.tag")
    if kind not in Customer.Kind.values:
        raise Refused("kind_unknown", "客户的性质是“个人”或“单位”", field="kind")
    customer = Customer(
        id=new_id(),
        entity_id=actor.entity_id,
        kind=kind,
        owner=owner or actor,
        made_by=actor,
        made_at=at,
        changed_at=at,
        tags=checked_tags(tags, entity_id=actor.entity_id),
    )
    act = Act("customers.add_customer", actor, at)
    with one_entry(act, about=customer):
        refused = take_in(customer, values, how, act, is_new=True)
        refuse_twins(customer.entity_id, _marks(values_of(customer)), is_another=is_another)
        customer.save(force_insert=True)
        record(act, entity_id=customer.entity_id, subject=customer)
    return Saved(customer, refused, tuple(namesakes_of(customer)))


@transaction.atomic
def change_customer(
    *,
    customer_id: UUID,
    values: Mapping[str, str],
    how: How,
    actor: Member,
    at: datetime,
    seen: int | None = None,
    reason: str = "",
    is_another: bool = False,
    tags: Sequence[str] | None = None,
) -> Saved:
    """Change values of a customer (修改客户); an empty one is taken away, one that isn't given stays.

    `seen` is the version that the member had before them: what somebody else changed meanwhile isn't
    overwritten. Tags change for who may tag the customer and sees them. A value that makes them a twin is refused as for a new customer.
    """
    customer = locked_customer(customer_id, actor, "customer.change", at)
    act = Act("customers.change_customer", actor, at, (), " ".join(reason.split())[:LONGEST_REASON])
    return change_values(customer, values, how, act, seen, is_another=is_another, tags=tags)


def change_values(
    customer: Customer,
    values: Mapping[str, str],
    how: How,
    act: Act,
    seen: int | None,
    *,
    is_another: bool = False,
    tags: Sequence[str] | None = None,
) -> Saved:
    """The same for services that have locked the customer and asked permission."""
    with scope_with(customer.entity_id):
        if seen is not None and version_of(customer) != seen:
            raise Refused("changed_meanwhile", "这位客户刚刚被别人改过：请刷新页面，看过新的内容再改")
        with one_entry(act, about=customer):
            before = _marks(values_of(customer))
            wanted = (
                customer.tags if tags is None else checked_tags(tags, entity_id=customer.entity_id, but=customer.tags)
            )
            try:
                refused = take_in(customer, values, how, act, is_new=False)
            except Refused as refusal:
                if refusal.code != "nothing_changed" or wanted == customer.tags:
                    raise
                refused = ()
            if wanted != customer.tags:
                assert isinstance(act.actor, Member)
                refuse_unseen(customer, act.actor, act.at)
            customer.tags = wanted
            made = {code: value for code, value in _marks(values_of(customer)).items() if value != before.get(code)}
            refuse_twins(customer.entity_id, made, is_another=is_another, but=customer.pk)
            customer.changed_at = act.at
            customer.save()
            record(act, entity_id=customer.entity_id, subject=customer)
        back = {one.field for one in refused}
        close_entered(customer, [code for code, text in values.items() if text and code not in back], act.at)
    return Saved(customer, refused)


def _marks(values: Mapping[str, str]) -> dict[str, str]:
    return {code: values[code] for code in MARKS if code in values}


@transaction.atomic
def assign_customer(*, customer_id: UUID, to: Member, actor: Member, at: datetime) -> Customer:
    """Give a customer into other hands of the same company (分配客户)."""
    customer = locked_customer(customer_id, actor, "customer.assign", at)
    if to.entity_id != customer.entity_id or to.left_at:
        raise Refused("owner_company", "负责人要是同一家公司的在职成员", field="owner")
    refuse_blind(to, at, field="owner")
    if customer.owner_id == to.pk:
        raise Refused("nothing_changed", f"{to.user.name}已经是负责人")
    before, act = customer.owner_id, Act("customers.assign_customer", actor, at)
    customer.owner, customer.pooled_at, customer.changed_at = to, None, at
    customer.save(update_fields=["owner", "pooled_at", "changed_at"])
    with scope_with(customer.entity_id):
        note_hands([(customer, before)], OwnerChange.Way.ASSIGNED, act)
        record(act, entity_id=customer.entity_id, subject=customer)
    return customer


def refuse_blind(to: Member, at: datetime, *, field: str) -> None:
    """Raise `Refused` for somebody who couldn't see the customers that they are to look after."""
    if not allows(to, "customer.read", on=to.entity_id) and sight_of(to, "customer.read", on=day_of(at)).reach is None:
        raise Refused("owner_right", f"{to.user.name}的角色看不了客户", field=field)


def locked_customer(customer_id: UUID, actor: Member, right: str, at: datetime) -> Customer:
    """A customer that a right of the member covers, locked; raises `Missing`."""
    sight = sight_of(actor, right, on=day_of(at))
    rows = Customer.objects.select_for_update(of=("self",)).filter(pk=customer_id)
    found = None
    if sight.reach is not None:
        with scope_with(*sight.scope):
            found = sight.of(rows, owner="owner").first()
    if found is None:
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    if found.hidden_at:
        if found.merged_into_id:
            raise Refused("customer_merged", "这位客户已经与另一位合并：请在合并后的客户那里办理")
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    if right in ("customer.change", "customer.merge"):
        with scope_with(found.entity_id):
            refuse_frozen(found.subject)
    return found
