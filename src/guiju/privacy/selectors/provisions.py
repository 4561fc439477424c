"""Reads of what other companies saw of a company's people (提供、委托处理的记录)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from guiju.database.scope import require_scope, scope_with
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import covered_by, reach_of, refusal_of
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Provision
from guiju.privacy.selectors.catalogue import catalogue_of


def provisions_for(member: Member) -> QuerySet[Provision]:
    """What others saw of the people of a member's company, the newest first; raises `NotAllowed`."""
    if reach_of(member, "provision.read") is None:
        raise refusal_of("provision.read")
    require_scope()
    rows = Provision.objects.filter(covered_by(member, "provision.read"))
    return rows.select_related("by").order_by("-at", "-pk")


@dataclass(frozen=True)
class ProvisionLine:
    """One look in words."""

    row: Provision
    receiver: str
    purpose: str
    fields: str

    @property
    def basis(self) -> str:
        return "提供" if self.row.is_provided else "委托或者共同处理"


def lines_of_provisions(member: Member, rows: Iterable[Provision]) -> list[ProvisionLine]:
    """These looks in words, with the fields as the company calls them."""
    known = {
        f"{kind}.{code}": one.label
        for kind, some in catalogue_of(member.entity_id).items()
        for code, one in some.items()
    }
    found = list(rows)
    receivers = {one.receiver_id for one in found}
    # A company above is out of sight; who got something of one's people is called by name all the same.
    with scope_with(*receivers):
        names = dict(Entity.objects.filter(pk__in=receivers).values_list("pk", "name"))
    return [
        ProvisionLine(
            one,
            names.get(one.receiver_id, "另一家公司"),
            PURPOSES.get(one.purpose, one.purpose),
            "、".join(dict.fromkeys(known.get(name, name) for name in one.fields)),
        )
        for one in found
    ]
