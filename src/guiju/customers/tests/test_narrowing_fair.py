"""A list is narrowed by region, level and source as their values show: for whom, for what, and of whom (更多筛选)."""

from __future__ import annotations

import pytest

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.tests.merging import LATER, person
from guiju.customers.tests.test_giving import agree, reader, two, unname
from guiju.customers.tests.test_narrowing import found, seller
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Subject
from guiju.privacy.services.catalogue import retire_field
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer

assert reader and two and seller, "fixtures of others"

ASKED = {"region": "330106", "level": "a", "source": "phone"}
EACH = pytest.mark.parametrize("name", list(ASKED))


@EACH
def test_not_for_a_purpose_it_was_not_collected_for(seller: Member, name: str) -> None:
    person(seller, **ASKED)
    assert found(seller, **{name: ASKED[name]}) == {"李小明"}
    for purpose in ("marketing", "complaints"):
        with pytest.raises(Refused) as refusal:
            found(seller, purpose, **{name: ASKED[name]})
        assert refusal.value.problems[0].field == name


@EACH
def test_not_by_a_field_out_of_use(group: Group, seller: Member, name: str) -> None:
    person(seller, **ASKED)
    officer = data_officer(group)
    with acting(officer):
        for kind in ("person", "company"):
            whose = {"entity_id": officer.entity_id, "record_kind": kind, "actor": officer, "at": LATER}
            retire_field(code=name, reason="用不着", **whose)
    with pytest.raises(Refused):
        found(seller, **{name: ASKED[name]})


@EACH
def test_nobody_whose_value_is_only_stored_or_who_shows_masked(group: Group, seller: Member, name: str) -> None:
    frozen, young = person(seller, **ASKED), person(seller, "王小妹", **ASKED)
    person(seller, "赵六", **ASKED)
    assert found(seller, **{name: ASKED[name]}) == {"李小明", "王小妹", "赵六"}
    officer = data_officer(group)
    assert frozen.subject_id
    with acting(officer):
        freeze_subject(
            subject_id=frozen.subject_id, fields=[f"person.{name}"], reason="争议未决", actor=officer, at=LATER
        )
        Subject.objects.filter(pk=young.subject_id).update(minor_until=day_of(AT).replace(year=day_of(AT).year + 2))
    assert found(seller, **{name: ASKED[name]}) == {"赵六"}


@EACH
def test_nobody_of_a_providing_company_who_gave_it_not(
    group: Group, reader: Member, two: tuple[Customer, Customer], name: str
) -> None:
    unname(group, f"person.{name}")
    agree(group, two[0])
    with acting(group.sales_a):
        Customer.objects.update(**ASKED)
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        rows = seen.customers().filter(entity_id=group.company_a.pk)
        assert rows.count() == 1
        assert not CustomerFilter(**{name: ASKED[name]}).of(rows, seen).exists()
