"""Of whom tags show for a purpose (标签可用的客户): nobody else is found by one, or counted for it."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from guiju.customers.records import TAG
from guiju.customers.selectors.reading import Reading
from guiju.customers.selectors.using import asks_along
from guiju.kernel.errors import Refused
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import mark_of_children
from guiju.privacy.fields import Field
from guiju.privacy.models import Consent, Subject
from guiju.privacy.terms import FieldState

_TEXT = f"{TAG}.text"
TAGS_KEPT = ("person.name", _TEXT)
"""Of whom either may only be stored, no tag shows."""


def tags_show(seen: Reading) -> Q:
    """Those of whom a reading shows tags: by what the catalogue of each company says, and what people agreed to;
    raises `Refused` where the own company gives tags no such purpose."""
    home, purpose = seen.member.entity_id, seen.purpose
    known = {one: seen.fields(one, TAG)["text"] for one in {home, *seen.sight.scope}}
    if not _is_for(known[home], purpose):
        why = f"标签不能用于{PURPOSES[purpose]}：字段台账没有为它写这个目的。请换一个用途，或去掉标签的筛选"
        raise Refused("tags_purpose", why, field="tag")
    silent = [one for one, field in known.items() if not _is_for(field, purpose)]
    asking = [one for one, field in known.items() if asks_along(field, purpose)]
    children = Subject.objects.filter(
        entity_id__in=seen.sight.scope, minor_until__isnull=False, minor_until__gte=mark_of_children(seen.on)
    )
    guarded = _agreeing("person.name", seen).filter(by_guardian=True)
    is_child = Q(subject__in=children.exclude(pk__in=guarded.values("subject_id")).values("pk"))
    found = Q(subject=None) | ~is_child
    if asking:
        agreed = Q(subject=None) | Q(subject__in=_agreeing(_TEXT, seen).values("subject_id"))
        found &= ~Q(entity_id__in=asking) | agreed
    if silent:
        found &= ~Q(entity_id__in=silent)
    return found & seen.may_be_given(_TEXT) if seen.sight.provided else found


def _is_for(field: Field, purpose: str) -> bool:
    return field.state is FieldState.ACTIVE and purpose in field.uses


def _agreeing(name: str, seen: Reading) -> QuerySet[Consent]:
    """The consents that reach a field (record.code) for the purpose: they name it, or go as far as their notice did."""
    items = f"items__{name}__uses__has_key"
    named = Q(**{f"notice__{items}": seen.purpose}, notice__corrected_by=None) | Q(
        **{f"notice__corrected_by__{items}": seen.purpose}
    )
    return Consent.objects.filter(
        Q(fields__contains=[name]) | (Q(fields=[]) & named),
        entity_id__in=seen.sight.scope,
        purpose=seen.purpose,
        recipient=None,
        ended_at=None,
    )
