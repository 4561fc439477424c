"""Lists are kept under a name (保存的筛选、客户分群): of customers, and of what parts above register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import SavedList
from guiju.customers.registry import LISTS
from guiju.customers.selectors.lists import CUSTOMERS, lists_of
from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of, refusal_of

LONGEST_NAME, LONGEST_VALUE, MOST = 40, 400, 50
WAIT_SECONDS = 5


@transaction.atomic
def save_list(
    *, name: str, query: Mapping[str, str], is_shared: bool, actor: Member, at: datetime, kind: str = CUSTOMERS
) -> SavedList:
    """Keep what a list is narrowed to, its order and columns, under a name (保存筛选); the same name replaces it."""
    listing = LISTS[kind]
    if reach_of(actor, listing.right) is None:
        raise refusal_of(listing.right)
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST_NAME:
        raise Refused("list_name", f"请填写名称，最多{LONGEST_NAME}个字", field="name")
    wanted = {key: value for key, value in query.items() if value and len(key) <= LONGEST_NAME and listing.keeps(key)}
    kept = {key: value.replace("\x00", "")[:LONGEST_VALUE] for key, value in wanted.items()}
    if not kept:
        raise Refused("list_empty", "请先筛选或者排序，再保存；要查找的姓名和号码不保存")
    hold(f"customers.lists/{actor.pk}", seconds=WAIT_SECONDS, busy="正在保存，请稍候再试")
    with scope_with(actor.entity_id):
        mine = SavedList.objects.filter(member=actor, kind=kind, removed_at=None)
        found = mine.filter(name=name).first()
        if found is None and mine.count() >= MOST:
            raise Refused("lists_many", f"已经保存了{MOST}个筛选：先删去不用的")
        made = found or SavedList(
            id=new_id(), entity_id=actor.entity_id, member=actor, kind=kind, name=name, made_at=at
        )
        made.query, made.is_shared = kept, is_shared
        made.save(force_insert=found is None)
        record(Act("customers.save_list", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def remove_list(*, list_id: UUID, actor: Member, at: datetime) -> SavedList:
    """Take away a list of one's own (删去筛选)."""
    with scope_with(actor.entity_id):
        found = lists_of(actor).select_for_update(of=("self",)).filter(pk=list_id, member=actor).first()
        if found is None:
            raise Missing("list_missing", "没有这个筛选，或者是别人保存的")
        found.removed_at = at
        found.save(update_fields=["removed_at"])
        record(Act("customers.remove_list", actor, at), entity_id=found.entity_id, subject=found)
    return found
