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
from guiju.archives.selectors import copies_of
from guiju.archives.services.disposals import propose_disposal
from guiju.archives.services.holds import place_hold
from guiju.customers.models import BulkAct, Customer, Merge
from guiju.customers.relating import Tie
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.merging import merge_customers
from guiju.customers.services.ties import add_tie
from guiju.customers.tests.merging import firm, merge, person, reload
from guiju.customers.values import ERASED_NAME, values_of
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, found_group, join
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

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


def test_a_company_goes_with_all_that_were_merged_into_it_in_all_copies(group: Group) -> None:
    publish(group)
    officer, seller = data_officer(group), group.sales_a
    big, small, smallest = firm(seller), firm(seller, "东方餐饮", industry="餐饮"), firm(seller, "东方小吃")
    other = firm(seller, "西方集团")
    with acting(seller):
        tag_many(customers=[small.pk], tag="老客户", actor=seller, at=AT)
        add_tie(one_id=smallest.pk, other_id=other.pk, kind="parent", actor=seller, at=AT)
    merge(small, smallest, seller, at=AT + timedelta(minutes=1))
    merge(big, small, seller, at=AT + timedelta(minutes=2))
    with acting(officer):
        assert {label: count for label, count, _ in copies_of(officer.entity_id, [Target(big.pk)])} == {
            "客户和联系人的字段": 4,
            "客户之间的关系": 1,
            "批量操作的记录": 1,
        }
        propose(officer, big)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(archivist):
        asked = Approval.objects.get(kind="archives.disposal")
        decide_approval(approval_id=asked.pk, allows=True, note="", actor=archivist, at=LATER)
    with acting(seller):
        rows = reload(big, small, smallest)
        assert [values_of(one) for one in rows] == [{"name": ERASED_NAME}] * 3
        assert all(one.erased_at and one.tags == [] for one in rows)
        kept = [*rows, *Tie.objects.all(), *BulkAct.objects.all()]
        said = str([change for one in kept for version in history_of(one) for change in version.changes])
    assert not any(text in said for text in ("东方", "餐饮", "parent"))


def test_what_is_held_back_of_a_merged_company_holds_the_one_that_stayed(group: Group) -> None:
    publish(group)
    officer, seller = data_officer(group), group.sales_a
    big, small = firm(seller), firm(seller, "东方餐饮")
    with acting(officer):
        place_hold(
            entity_id=officer.entity_id,
            subject_id=small.pk,
            sort="dispute",
            reason="诉讼没有了结",
            actor=officer,
            at=AT,
        )
    merge(big, small, seller)
    with acting(officer), pytest.raises(Refused) as refusal:
        propose(officer, big)
    assert refusal.value.code == "held_back"


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
