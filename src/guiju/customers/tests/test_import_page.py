"""The page before a file is confirmed: sample cells, sheets, a trial; what a column's habit of dates says; sources."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guiju.customers.models import Customer, CustomerImport
from guiju.customers.selectors.imports import samples_of
from guiju.customers.services.customer_import import choose_sheet, open_customer_import
from guiju.customers.services.rows import FileConsent
from guiju.customers.services.trying import try_customer_import
from guiju.customers.tests.test_import_customers import MEMBERS, load, told_of
from guiju.customers.values import values_of
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.fields import Field
from guiju.privacy.terms import Sort
from guiju.privacy.tests.factories import publish
from guiju.privacy.values import clean


def book(**sheets: Sequence[Sequence[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(list(row))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def upload(client: Client, name: str, content: bytes) -> str:
    answer = client.post(
        "/customers/import/", {"kind": "person", "file": SimpleUploadedFile(name, content)}, follow=True
    )
    return str(answer.redirect_chain[-1][0])


def test_sample_cells_are_masked_as_the_matrix_says(group: Group, client: Client) -> None:
    publish(group)
    seller = group.sales_a
    sign_in(client, seller.user.username)
    address = upload(client, "会员.csv", MEMBERS.encode())
    page = client.get(address).content.decode()
    assert "李小明" in page and "老客户" in page
    place = page.find("110101199003077571")
    assert place < 0, page[place - 300 : place + 50]
    assert "110***********7571" in page
    with acting(seller):
        found = CustomerImport.objects.get()
        assert samples_of(seller, found)["身份证号"] == ["110***********7571"]
        assert b"110101" not in bytes(found.samples)


def test_a_trial_says_how_many_come_in_and_why_cells_go_back_and_stores_nothing(group: Group, client: Client) -> None:
    publish(group)
    seller = group.sales_a
    sign_in(client, seller.user.username)
    address = upload(client, "会员.csv", MEMBERS.encode())
    with acting(seller):
        found = CustomerImport.objects.get()
    titles = {f"column_{place}": found.mapping[str(one["title"])] for place, one in enumerate(found.titles)}
    said = {**titles, "source": "门店会员登记表"}
    page = client.post(address, {**said, "try": "1"}).content.decode()
    assert "5 行里可以导入 3 位，5 处要退回" in page and "没有填写" in page
    with acting(seller):
        found.refresh_from_db()
        assert (found.state, found.source) == ("mapping", "") and not Customer.objects.exists()
        trial = try_customer_import(
            import_id=found.pk, mapping=found.mapping, source="登记表", consents=(), actor=seller, at=AT
        )
        assert [(one.title, one.count, one.lines) for one in trial.reasons] == [
            ("性别", 2, [2, 3]),
            ("客户姓名", 1, [4]),
            ("手机号", 1, [5]),
            ("手机号", 1, [6]),
        ]
    bad = client.post(address, {**said, "source": "13800138000 给的", "try": "1"})
    assert bad.status_code == 422 and "来源里有电话号码" in bad.content.decode()
    client.post(address, said)
    with acting(seller):
        found.refresh_from_db()
        assert (found.state, bytes(found.samples)) == ("running", b"")


def test_another_sheet_is_chosen_without_sending_the_file_again(group: Group, client: Client) -> None:
    publish(group)
    seller = group.sales_a
    sign_in(client, seller.user.username)
    content = book(
        一月=[("姓名", "手机"), ("甲", "13800138000")], 二月=[("客户", "电话"), ("乙", "13800138001")], 空=[]
    )
    address = upload(client, "会员.xlsx", content)
    page = client.get(address).content.decode()
    assert "二月（2 行）" in page and ">空（" not in page and "甲" in page
    assert "现在是工作表“二月”" in client.post(f"{address}sheet/", {"sheet": "二月"}, follow=True).content.decode()
    page = client.get(address).content.decode()
    assert "乙" in page and "一月（2 行）" in page
    assert "没有工作表" in client.post(f"{address}sheet/", {"sheet": "三月\x00"}, follow=True).content.decode()
    with acting(seller):
        found = CustomerImport.objects.get()
        assert found.mapping == {"客户": "person.name", "电话": "person.phone"}
        with pytest.raises(Refused):
            choose_sheet(import_id=found.pk, sheet="", actor=seller, at=AT)


@pytest.mark.parametrize(
    ("days", "came"),
    [(("1/25/90", "1/5/90"), "1990-01-05"), (("25/1/90", "1/5/90"), "1990-05-01"), (("1/5/90", "2/5/90"), None)],
)
def test_the_habit_of_a_column_of_dates_is_seen_in_it(group: Group, days: tuple[str, str], came: str | None) -> None:
    publish(group)
    text = f"姓名,出生日期\n甲,{days[0]}\n乙,{days[1]}\n"
    found = load(group, text, consents=[FileConsent("service", "登记表", AT)])
    with acting(group.sales_a):
        assert values_of(Customer.objects.get(name="乙")).get("birthday") == came
    assert bool(told_of(found)) is (came is None)


def test_a_consent_dated_by_the_habit_of_its_column_is_of_that_day(group: Group) -> None:
    publish(group)
    text = "姓名,性别,同意日期\n甲,男,1/25/27\n乙,男,1/5/27\n"
    found = load(group, text, consents=[FileConsent("service", "登记表", AT)])
    assert [
        one["sentence"] for told in told_of(found).values() for one in told["cells"] if one["title"] == "同意日期"
    ] == [
        "同意的时间在将来",
        "同意的时间在将来",
    ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("3.5万", "35000"), ("3万5", "35000"), ("￥1,234.50", "1234.5"), ("1,234", "1234"), ("-2", "-2"), ("1e3", "1000")],
)
def test_a_number_is_read_as_amounts_are_written(typed: str, kept: str) -> None:
    assert clean(Field("person", "spent", "消费", sort=Sort.NUMBER), typed) == kept


def test_what_is_no_number_stays_none() -> None:
    for text in ("三五万", "约3万", "3.5万左右", "NaN", "无", "9" * 40):
        with pytest.raises(Exception, match="消费"):
            clean(Field("person", "spent", "消费", sort=Sort.NUMBER), text)


def test_the_mapping_of_before_leaves_out_what_may_not_go_there_any_more(group: Group) -> None:
    publish(group)
    load(group, "姓名,暗号\n甲,x\n", mapping={"姓名": "person.name", "暗号": "person.company"})
    with acting(group.sales_a):
        again = open_customer_import(
            name="y.csv",
            content="姓名,暗号\n乙,110101199003077571\n".encode(),
            kind="person",
            actor=group.sales_a,
            at=AT,
        )
        assert again.mapping == {"姓名": "person.name", "暗号": ""}
