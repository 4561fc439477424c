"""Of children and pupils nothing comes in by any way that needs a guardian, or a consent of its own (收集的关口).

Like test_every_way_in.py, for the three rules that hang on who it is about; the ways are those into a new record
and those into one that is there, the name of which was lawfully agreed to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer, Note
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.import_files import problems_of
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.restoring import restore_customer
from guiju.customers.tests.merging import LATER, merge, person
from guiju.customers.tests.test_cleanup import past_the_door
from guiju.customers.tests.test_every_way_in import WORDS
from guiju.customers.tests.test_guardians import teach
from guiju.customers.tests.test_import_customers import load
from guiju.customers.tests.test_inviting import answer, invite
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.files.models import Attachment
from guiju.files.tests.factories import put
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import given, publish

NAME, SCHOOL = "小禾", "实验学校"


@dataclass(frozen=True)
class Minor:
    """Somebody of whom a rule keeps things out: how old, at what company, and who has agreed to the name."""

    rule: str
    birthday: str
    is_pupil: bool
    by_guardian: bool

    @property
    def values(self) -> dict[str, str]:
        return {"name": NAME} | ({"birthday": self.birthday} if self.birthday else {})


MINORS = {
    "child": Minor("privacy.guardian_first", "2020-05-01", is_pupil=False, by_guardian=True),
    "pupil": Minor("privacy.pupil_as_sensitive", "2011-05-01", is_pupil=True, by_guardian=False),
    "pupil of unknown age": Minor("privacy.pupil_guardian_first", "", is_pupil=True, by_guardian=True),
}


@dataclass(frozen=True)
class Place:
    group: Group
    minor: Minor

    def told_by(self, problems: Any) -> set[str]:
        return {one.code for one in problems}

    def registered(self, name: str = NAME) -> Customer:
        """With a name, and the birthday, to which somebody has agreed field by field."""
        agreed = given("service", "person.name", "person.birthday", by_guardian=self.minor.by_guardian)
        return person(self.group.sales_a, **{**self.minor.values, "name": name}, consents=[agreed])


@pytest.fixture(params=MINORS)
def place(request: pytest.FixtureRequest, group: Group) -> Place:
    minor = MINORS[request.param]
    if minor.is_pupil:
        teach(group)
    publish(group)
    return Place(group, minor)


def by_service(place: Place, values: dict[str, str]) -> set[str]:
    sales = place.group.sales_a
    with acting(sales), pytest.raises(Refused) as refusal:
        add_customer(kind="person", values=values, how=How(), actor=sales, at=AT)
    return place.told_by(refusal.value.problems)


def _over_http(place: Place, method: str, address: str, body: dict[str, Any]) -> set[str]:
    with acting(place.group.sales_a):
        secret = create_token(member=place.group.sales_a, name="x", days=1, at=timezone.now())
    send = getattr(Client(), method)
    headers = {"Authorization": f"Bearer {secret}"}
    answered = send(address, json.dumps(body), content_type="application/json", headers=headers)
    assert answered.status_code == 422, answered.content
    return {one["code"] for one in answered.json()["problems"]}


def by_api(place: Place, values: dict[str, str]) -> set[str]:
    return _over_http(place, "post", "/api/v1/customers", {"kind": "person", "values": values})


def by_page(place: Place, values: dict[str, str]) -> set[str]:
    client = Client()
    sign_in(client, place.group.sales_a.user.username)
    answered = client.post("/customers/add/?kind=person", values)
    assert answered.status_code == 422
    page = answered.content.decode()
    return {rule for rule, words in WORDS.items() if words in page}


def by_file(place: Place, values: dict[str, str]) -> set[str]:
    titles = {"name": "姓名", "birthday": "出生日期", "company": "所在单位"}
    text = f"{','.join(titles[code] for code in values)}\n{','.join(values.values())}\n"
    found = load(place.group, text)
    with acting(place.group.sales_a):
        return {one["code"] for told in problems_of(found).values() for one in told["cells"]}


NEW: dict[str, Callable[[Place, dict[str, str]], set[str]]] = {
    "service": by_service,
    "api": by_api,
    "page": by_page,
    "file": by_file,
}


@pytest.mark.parametrize("way", NEW)
def test_nobody_is_registered_of_whom_nobody_agreed_to_anything(place: Place, way: str) -> None:
    told = NEW[way](place, {**place.minor.values, "company": SCHOOL})
    assert place.minor.rule in told
    with acting(place.group.sales_a):
        assert not Customer.objects.exists()


@pytest.mark.parametrize("place", ["child", "pupil"], indirect=True)
def test_an_invitation_takes_in_what_was_agreed_to_and_reads_nothing_beside_a_no(place: Place) -> None:
    """Who doesn't say how old the child is, registers nobody (test_inviting.py)."""
    secret = invite(place.group, "company")
    made = answer(place.group, secret, yes="name", birthday=place.minor.birthday, company=SCHOOL)
    assert made is not None
    with acting(place.group.sales_a):
        assert values_of(Customer.objects.get(pk=made.pk)) == {"name": NAME}


def by_change(place: Place, customer: Customer) -> set[str]:
    sales = place.group.sales_a
    with acting(sales), pytest.raises(Refused) as refusal:
        change_customer(customer_id=customer.pk, values={"company": SCHOOL}, how=How(), actor=sales, at=LATER)
    return place.told_by(refusal.value.problems)


def by_api_change(place: Place, customer: Customer) -> set[str]:
    return _over_http(place, "patch", f"/api/v1/customers/{customer.pk}", {"values": {"company": SCHOOL}})


def by_page_change(place: Place, customer: Customer) -> set[str]:
    client = Client()
    sign_in(client, place.group.sales_a.user.username)
    page = client.post(f"/customers/{customer.pk}/change/", {"company": SCHOOL}).content.decode()
    return {rule for rule, words in WORDS.items() if words in page}


def by_history(place: Place, customer: Customer) -> set[str]:
    """An older system had it; it was taken out, and the version before shall come back."""
    sales = place.group.sales_a
    past_the_door(place.group, customer, notice=True, company=SCHOOL)
    with acting(sales):
        had = history_of(customer)[0].number
        change_customer(customer_id=customer.pk, values={"company": ""}, how=How(), actor=sales, at=LATER)
        with pytest.raises(Refused) as refusal:
            restore_customer(customer_id=customer.pk, number=had, undo=False, actor=sales, at=LATER)
    return place.told_by(refusal.value.problems)


def by_merging(place: Place, customer: Customer) -> set[str]:
    other = place.registered("小何")
    past_the_door(place.group, other, notice=True, company=SCHOOL)
    with pytest.raises(Refused) as refusal:
        merge(customer, other, place.group.sales_a, "company")
    return place.told_by(refusal.value.problems)


THERE: dict[str, Callable[[Place, Customer], set[str]]] = {
    "change": by_change,
    "api change": by_api_change,
    "page": by_page_change,
    "restored from history": by_history,
    "merged": by_merging,
}


@pytest.mark.parametrize("way", THERE)
def test_nothing_more_comes_in_of_whom_only_the_name_was_agreed_to(place: Place, way: str) -> None:
    customer = place.registered()
    assert place.minor.rule in THERE[way](place, customer)
    with acting(place.group.sales_a):
        assert values_of(Customer.objects.get(pk=customer.pk)) == place.minor.values


def test_neither_notes_nor_files_are_kept_of_them(place: Place) -> None:
    customer, sales = place.registered(), place.group.sales_a
    with acting(sales):
        for treat in ("", "move"):
            with pytest.raises(Refused) as refusal:
                details = NoteDetails("家里说对花生过敏", treat=treat)
                add_note(customer_id=customer.pk, details=details, actor=sales, at=LATER)
            assert place.minor.rule in place.told_by(refusal.value.problems)
        assert not Note.objects.exists()
    with pytest.raises(Refused) as refusal:
        put(sales, customer)
    assert place.minor.rule in place.told_by(refusal.value.problems)
    with acting(sales):
        assert not Attachment.objects.exists()
