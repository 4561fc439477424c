"""Values that went back for want of a consent: whom to ask, and when that is settled (待补同意)."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from guiju.customers.models import Customer, CustomerImport, Wanting
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.wanting import count_wanting, lines_of_wanting, wanting_of
from guiju.customers.services.asking import ask_wanted
from guiju.customers.services.customers import assign_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.merging import LATER, merge
from guiju.customers.tests.test_import_customers import load
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Disclosure, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.asking import answer_link
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import publish

ROWS = "姓名,手机,性别,生日\n李小明,13800138000,男,1990-01-31\n王芳,13800138001,女,\n赵六,13800138002,,\n"


@pytest.fixture
def imported(group: Group) -> CustomerImport:
    publish(group)
    return load(group, ROWS)


def listed(actor: Member) -> list[tuple[str, str, str]]:
    with acting(actor), reading(actor, purpose="sales", on=timezone.localdate()) as seen:
        return sorted(
            (line.row.customer.name, line.row.field, line.state) for line in lines_of_wanting(seen, wanting_of(seen))
        )


def of_name(name: str) -> Customer:
    return Customer.objects.get(name=name)


def test_cells_that_wait_for_a_consent_are_listed_and_nothing_else(group: Group, imported: CustomerImport) -> None:
    seller = group.sales_a
    asked = "没有征求过"
    assert listed(seller) == [("李小明", "birthday", asked), ("李小明", "gender", asked), ("王芳", "gender", asked)]
    with acting(seller):
        assert count_wanting(seller) == 2
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    assert listed(colleague) == [] and listed(group.sales_b) == []
    with acting(seller):
        assign_customer(customer_id=of_name("王芳").pk, to=colleague, actor=seller, at=LATER)
    assert listed(colleague) == [("王芳", "gender", asked)]


def test_a_yes_and_the_value_settle_it(group: Group, imported: CustomerImport) -> None:
    seller, now = group.sales_a, timezone.now()
    with acting(seller):
        customer = of_name("王芳")
        asked = ask_wanted(customer_id=customer.pk, actor=seller, at=now)
        assert [one["purpose"] for one in asked.request.items] == ["service"]
        with pytest.raises(Refused) as refusal:
            ask_wanted(customer_id=customer.pk, actor=seller, at=now + timedelta(days=1))
        assert refusal.value.code == "asked_already"
    assert listed(seller)[2][2].endswith("等待答复")
    with acting(seller):
        answer_link(secret=asked.secret, answers=[True], age=AgeGroup.ADULT, at=now)
    assert listed(seller)[2][2] == "已同意，请补录"
    with acting(seller):
        change_customer(customer_id=customer.pk, values={"gender": "female"}, how=How(), actor=seller, at=now)
        assert Wanting.objects.get(customer=customer).closing == "entered"
    assert [one[0] for one in listed(seller)] == ["李小明", "李小明"]


def test_a_no_ends_it_and_nobody_asks_again(group: Group, imported: CustomerImport) -> None:
    seller, now = group.sales_a, timezone.now()
    with acting(seller):
        customer = of_name("李小明")
        asked = ask_wanted(customer_id=customer.pk, actor=seller, at=now)
        noes = [False] * len(asked.request.items)
        answer_link(secret=asked.secret, answers=noes, age=AgeGroup.ADULT, at=now)
        assert set(Wanting.objects.filter(customer=customer).values_list("closing", flat=True)) == {"refused"}
        with pytest.raises(Refused) as refusal:
            ask_wanted(customer_id=customer.pk, actor=seller, at=now)
        assert refusal.value.code == "nothing_wanted"
    assert [one[0] for one in listed(seller)] == ["王芳"]


def test_others_ask_nobody_and_a_merge_takes_it_along(group: Group, imported: CustomerImport) -> None:
    seller = group.sales_a
    with acting(seller):
        kept, gone = of_name("赵六"), of_name("王芳")
    with acting(group.sales_b), pytest.raises(Missing):
        ask_wanted(customer_id=gone.pk, actor=group.sales_b, at=AT)
    merge(kept, gone, seller)
    assert [one[0] for one in listed(seller)] == ["李小明", "李小明", "赵六"]


def test_the_page_filters_and_hands_out_links(group: Group, imported: CustomerImport, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    assert "待补同意：2 位" in client.get("/today/").content.decode()
    page = client.get(f"/customers/wanting/?source={imported.pk}&owner=me").content.decode()
    assert "王芳" in page and "性别" in page and "会员.csv" in page
    for odd in ("?source=x", "?page=99", "?source=00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/customers/wanting/{odd}").status_code == 200
    with acting(group.sales_a):
        chosen = [str(of_name(name).pk) for name in ("王芳", "李小明", "赵六")]
    given = client.post("/customers/wanting/ask/", {"customer": chosen}).content.decode()
    assert len(re.findall(r'href="[^"]*/consent/', given)) == 2
    assert "没有待补同意的内容" in given
    again = client.post("/customers/wanting/ask/", {"customer": chosen[:1]}).content.decode()
    assert "等待答复：不要重复打扰" in again
    for odd_choice in ([], ["x"], ["x"] * 30):
        assert client.post("/customers/wanting/ask/", {"customer": odd_choice}).status_code == 302


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_the_list_goes_out_as_a_file_with_its_mark_and_reason(
    group: Group, imported: CustomerImport, client: Client, ending: str
) -> None:
    sign_in(client, "xiaoshou.a")
    assert "/customers/wanting/export/" in client.get("/customers/wanting/").content.decode()
    address = "/customers/wanting/export/?source=&owner=me"
    assert client.post(address, {"purpose": "marketing", "reason": "x", "ending": ending}).status_code == 422
    said = {"purpose": "sales", "reason": "本周逐个征求同意", "ending": ending}
    sent = client.post(address, said)
    content = b"".join(sent) if sent.streaming else sent.content  # type: ignore[arg-type]
    if ending == "csv":
        text = content.decode("utf-8-sig")
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        text = "\n".join(",".join(str(cell or "") for cell in row) for row in sheet.iter_rows(values_only=True))
    assert "李小明,出生日期" in text and "王芳,性别" in text and "没有征求过" in text
    assert "本周逐个征求同意" in text and "13800138000" not in text
    with acting(group.sales_a):
        made = Disclosure.objects.get()
    assert (made.count, made.purpose, made.reason) == (3, "sales", "本周逐个征求同意")
