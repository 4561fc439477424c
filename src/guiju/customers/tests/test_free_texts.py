"""What a company writes into fields of its own is looked at like notes (自由文字里的个人信息)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import Cell, reading
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_cleanup import find, freeze, own_field, propose, why
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.scanning import is_free_text
from guiju.privacy.tests.factories import data_officer, publish

TOLD, SHOWN = "老客户，有糖尿病，约周五送货", "老客户，***，约周五送货"


@pytest.fixture
def remark(group: Group) -> str:
    code = own_field(group, "客户备注", uses={"service": "contract", "sales": "contract"})
    publish(group)
    return code


def enter(group: Group, **values: str) -> Customer:
    with acting(group.sales_a):
        said = {"name": "李小明", **values}
        return add_customer(kind="person", values=said, how=How(), actor=group.sales_a, at=AT).customer


def cell(member: Member, customer: Customer, code: str) -> Cell:
    with acting(member), reading(member, purpose="service", on=day_of(AT)) as seen:
        row = seen.customer(customer.pk)
        [listed] = [cells[code] for cells in seen.cells([row]).values()]
        found = seen.cells_of(row)[code]
        assert (listed.text, listed.treatment) == (found.text, found.treatment)
        return found


def test_what_is_said_of_health_in_a_field_for_anything_shows_to_who_may_see_it(
    group: Group, remark: str, client: Client
) -> None:
    li = enter(group, **{remark: TOLD})
    found = cell(group.sales_a, li, remark)
    assert (found.text, found.category, found.stored) == (SHOWN, "health", "")
    page = sign_in(client, "xiaoshou.a").get(f"/customers/{li.pk}/").content.decode()
    assert SHOWN in page and "糖尿病" not in page
    # A form that is drawn doesn't hold it, and one that comes back empty leaves it as it is.
    assert "糖尿病" not in client.get(f"/customers/{li.pk}/change/").content.decode()
    client.post(f"/customers/{li.pk}/change/", {"name": "李小明", "company": "某店", remark: "", "shown": "name"})
    client.post(f"/customers/{li.pk}/unmask/health/", {"reason": "安排送货"})
    assert TOLD in client.get(f"/customers/{li.pk}/").content.decode()


def test_a_text_with_nothing_in_it_and_fields_of_a_kind_show_as_ever(group: Group, remark: str) -> None:
    li = enter(group, **{remark: "老客户，约周五送货", "company": "糖尿病研究所"})
    assert cell(group.sales_a, li, remark).stored == "老客户，约周五送货"
    assert cell(group.sales_a, li, "company").text == "糖尿病研究所"


def test_the_history_of_such_a_text_is_treated_alike(group: Group, remark: str, client: Client) -> None:
    li = enter(group, **{remark: TOLD})
    with acting(group.sales_a):
        change_customer(customer_id=li.pk, values={remark: "好了"}, how=How(), actor=group.sales_a, at=AT)
    sign_in(client, "xiaoshou.a")
    for place in (f"/customers/{li.pk}/?history=1", f"/customers/{li.pk}/restore/1/"):
        page = client.get(place).content.decode()
        assert SHOWN in page and "糖尿病" not in page


def test_numbers_that_have_a_field_are_still_refused(group: Group, remark: str) -> None:
    with pytest.raises(Refused) as refusal:
        enter(group, **{remark: "身份证110101199003077571"})
    assert refusal.value.problems[0].code == "number_misplaced"


def test_the_search_for_unlawful_data_finds_it_and_leaves_it_to_people(group: Group, remark: str) -> None:
    enter(group, **{remark: TOLD})
    plain = enter(group, company="糖尿病研究所")
    found = find(group)
    assert why(found) == {f"person.{remark}": {"sensitive_in_its_field"}} and found.holders == 1
    assert freeze(group, found).frozen_values == 0
    with acting(data_officer(group)), pytest.raises(Refused):
        propose(group, found)
    assert plain.subject is not None and not plain.subject.frozen_fields


def test_what_is_typed_is_pointed_out_in_every_such_input(group: Group, remark: str, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    page = client.get("/customers/add/?kind=person").content.decode()
    inputs = {
        part.split('"')[0]
        for part in page.split('name="')[1:]
        if 'hx-post="/customers/notes/scan/"' in part.split(">")[0]
    }
    assert inputs == {remark}
    for address, names in (("/opportunities/add/", {"name", "next_step"}), ("/today/todos/add/", {"title"})):
        drawn = client.get(address).content.decode()
        assert {one for one in names if f'hx-params="{one},csrfmiddlewaretoken"' in drawn} == names
    sent: dict[str, Any] = {remark: "有糖尿病，证件110101199003077571"}
    told = client.post("/customers/notes/scan/", sent).content.decode()
    assert "医疗健康" in told and "身份证件" in told and "显示时按权限遮盖" in told
    assert "role=" not in client.post("/customers/notes/scan/", {remark: "约周五送货"}).content.decode()


def test_names_and_companies_are_no_free_texts() -> None:
    free: list[Field] = [one for kind in RECORDS.values() for one in kind.fields.values() if is_free_text(one)]
    assert free == []
