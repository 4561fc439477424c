"""A minor is made older by two people only, and by no birthday that isn't taken in (未成年人的出生日期改大).

What follows is `allow_to_grow`.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.customers import change_customer
from guiju.customers.services.growing import KIND
from guiju.customers.services.intake import How
from guiju.customers.tests.test_add_customer import add
from guiju.customers.tests.test_guardians import teach
from guiju.customers.tests.test_import_customers import load
from guiju.customers.tests.test_minors import CHILD, child, shown  # noqa: F401  # the fixture
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, sign_in
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval


def change(group: Group, customer: Customer, **values: str) -> None:
    with acting(group.sales_a):
        change_customer(
            customer_id=customer.pk, values=values, how=How(), actor=group.sales_a, at=timezone.now(), reason="看了证件"
        )


def decide(group: Group, *, allows: bool) -> None:
    officer = data_officer(group)
    with acting(officer):
        approval = Approval.objects.get(kind=KIND, state="open")
        decide_approval(approval_id=approval.pk, allows=allows, note="没有证明", actor=officer, at=timezone.now())


@pytest.mark.parametrize("older", ["1990-05-01", "2011-05-01"])
def test_a_birthday_that_makes_a_minor_older_counts_when_another_agreed(
    group: Group,
    child: Customer,  # noqa: F811
    older: str,
    client: Client,
) -> None:
    change(group, child, birthday=older)
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    sign_in(client, "xiaoshou.a")
    assert "仍按未成年人对待" in client.get(f"/customers/{child.pk}/").content.decode()
    with pytest.raises(Refused, match="正在等另一个人批准"):
        change(group, child, birthday="1980-01-01")
    decide(group, allows=False)
    assert shown(group.sales_a, child)["phone"] == "138****8000"
    change(group, child, birthday="2020-06-01")
    change(group, child, birthday=older)
    decide(group, allows=True)
    is_adult = older < "2000"
    # The guardian's consents are in force either way; what changes is whether a look has to be allowed.
    assert (shown(group.sales_a, child)["phone"] == CHILD["phone"]) is is_adult
    assert "仍按未成年人对待" not in client.get(f"/customers/{child.pk}/").content.decode()


def test_a_birthday_that_makes_somebody_younger_counts_at_once(group: Group) -> None:
    publish(group)
    values = {"name": "李", "phone": "13800138000", "birthday": "1990-01-01"}
    made = add(group.sales_a, values, given("service")).customer
    assert shown(group.sales_a, made)["phone"] == "13800138000"
    change(group, made, birthday="2012-01-01")
    assert shown(group.sales_a, made)["phone"] == "138****8000"
    with acting(group.sales_a):
        assert not Approval.objects.filter(kind=KIND).exists()


def test_a_birthday_that_goes_back_decides_no_age(group: Group) -> None:
    publish(group)
    teach(group)
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, {"name": "李小明", "birthday": "1990-01-31"})
    assert "privacy.pupil_as_sensitive" in {one.code for one in refusal.value.problems}
    found = load(group, "姓名,手机,生日\n李小明,13800138000,1990-01-31\n")
    assert found.rows_taken == 0


def test_two_birthdays_are_refused_by_the_names_of_both(group: Group) -> None:
    publish(group)
    two = {"name": "李小明", "birthday": "1990-01-31", "identity_number": "11010519491231002X"}
    with pytest.raises(Refused, match="出生日期和身份证号里的出生日期不一样"):
        add(group.sales_a, two)
