"""What a merge changed goes back to how it was (撤销合并): values of the customer that stayed, and what went along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from guiju.customers.models import Contact, Customer, Merge
from guiju.customers.registry import MOVED
from guiju.customers.services.keeping import refusals_of_values
from guiju.customers.values import EVERYTHING_ELSE, logged_values, put_values, values_of
from guiju.evidence.selectors import GONE_BY_LAW, values_in
from guiju.evidence.services import Act, record
from guiju.organisations.models import Member
from guiju.privacy.selectors.catalogue import fields_of

MAIN = "customers.main_contact"
"""Among what moved: contacts that were the main one of their customer."""


def leave_one_main(kept: Customer, moved: Mapping[str, Sequence[str]], act: Act) -> list[str]:
    """Of two main contacts that of the customer that stays remains; returns the ids of those that were."""
    mains = Contact.objects.filter(customer=kept, is_main=True, ended_at=None)
    if mains.count() < 2:
        return []
    came = list(mains.filter(pk__in=moved["customers.contact"]))
    for one in came:
        _set_main(one, act, is_main=False)
    return [str(one.pk) for one in came]


def _set_main(contact: Contact, act: Act, *, is_main: bool) -> None:
    contact.is_main = is_main
    contact.save(update_fields=["is_main"])
    record(act, entity_id=contact.entity_id, subject=contact)


def put_back(found: Merge, kept: Customer, act: Act) -> list[str]:
    """Give the customer that stayed its own values again; returns in words what stays as it is, and why."""
    before, after = (values_in(kept, found.kept_version + step) or {} for step in (0, 1))
    left = _put_values_back(found, kept, before, after, act)
    if before.get("tags") != after.get("tags"):
        if kept.tags == after.get("tags"):
            kept.tags = list(before["tags"])
        else:
            left.append("标签合并以后改过，没有恢复")
    if before.get("owner_id") != after.get("owner_id"):
        left += _put_owner_back(kept, before, after)
    if _day(after.get("ended_on")) == kept.ended_on:
        kept.ended_on = _day(before.get("ended_on"))
    return left


def _put_values_back(
    found: Merge, kept: Customer, before: Mapping[str, Any], after: Mapping[str, Any], act: Act
) -> list[str]:
    fields, now, left = fields_of(kept.entity_id, kept.record), values_of(kept), []
    was, became = logged_values(kept, before), logged_values(kept, after)
    wanted, origins = dict(now), dict(kept.origins)
    old = before.get("origins")
    old_origins: dict[str, str] = old if isinstance(old, dict) else {}
    restored: dict[str, UUID] = {}
    for code in (one for one in found.taken if one in became):
        label = fields[code].label if code in fields else code
        if now.get(code, "") != became[code]:
            left.append(f"“{label}”合并以后改过，没有恢复")
            continue
        value = was.get(code, "")
        if value == GONE_BY_LAW:
            left.append(f"“{label}”原来的内容已经依法删除")
            value = ""
        wanted[code] = value
        if value:
            restored[code] = UUID(old_origins.get(code) or old_origins[EVERYTHING_ELSE])
        origins.pop(code, None)
        if code in old_origins:
            origins[code] = old_origins[code]
    for problem in refusals_of_values(kept, wanted, restored, act):
        code = problem.field or ""
        left.append(f"{problem.sentence}没有恢复")
        wanted[code] = now["name"] if code == "name" else ""
    kept.origins = origins
    put_values(kept, fields, {code: value for code, value in wanted.items() if value})
    return left


def _put_owner_back(kept: Customer, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    if (str(kept.owner_id) if kept.owner_id else None) != after.get("owner_id"):
        return ["负责人合并以后改过，没有恢复"]
    owner_id = before.get("owner_id")
    if owner_id and not Member.objects.filter(pk=owner_id, left_at=None).exists():
        return ["原来的负责人已经离开，没有恢复"]
    kept.owner_id = UUID(owner_id) if owner_id else None
    pooled = before.get("pooled_at")
    kept.pooled_at = datetime.fromisoformat(pooled) if pooled else None
    return []


def pool_if_left(gone: Customer, at: datetime) -> list[str]:
    """Whom nobody looks after any more goes into the pool; returns it in words."""
    if gone.owner_id is None or Member.objects.filter(pk=gone.owner_id, left_at=None).exists():
        return []
    gone.owner, gone.pooled_at = None, at
    return ["并入的客户原来的负责人已经离开，放入公海"]


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) and text != GONE_BY_LAW else None


def put_rows_back(found: Merge, kept: Customer, gone: Customer, act: Act) -> list[str]:
    """Give the other customer what went along; returns in words what stays where it is."""
    left = []
    for code, one in MOVED.items():
        ids = found.moved.get(code, [])
        gave = one.back(ids, kept, gone, act) if ids else []
        if missing := len(ids) - len(gave):
            left.append(f"{missing}{one.unit}{one.label}合并以后移到了别处，没有移回")
        if new := one.count_since(kept, found.at):
            left.append(f"合并以后登记的{new}{one.unit}{one.label}留在留下的客户这里")
    others = Contact.objects.filter(customer=gone, is_main=True, ended_at=None)
    for contact in Contact.objects.filter(pk__in=found.moved.get(MAIN, []), customer=gone, ended_at=None):
        if not others.exists():
            _set_main(contact, act, is_main=True)
    return left
