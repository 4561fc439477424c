"""The same sending twice at the very same moment, as impatient browsers do it."""

from __future__ import annotations

import threading

from django.db import connection, transaction

from guiju.complaints.tests.factories import complain
from guiju.organisations.tests.factories import found_group


def test_two_at_the_same_moment_are_one(own_database: object) -> None:
    with transaction.atomic():
        group = found_group()
    found = []

    def send() -> None:
        found.append(complain(group.company_a, key="same").complaint.number)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4 and len(set(found)) == 1
