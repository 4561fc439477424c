"""Reads of files with customers on their way in (客户导入)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from guiju.customers.models import CustomerImport
from guiju.customers.selectors.reading import RESOURCE
from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.keys.values import sealed_values
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require, treatment_of
from guiju.organisations.registry import Treatment
from guiju.privacy.ages import is_pupil
from guiju.privacy.fields import Field
from guiju.privacy.masking import LABELS, masked, shown, treated_as
from guiju.privacy.scanning import masked_text
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.terms import AgeGroup


def imports_for(member: Member) -> QuerySet[CustomerImport]:
    """A member's own imports, the newest first, without their files; those of all for who keeps the catalogue.

    A file holds what its sender has, and more than the sender's colleagues may see. Raises `NotAllowed`.
    """
    require(member, "customer.import", on=member.entity_id)
    require_scope()
    found = CustomerImport.objects.filter(entity_id=member.entity_id).defer("content").order_by("-made_at", "-pk")
    return found if allows(member, "catalogue.change", on=member.entity_id) else found.filter(member=member)


def import_for(member: Member, import_id: UUID) -> CustomerImport:
    found = imports_for(member).filter(pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或您的角色看不到它")
    return found


def samples_of(member: Member, found: CustomerImport) -> dict[str, list[str]]:
    """The first cells of each column, by its title, as the matrix shows such values to the member."""
    cells, fields = sealed_values(found, "samples"), catalogue_of(found.entity_id)
    shown_cells = {}
    for column in found.titles:
        title = str(column["title"])
        category = _category(column, found.mapping.get(title, ""), fields)
        texts = cells.get(str(column["place"]), ())
        shown_cells[title] = [_as_shown(member, category, text) for text in texts]
    return shown_cells


def _category(column: Mapping[str, object], target: str, fields: Mapping[str, Mapping[str, Field]]) -> str:
    """That of the field into which a column goes, or what its title and values look like."""
    record, _, code = target.partition(".")
    known = fields.get(record, {}).get(code)
    return known.category if known and (known.category in LABELS or code == "name") else str(column["category"])


def _as_shown(member: Member, category: str, text: str) -> str:
    def treat(one: str) -> Treatment:
        return treatment_of(member, RESOURCE, treated_as(one))

    if category == "name" and is_pupil(AgeGroup.UNKNOWN, member.entity.sector):
        return masked("name", text)
    return shown(category, text, treat(category)) if category in LABELS else masked_text(text, treat)
