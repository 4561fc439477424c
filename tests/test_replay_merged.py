"""Who was merged after the moment of a restore is two people there: what was decided since holds for both (重放)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.tests.merging import merge, part
from guiju.customers.values import values_of
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent, Subject
from tests.restored import LATER, MOMENT, Two, freeze, installation, withdraw

MERGED = MOMENT + timedelta(hours=1)
PHONES = "13800138000", "13900139001", "13900139002"


@pytest.fixture
def two(group: Group) -> Two:
    return installation(group)


def test_who_was_merged_and_then_deleted_is_deleted_as_both(two: Two) -> None:
    kept, gone, third = (two.add(phone) for phone in PHONES)
    with two.afterwards():
        merge(gone, third, two.group.sales_a, at=MERGED)
        merge(kept, gone, two.group.sales_a, at=MERGED)
        two.decide(two.propose(kept))
    carried = two.carried

    assert two.settle().replayed == {"archives.disposals": 3}

    for one, phone in zip((kept, gone, third), PHONES, strict=True):
        assert phone not in two.kept(one)
        with two.seeing():
            assert values_of(Customer.objects.get(pk=one.pk)) == {"name": "（已删除）"}
    with two.seeing():
        [disposal] = Disposal.objects.all()
        states = {item.subject_id: item.state for item in DisposalItem.objects.all()}
        assert states == dict.fromkeys((kept.subject_id, gone.subject_id, third.subject_id), "destroyed")
        assert (disposal.state, disposal.things) == ("done", 3)
        assert Subject.objects.exclude(erased_at=None).count() == 3

    two.carried = carried
    assert two.settle().replayed == {}


def test_who_was_merged_before_the_moment_is_deleted_once(two: Two) -> None:
    kept, gone = two.add(), two.add("13900139000")
    merge(kept, gone, two.group.sales_a, at=AT)
    with two.afterwards():
        two.decide(two.propose(kept, "person.phone"))

    assert two.settle().replayed == {"archives.disposals": 1}

    assert "13900139000" not in two.kept(gone) and "13800138000" not in two.kept(kept)
    with two.seeing():
        assert DisposalItem.objects.count() == 1


def test_a_merge_that_was_undone_again_carries_nobody_along(two: Two) -> None:
    kept, gone = two.add(), two.add("13900139000")
    with two.afterwards():
        part(merge(kept, gone, two.group.sales_a, at=MERGED), two.group.sales_a, at=MERGED)
        two.decide(two.propose(kept))

    assert two.settle().replayed == {"archives.disposals": 1}
    assert "13900139000" in two.kept(gone)


def test_what_somebody_took_back_after_they_were_merged_is_taken_back_on_both(two: Two) -> None:
    kept, gone = two.add("13800138000", "marketing"), two.add("13900139000", "marketing", "service")
    with two.afterwards():
        merge(kept, gone, two.group.sales_a, at=MERGED)
        with two.seeing():
            # Each keeps the consent that it came with; to take back the one is to take back both.
            consent = Consent.objects.filter(subject_id=kept.subject_id, purpose="marketing", ended_at=None)[0]
        withdraw(two, consent)

    assert two.settle().replayed == {"privacy.withdrawals": 2}

    with two.seeing():
        assert [(one.subject_id, one.purpose) for one in Consent.objects.filter(ended_at=None)] == [
            (gone.subject_id, "service")
        ]


def test_who_was_frozen_or_held_after_they_were_merged_is_so_as_both(two: Two) -> None:
    kept, gone = two.add(), two.add("13900139000")
    with two.afterwards():
        merge(kept, gone, two.group.sales_a, at=MERGED)
        freeze(two, kept)
        assert kept.subject_id is not None
        with acting(two.officer):
            place_hold(
                entity_id=two.officer.entity_id,
                subject_id=kept.subject_id,
                sort="dispute",
                reason="争议未决",
                actor=two.officer,
                at=LATER,
            )
    carried = two.carried

    assert two.settle().replayed == {"privacy.frozen": 2, "archives.holds": 2}

    with two.seeing():
        both = {kept.subject_id, gone.subject_id}
        assert {one.pk for one in Subject.objects.filter(frozen_at=LATER)} == both
        assert {(one.subject_id, one.placed_at) for one in Hold.objects.all()} == {(pk, LATER) for pk in both}
    two.carried = carried
    assert two.settle().replayed == {}
