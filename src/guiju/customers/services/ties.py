"""Two customers have to do with each other (客户关系): written down, ended, and what merging and deletion do with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from guiju.archives.registry import Destroyed, Target
from guiju.customers.models import Customer
from guiju.customers.records import TIE
from guiju.customers.registry import Moved
from guiju.customers.relating import TIE_KINDS, Tie, TieKind
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.erasing import companies_named
from guiju.customers.services.notes import require_allowed
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.services.freezing import refuse_frozen
from guiju.privacy.terms import FieldState

MOST = 100
"""Ties of one customer; who has more is no customer but a directory."""


@transaction.atomic
def add_tie(*, one_id: UUID, other_id: UUID, kind: str, actor: Member, at: datetime) -> Tie:
    """Write down how two customers stand to each other (登记客户关系): `other_id` is what the kind says, of `one_id`.

    It is personal data: raises `Refused` where nothing may be written down about one of them, or the company has taken
    ties out of use, and `Missing` for somebody whom the member may not see.
    """
    found = TIE_KINDS.get(kind)
    if found is None:
        raise Refused("tie_unknown", f"关系可填：{'、'.join(TIE_KINDS)}", field="kind")
    one, other = _locked_pair(one_id, other_id, actor, at)
    if problem := _misfit(found, one, other):
        raise Refused.because([problem])
    if fields_of(one.entity_id, TIE)["kind"].state is not FieldState.ACTIVE:
        why = "字段台账里与其他客户的关系没有启用，不能登记：请数据专员启用"
        raise Refused("ties_inactive", why, field="kind")
    for customer in (one, other):
        refuse_frozen(customer.subject, TIE)
        require_allowed(customer, at)
    with scope_with(one.entity_id):
        _refuse_twice(found, one, other)
        made = Tie(id=new_id(), entity_id=one.entity_id, one=one, other=other, kind=kind, by=actor, made_at=at)
        made.save(force_insert=True)
        record(Act("customers.add_tie", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def end_tie(*, tie_id: UUID, actor: Member, at: datetime) -> Tie:
    """Write that two customers have nothing to do with each other any more (结束客户关系); that it was stays written."""
    found = Tie.objects.filter(pk=tie_id).first()
    if found is None or found.one_id is None or found.other_id is None:
        raise Missing("tie_missing", "没有这个关系，或您的角色看不到")
    for customer in _locked_pair(found.one_id, found.other_id, actor, at):
        refuse_frozen(customer.subject, TIE)
    with scope_with(found.entity_id):
        found = Tie.objects.select_for_update(of=("self",)).get(pk=tie_id)
        if found.ended_at:
            raise Refused("tie_ended", "这个关系已经结束")
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        record(Act("customers.end_tie", actor, at), entity_id=found.entity_id, subject=found)
    return found


def _locked_pair(one_id: UUID, other_id: UUID, actor: Member, at: datetime) -> tuple[Customer, Customer]:
    """Both, in one order: both have to be in sight, and one of them in the member's hands."""
    if one_id == other_id:
        raise Refused("tie_itself", "要选两位不同的客户", field="other")
    found = {pk: locked_customer(pk, actor, "customer.read", at) for pk in sorted((one_id, other_id))}
    sight = sight_of(actor, "customer.change", on=day_of(at))
    if sight.reach is None or not sight.of(Customer.objects.filter(pk__in=found), owner="owner").exists():
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    one, other = found[one_id], found[other_id]
    if one.entity_id != other.entity_id:
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    if one.erased_at or other.erased_at:
        raise Refused("customer_erased", "其中一位的信息已经依法删除", field="other")
    return one, other


def _misfit(kind: TieKind, one: Customer, other: Customer) -> Problem | None:
    for wanted, customer in ((kind.one, one), (kind.other, other)):
        if wanted and customer.kind != wanted:
            label = Customer.Kind(wanted).label
            return Problem("tie_kinds", f"“{kind.label}”的这一方要是{label}客户：请换一种关系或另一位客户", "kind")
    return None


def _refuse_twice(kind: TieKind, one: Customer, other: Customer) -> None:
    rows = Tie.objects.filter(entity_id=one.entity_id, kind=kind.code, ended_at=None)
    if rows.filter(one=one, other=other).exists() or (kind.is_mutual and rows.filter(one=other, other=one).exists()):
        raise Refused("tie_twice", "这个关系已经登记过", field="kind")
    if rows.filter(one=other, other=one).exists():
        raise Refused("tie_reverse", "这两位的这种关系已经反过来登记过：先结束那一条", field="kind")
    if rows.filter(Q(one=one) | Q(other=one)).count() >= MOST:
        raise Refused("ties_many", f"一位客户同一种关系最多{MOST}个", field="kind")


class MovedTies(Moved):
    """Ties follow whoever was merged; one between the two, or that the other has already, stays behind and shows
    nowhere until the merge is undone."""

    def move(self, gone: Any, kept: Any, act: Act) -> list[str]:
        return self._hand(self._of(gone), gone, kept, act)

    def back(self, ids: Sequence[str], kept: Any, gone: Any, act: Act) -> list[str]:
        return self._hand(self._of(kept).filter(pk__in=ids), kept, gone, act)

    def any_of(self, customers: Sequence[UUID]) -> set[UUID]:
        rows = Tie.objects.filter(Q(one__in=customers) | Q(other__in=customers)).values_list("one_id", "other_id")
        return {pk for pair in rows for pk in pair if pk in set(customers)}

    def _of(self, customer: Any) -> QuerySet[Tie]:
        return Tie.objects.filter(Q(one=customer) | Q(other=customer))

    def _hand(self, rows: QuerySet[Tie], whose: Any, to: Any, act: Act) -> list[str]:
        has = {_sameness(one.kind, one.one_id, one.other_id) for one in self._of(to).filter(ended_at=None)}
        given = []
        for row in rows.select_for_update(of=("self",)).order_by("pk"):
            ends = [to.pk if pk == whose.pk else pk for pk in (row.one_id, row.other_id)]
            if ends[0] == ends[1] or (row.ended_at is None and _sameness(row.kind, *ends) in has):
                continue
            row.one_id, row.other_id = ends
            if row.ended_at is None:
                has.add(_sameness(row.kind, *ends))
            row.save(update_fields=["one", "other"])
            record(act, entity_id=row.entity_id, subject=row)
            given.append(str(row.pk))
        return given


def _sameness(kind: str, one: UUID | None, other: UUID | None) -> tuple[str, Collection[UUID | None]]:
    """By what two ties are the same: one that is mutual is so whichever of the two was written down first."""
    known = TIE_KINDS.get(kind)
    return kind, frozenset((one, other)) if known and known.is_mutual else (one, other)


def count_ties(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return {key: len(rows) for key, rows in _ties(entity_id, targets).items()}


def destroy_ties(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Empty the ties of these customers: whom they had to do with goes with either of the two."""
    done, found = Destroyed(), _ties(entity_id, targets)
    wanted = {pk for rows in found.values() for pk in rows}
    for row in Tie.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"):
        row.one, row.other, row.kind, row.ended_at = None, None, "", row.ended_at or act.at
        row.save(update_fields=["one", "other", "kind", "ended_at"])
        record(act, entity_id=entity_id, subject=row)
        for key in (key for key, rows in found.items() if row.pk in rows):
            done.add(key, row, ["one_id", "other_id", "kind"])
    return done


def _ties(entity_id: UUID, targets: Sequence[Target]) -> dict[UUID, set[UUID]]:
    """The ties of the customers of whom these go, by the person; of a company by its record."""
    whole = [one.subject_id for one in targets if one.names(TIE, "kind")]
    companies = companies_named(entity_id, whole)
    about = Q(subject_id__in=whole) | Q(subject=None, pk__in=companies)
    keys = {
        pk: whose or companies[pk]
        for pk, whose in Customer.objects.filter(about, entity_id=entity_id).values_list("pk", "subject_id")
    }
    rows = Tie.objects.filter(Q(one__in=keys) | Q(other__in=keys), entity_id=entity_id)
    found: dict[UUID, set[UUID]] = {}
    for pk, *ends in rows.values_list("pk", "one_id", "other_id"):
        for key in _keys(keys, ends):
            found.setdefault(key, set()).add(pk)
    return found


def _keys(keys: Mapping[UUID, UUID], ends: Iterable[UUID | None]) -> set[UUID]:
    return {keys[end] for end in ends if end is not None and end in keys}
