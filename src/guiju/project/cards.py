"""Which cards of which part the dashboard shows to whom: by rights, so that a role of one's own has its dashboard too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from guiju.organisations.models import Member
    from guiju.web.dashboard import Card


def cards_by_right() -> list[Callable[[HttpRequest], Card | None]]:
    """In the order of the screen: what is to be done first, then how it goes."""
    from guiju.archives import cards as archives
    from guiju.complaints import cards as complaints
    from guiju.customers import cards as customers
    from guiju.orders import cards as orders
    from guiju.privacy import cards as privacy
    from guiju.safekeeping import cards as safekeeping
    from guiju.sales import cards as sales

    return [
        _shown(sales.own_touches, "customer.read", "customer.change"),
        _shown(complaints.waiting, "complaint.read", "complaint.handle"),
        _shown(complaints.late_by_company, "complaint.read", "complaint.oversee"),
        _shown(orders.orders, "order.read", "order.change"),
        _shown(customers.wanting, "customer.read", "cleanup.run"),
        _shown(customers.agreeing, "customer.read", "consent.read", "notice.write"),
        _shown(privacy.refusals, "refusal.read", "notice.write"),
        _shown(privacy.cleanup, "cleanup.read"),
        _shown(privacy.minors, "minor.decide"),
        _shown(archives.disposals, "archive.read"),
        _shown(archives.holds, "archive.read"),
        _shown(safekeeping.keys, "backup.read"),
        _shown(safekeeping.drill, "cleanup.run"),
        _shown(sales.leads, "opportunity.read"),
        _shown(sales.funnel, "opportunity.read"),
        _shown(sales.month, "opportunity.read"),
        _shown(sales.forecast, "opportunity.read"),
        _shown(sales.by_colleague, "opportunity.read"),
        _shown(sales.sources, "opportunity.read"),
        _shown(sales.pool, "customer.read", "customer.claim", "customer.pool"),
        _shown(customers.consents, "customer.read", "consent.read", "notice.write"),
    ]


def _shown(make: Callable[[Member], Card | None], *rights: str) -> Callable[[HttpRequest], Card | None]:
    """A card for who has all of these rights, however far they go."""
    from guiju.organisations.permissions import reach_of
    from guiju.organisations.signin import member_of

    def shown(request: HttpRequest) -> Card | None:
        member = member_of(request)
        if member is None or any(reach_of(member, right) is None for right in rights):
            return None
        return make(member)

    return shown
