"""Names that are markup, emoji or rare characters go in, show and go out as what they are; two birthdays in a file go back."""

from __future__ import annotations

import io
from html import escape

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.rows import FileConsent, Judge
from guiju.customers.tests.merging import firm, person
from guiju.customers.tests.test_import_customers import load, told_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sheets.tables import Line

MARKUP = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title>{{ 7|add:1 }}&lt;b&gt;")
ODD = ("𠮷田", "李😀", "王👨‍👩‍👧", "㐀㐁", "É́mile", "欧阳·𡈽")


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


@pytest.mark.parametrize("name", MARKUP)
def test_markup_in_a_name_shows_as_text_on_every_page(seller: Member, client: Client, name: str) -> None:
    company = firm(seller, name)
    someone = person(seller, name, phone="13800138000", company=name)
    with acting(seller):
        contact = add_contact(
            customer_id=company.pk,
            values={"name": name, "position": name, "phone": "13711113333"},
            how=How(),
            actor=seller,
            at=AT,
        ).contact
        kept = Contact.objects.get(pk=contact.pk).name
    sign_in(client, seller.user.username)
    addresses = [
        "/customers/",
        f"/customers/{company.pk}/",
        f"/customers/{someone.pk}/",
        f"/customers/{someone.pk}/change/",
        f"/customers/{company.pk}/contacts/add/",
        f"/contacts/{contact.pk}/",
        f"/contacts/{contact.pk}/change/",
        f"/customers/{someone.pk}/merge/?search=a",
        "/customers/duplicates/?ground=name",
        f"/opportunities/add/?customer={someone.pk}",
    ]
    shown = 0
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, address
        text = page.content.decode()
        assert name not in text and "<script>alert" not in text and "<img src=x" not in text, address
        shown += escape(kept) in text
    assert shown > 5


@pytest.mark.parametrize("name", ODD)
def test_emoji_and_rare_characters_come_in_are_found_and_go_out(seller: Member, client: Client, name: str) -> None:
    sign_in(client, seller.user.username)
    page = client.post("/customers/add/?kind=person", {"name": name, "phone": "13800138000"}, follow=True)
    assert page.status_code == 200
    with acting(seller):
        by_form = Customer.objects.get()
    assert name in page.content.decode() or by_form.name in page.content.decode()
    with acting(seller), reading(seller, purpose="sales", on=timezone.localdate()) as seen:
        assert [one.pk for one in CustomerFilter(name).of(seen.customers(), seen)] == [by_form.pk]
        assert [one.pk for one in CustomerFilter(name[0]).of(seen.customers(), seen)] == [by_form.pk]
    answer = client.post("/customers/export/", {"purpose": "sales", "reason": "月度回访名单", "ending": "xlsx"})
    lines = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert by_form.name in [row[0].value for row in lines]


def test_a_file_brings_such_names_and_its_cells_of_markup_as_they_are(group: Group, seller: Member) -> None:
    names = [*ODD, *MARKUP]
    rows = "".join('"{}",1380013800{}\n'.format(name.replace('"', '""'), place) for place, name in enumerate(names))
    found = load(group, "姓名,手机\n" + rows)
    assert told_of(found) == {} and found.rows_taken == len(names)
    with acting(seller), reading(seller, purpose="sales", on=timezone.localdate()) as seen:
        for word in ("𠮷", "李😀", "王👨", "㐀", "script", "𡈽"):
            assert CustomerFilter(word).of(seen.customers(), seen).count() == 1, word


@pytest.mark.parametrize("birthday", ["1990-01-31", "31/1/1990"])
def test_two_birthdays_in_a_file_go_back_both_by_their_columns(group: Group, seller: Member, birthday: str) -> None:
    with acting(seller):
        judge = Judge(
            kind="person",
            mapping={"姓名": "person.name", "生日": "person.birthday", "证件": "person.identity_number"},
            places={"姓名": 0, "生日": 1, "证件": 2},
            consents=[FileConsent("service", "登记表", AT)],
            actor=seller,
            at=AT,
        )
        two, one = judge.judge(
            [Line(2, ["李小明", birthday, "11010519491231002X"]), Line(3, ["王芳", "1949-12-31", "11010519491231002X"])]
        )
    assert two.customer is None
    assert [(title, problem.code) for title, problem in two.problems] == [
        ("生日", "two_birthdays"),
        ("证件", "two_birthdays"),
    ]
    assert "two_birthdays" not in {problem.code for _, problem in one.problems}
