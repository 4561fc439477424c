"""Lists go out as their pages show them: export_table, for who may, marked, and with a reason where people's values are."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.pool import release_customer
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_product
from guiju.organisations.models import Disclosure
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.disclosures import words_of_disclosure
from guiju.organisations.tables import TABLES
from guiju.organisations.tests.factories import AT, Group, let, sign_in
from guiju.privacy.tests.factories import data_officer, publish
from guiju.project.urls import urlpatterns
from guiju.sales.services.todos import add_todo

assert urlpatterns, "the views say which tables there are"

SAID = {"purpose": "sales", "reason": "月度回访名单", "ending": "xlsx"}


def lines_of(answer: HttpResponseBase) -> list[list[object]]:
    assert answer.status_code == 200, answer.status_code
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active]


def test_a_list_without_people_goes_out_at_once_narrowed_as_the_page_is_and_marked(
    group: Group, client: Client
) -> None:
    service = service_of(group)
    for code, name in (("A1", "蓝莓汁"), ("A2", "=1+1")):
        some_product(group, code=code, name=name)
    sign_in(client, service.user.username)
    page = client.get("/orders/products/?search=A2").content.decode()
    assert 'href="/tables/products/?search=A2"' in page
    mark, header, *rows = lines_of(client.get("/tables/products/?search=A2"))
    assert header[:2] == ["名称", "编码"] and [row[:2] for row in rows] == [["=1+1", "A2"]]
    with acting(service):
        made = Disclosure.objects.get()
        assert (made.code, made.count, made.purpose) == ("product.read", 1, "")
    assert service.user.name in str(mark[0]) and str(made.pk) in str(mark[0]) and "用于" not in str(mark[0])
    nothing = client.get("/tables/products/?search=没有的")
    assert nothing.status_code == 422 and "没有可以导出的内容" in nothing.content.decode()


def test_a_list_with_people_asks_what_for_and_why(group: Group, client: Client) -> None:
    publish(group)
    let("sales", "customer.export", "company")
    seller = group.sales_a
    someone = some_customer(seller, "王丽", phone="13911112222")
    with acting(seller):
        release_customer(customer_id=someone.pk, reason="不再负责", actor=seller, at=timezone.now())
        add_todo(title="问问 13911113333 的事", due_on=None, actor=seller, at=timezone.now())
    sign_in(client, seller.user.username)
    assert "/tables/pool/" in client.get("/customers/pool/").content.decode()
    form = client.get("/tables/pool/").content.decode()
    assert "导出公海" in form and "理由" in form
    bad = client.post("/tables/pool/", {**SAID, "reason": ""})
    assert bad.status_code == 422 and "请填写理由" in bad.content.decode()
    mark, header, row = lines_of(client.post("/tables/pool/", SAID))
    assert "用于销售跟进：月度回访名单" in str(mark[0])
    assert header[:2] == ["客户", "手机"] and row[1] == "139****2222"
    _, header, row = lines_of(client.post("/tables/todos/", SAID))
    assert header[0] == "要办的事" and "问问" in str(row[0])
    with acting(seller):
        assert [one.code for one in Disclosure.objects.order_by("at")] == ["customer.export"] * 2


def test_contacts_go_out_one_a_row(group: Group, client: Client) -> None:
    publish(group)
    seller = group.sales_a
    firm = some_customer(seller, "某某制造", "company")
    with acting(seller):
        for name, phone in (("赵经理", "13711113333"), ("钱会计", "13711114444")):
            add_contact(customer_id=firm.pk, values={"name": name, "phone": phone}, how=How(), actor=seller, at=AT)
    sign_in(client, seller.user.username)
    _, header, *rows = lines_of(client.post("/customers/export/?search=制造", {**SAID, "what": "contacts"}))
    assert header[:4] == ["客户", "联系人", "主要", "手机"]
    assert sorted(row[1] for row in rows) == ["赵经理", "钱会计"] and {row[0] for row in rows} == {"某某制造"}
    assert {row[3] for row in rows} == {"13711113333", "13711114444"}


def test_who_may_not_gets_neither_button_nor_file_and_no_such_table_is_told(group: Group, client: Client) -> None:
    a_shop(group)
    service = service_of(group)
    sign_in(client, service.user.username)
    assert "/tables/" not in client.get("/customers/pool/").content.decode()
    for code in ("pool", "todos", "disclosures", "found-people", "forecast"):
        assert client.get(f"/tables/{code}/?cleanup_id={service.pk}&record=x&found=y").status_code in (403, 404), code
    for address in ("/tables/nothing/", "/tables/found-people/", "/tables/found-people/?cleanup_id=x&record=a&found=b"):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("code", sorted(TABLES))
def test_every_list_goes_out_for_who_may_or_says_that_there_is_nothing(group: Group, client: Client, code: str) -> None:
    sales, customer, _ = a_shop(group)
    officer = data_officer(group)
    with acting(sales):
        add_todo(title="打电话", due_on=None, actor=sales, at=timezone.now())
    table = TABLES[code]
    got = []
    for member in (sales, officer, service_of(group), group.security_admin):
        sign_in(client, member.user.username)
        query = f"?cleanup_id={customer.pk}&record=person&found=name" if table.args else ""
        answer = (
            client.post(f"/tables/{code}/{query}", SAID) if table.purposes else client.get(f"/tables/{code}/{query}")
        )
        got.append(answer.status_code)
        if answer.status_code == 200:
            assert lines_of(answer)[1], code
    assert set(got) <= {200, 403, 404, 422} and (200 in got or 422 in got or table.args), got


def test_what_is_ones_own_is_logged_as_such_and_every_page_is_there() -> None:
    made = Disclosure(sort=Disclosure.Sort.EXPORT, code="own.tasks", count=3, purpose="")
    assert words_of_disclosure(made) == "导出自己的待办，3行"
    for table in TABLES.values():
        if not table.args:
            assert reverse(table.back)
