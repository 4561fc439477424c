"""Leads go along when two customers become one (合并客户): one of two open ones ends, and comes back with its customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guiju.customers.models import Merge
from guiju.customers.registry import Moved
from guiju.evidence.services import Act, record
from guiju.sales.models import Lead
from guiju.sales.selectors.stages import MERGED


class MovedLeads(Moved):
    """A customer has one open lead: that of the one that goes ends where the one that stays has one."""

    def move(self, gone: Any, kept: Any, act: Act) -> list[str]:
        if _open_of(kept).exists():
            for one in _open_of(gone).select_for_update():
                one.state, one.reason, one.closed_at = Lead.State.DISCARDED, MERGED, act.at
                _written(one, act)
        return super().move(gone, kept, act)

    def back(self, ids: Sequence[str], kept: Any, gone: Any, act: Act) -> list[str]:
        gave = super().back(ids, kept, gone, act)
        merge = Merge.objects.get(kept=kept, gone=gone, undone_at=None)
        ended = Lead.objects.filter(pk__in=gave, reason=MERGED, closed_at=merge.at)
        if not _open_of(gone).exists():
            for one in ended.select_for_update():
                one.state, one.reason, one.closed_at = Lead.State.OPEN, "", None
                _written(one, act)
        return gave


def _open_of(customer: Any) -> Any:
    return Lead.objects.filter(customer_id=customer.pk, state=Lead.State.OPEN)


def _written(found: Lead, act: Act) -> None:
    found.changed_at = act.at
    found.save()
    record(act, entity_id=found.entity_id, subject=found)
