"""A deletion is proposed while somebody is merged: one of the two comes first, and nobody is half deleted (并发)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from guiju.archives.models import DisposalItem
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.customers.models import Customer, Merge
from guiju.customers.services.merging import merge_customers
from guiju.customers.tests.merging import firm, merge, person
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, found_group
from guiju.privacy.tests.factories import data_officer, publish

LATER = AT + timedelta(hours=1)


def propose(officer: Member, *customers: Customer) -> None:
    propose_disposal(
        entity_id=officer.entity_id,
        targets=[Target(one.subject_id or one.pk) for one in customers],
        basis="withdrawn",
        reason="客户要求删除，已核对身份",
        actor=officer,
        at=LATER,
    )


def test_who_was_merged_is_deleted_with_whom_they_became(group: Group) -> None:
    publish(group)
    officer = data_officer(group)
    kept, gone = person(group.sales_a), person(group.sales_a, "李晓明")
    big, small = firm(group.sales_a), firm(group.sales_a, "东方餐饮")
    merge(kept, gone, group.sales_a)
    merge(big, small, group.sales_a)
    with acting(officer):
        with pytest.raises(Refused) as refusal:
            propose(officer, gone)
        assert refusal.value.code == "merged_meanwhile"
        # The record of a company goes by itself, whatever became of it.
        propose(officer, kept, big, small)


def test_who_is_proposed_for_deletion_is_not_merged(group: Group) -> None:
    publish(group)
    officer = data_officer(group)
    kept, gone = person(group.sales_a), person(group.sales_a, "李晓明")
    with acting(officer):
        propose(officer, gone)
    with pytest.raises(Refused) as refusal:
        merge(kept, gone, group.sales_a)
    assert refusal.value.code == "disposal_waiting" and "先办完那一份" in refusal.value.sentence


@pytest.mark.parametrize(
    ("kind", "first", "refused"),
    [
        ("person", "propose", ["disposal_waiting"]),
        ("person", "merge", ["merged_meanwhile"]),
        ("company", "propose", ["disposal_waiting"]),
    ],
)
def test_who_comes_second_waits_and_sees_what_the_first_has_done(
    own_database: Any, kind: str, first: str, refused: list[str]
) -> None:
    group = found_group()
    publish(group)
    officer, seller = data_officer(group), group.sales_a
    make: Callable[..., Customer] = person if kind == "person" else firm
    kept, gone = make(seller, "甲"), make(seller, "乙")
    acts: dict[str, tuple[Member, Callable[[], object]]] = {
        "propose": (officer, lambda: propose(officer, gone)),
        "merge": (
            seller,
            lambda: merge_customers(kept_id=kept.pk, gone_id=gone.pk, taken=[], actor=seller, at=LATER),
        ),
    }
    done, codes = Event(), list[str]()

    def run(name: str) -> None:
        actor, act = acts[name]
        try:
            with acting(actor):
                if name != first:
                    assert done.wait(20)
                act()
                done.set()
                if name == first:
                    # The other one comes while this one isn't committed.
                    connection.cursor().execute("SELECT pg_sleep(0.5)")
        except Refused as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[name]) for name in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert codes == refused
    with acting(officer):
        assert (DisposalItem.objects.count(), Merge.objects.count()) == ((1, 0) if first == "propose" else (0, 1))
