"""Many at once: what may happen once happens once, and what is counted is counted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Refused
from guiju.notifications.models import Notice
from guiju.notifications.services.codes import PER_ORIGIN, send_code
from guiju.notifications.tests.factories import tell
from guiju.organisations.tests.factories import AT, make_group


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    def closing(number: int) -> Any:
        try:
            return do(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(closing, range(count)))


def test_codes_asked_for_from_one_address_are_counted_one_after_the_other(own_database: Database) -> None:
    company = make_group().company_a

    def ask(number: int) -> bool:
        with scope(entities={company.pk}):
            try:
                send_code(
                    entity_id=company.pk, purpose="x", phone=f"139001390{number:02}", origin="198.51.100.1", at=AT
                )
            except Refused:
                return False
        return True

    assert sum(at_once(40, ask)) == PER_ORIGIN[0][1]


def test_one_key_posted_by_many_is_one_notice(own_database: Database) -> None:
    company = make_group().company_a
    assert len(set(at_once(16, lambda number: tell(company, key="one").pk))) == 1
    with scope(entities={company.pk}):
        assert len(history_of(Notice.objects.get())) == 1
