"""Products and orders out of files: read, shown, taken in once (产品和订单导入)."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.deadlines.models import Duty
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import GuijuError, NotAllowed, Refused
from guiju.orders.cli import importing
from guiju.orders.exports import error_workbook, import_template
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.services.erasing import let_go_of_files
from guiju.orders.services.table_import import (
    accept_table_import,
    drop_table_import,
    map_table_import,
    preview_table_import,
    problems_in,
    run_table_import,
)
from guiju.orders.tasks import run_table_import as run_as_job
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_order, some_product
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sheets.read import read_table

ORDERS = "订单号,订单日期,客户手机,产品编码,数量,金额\n"


def preview(
    actor: Member, text: str | bytes, kind: str = "orders", name: str = "表.csv", **more: object
) -> TableImport:
    content = text.encode() if isinstance(text, str) else text
    return preview_table_import(kind=kind, name=name, content=content, actor=actor, at=AT, **more)  # type: ignore[arg-type]


def take_in(actor: Member, text: str | bytes, kind: str = "orders", name: str = "表.csv") -> TableImport:
    found = preview(actor, text, kind, name)
    accept_table_import(import_id=found.pk, actor=actor)
    return run_table_import(import_id=found.pk, actor=actor, at=AT)


def told(found: TableImport) -> list[str]:
    return [f"{one['number']} {title}：{sentence}" for one in problems_in(found) for title, sentence in one["problems"]]


def test_orders_come_in_by_phone_or_by_a_name_that_only_one_has(group: Group) -> None:
    sales, _, product = a_shop(group)
    wang = some_customer(sales, "王丽", phone="13911112222")
    firm = some_customer(sales, "某某制造有限公司", "company")
    with acting(sales):
        add_contact(
            customer_id=firm.pk, values={"name": "赵经理", "phone": "13711113333"}, how=How(), actor=sales, at=AT
        )
    lines = (
        "订单编号,下单日期,手机,客户,商品编码,数量,实付金额,发货日期\n"
        f'A1,2026年11月1日,139-1111-2222,,{product.code},2,"1,234.50",20261103\n'
        f"A2,2026/11/2,,王丽,{product.code},1.5,1.2万,\n"
        f"A3,46328,13711113333,,{product.code},1,￥3,\n"
    )
    with acting(sales):
        done = take_in(sales, lines)
        assert (done.state, done.outcome, told(done)) == ("done", "导入3笔订单", [])
        first, second, third = Order.objects.order_by("number").select_related("customer")
        assert (first.customer_id, first.amount, first.delivered_on) == (wang.pk, Decimal("1234.50"), date(2026, 11, 3))
        assert (second.customer_id, second.quantity, second.amount) == (wang.pk, Decimal("1.5"), Decimal(12000))
        assert (third.customer_id, third.ordered_on) == (firm.pk, date(2026, 11, 2))
        assert [one.action for one in history_of(first)] == ["orders.import_orders"]
        assert bytes(done.content) == b""


def test_what_is_there_already_is_told_and_not_doubled(group: Group) -> None:
    sales, _, product = a_shop(group)
    phone = "13911112222"
    some_customer(sales, "王丽", phone=phone)
    text = ORDERS + f"A1,2026-11-01,{phone},{product.code},2,100\n"
    with acting(sales):
        take_in(sales, text)
        again = take_in(sales, text + f"A2,2026-11-01,{phone},{product.code},2,100\n")
        assert again.outcome == "导入1笔订单，1行已有，未重复导入"
        other = preview(sales, ORDERS + f"A1,2026-11-01,{phone},{product.code},3,90\n")
        assert told(other) == ["2 ：订单 A1 已有，内容不同（数量、金额）：没有改动，请在订单页办理"]
        assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "订单号：没有填写"),
        ({"number": "A 1"}, "订单号里不能有空格"),
        ({"number": "9" * 50}, "最多40个字"),
        ({"number": "2.02611E+17"}, "科学计数的订单号"),
        ({"day": ""}, "订单日期：没有填写"),
        ({"day": "2026-12-01"}, "还没有到"),
        ({"day": "2026-13-01"}, "不是日期"),
        ({"day": "1/5/26"}, "可能是"),
        ({"phone": "13700000000"}, "没有这个手机号的客户，或不归您办理"),
        ({"phone": "1.39E+10"}, "科学计数"),
        ({"phone": ""}, "没有填写客户的手机或名称"),
        ({"product": "Z9"}, "没有编码为“Z9”的产品"),
        ({"quantity": "0"}, "数量要大于零"),
        ({"quantity": "-2"}, "数量要大于零"),
        ({"quantity": "NaN"}, "不是数量"),
        ({"quantity": "1e30"}, "不是数量"),
        ({"quantity": "9" * 12}, "数量太大"),
        ({"amount": "0"}, "金额要大于零"),
        ({"amount": "-100"}, "金额要大于零"),
        ({"amount": "一点儿"}, "不是金额"),
        ({"amount": "9" * 14}, "金额太大"),
        ({"amount": "1.234"}, "最多2位小数"),
        ({"amount": "#REF!"}, "Excel 的错误值"),
    ],
)
def test_each_wrong_cell_is_named_and_the_other_rows_come_in(group: Group, changes: dict[str, str], words: str) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    good = {
        "number": "A1",
        "day": "2026-11-01",
        "phone": "13911112222",
        "product": product.code,
        "quantity": "2",
        "amount": "100",
    }
    rows = [{**good, **changes}, {**good, "number": "A2"}]
    with acting(sales):
        done = take_in(sales, ORDERS + "\n".join(",".join(row.values()) for row in rows))
        [problem] = told(done)
        assert problem.startswith("2 ") and words in problem
        assert done.rows_taken == 1 and Order.objects.get().number == "A2"


def test_returns_and_refunds_come_in_within_their_bounds_and_start_their_clock(group: Group) -> None:
    sales, _, product = a_shop(group)
    phone = "13911112222"
    some_customer(sales, "王丽", phone=phone)
    header = "订单号,日期,手机,编码,数量,金额,交付日期,退货日期,退货数量,退货原因,退款日期,退款金额\n"
    start = f"2026-11-01,{phone},{product.code},2,100"
    rows = (
        f"A1,{start},2026-11-02,2026-11-20,1,七日无理由退货,,",
        f"A2,{start},2026-11-02,2026-11-05,2,,,",
        f"A3,{start},2026-11-02,2026-11-05,2,质量问题,2026-11-06,100",
        f"B1,{start},2026-11-02,2026-11-05,,,,",
        f"B2,{start},,2026-11-05,2,,,",
        f"B3,{start},2026-11-02,2026-11-05,3,,,",
        f"B4,{start},2026-11-02,,,,2026-11-06,100.01",
        f"B5,{start},2026-11-02,,,,2026-11-06,",
        f"B6,{start},2026-11-02,,1,,,",
        f"B7,{start},2026-11-02,2026-11-05,2,心情不好,,",
    )
    with acting(sales):
        done = take_in(sales, header + "\n".join(rows))
        assert told(done) == [
            "5 退货数量：有退货日期，没有填写退了多少",
            "6 退货日期：还没有登记交付，不能退货：先登记交付，没有发出的请作废",
            "7 退货数量：退货数量 3 超过订单的 2",
            "8 退款金额（元）：退款 100.01 元超过订单的金额 100.00 元",
            "9 退款金额（元）：有退款日期，没有填写退了多少",
            "10 退货日期：没有填写",
            "11 退货原因：“心情不好”不在可选的项里，可填：七日无理由退货、质量问题、双方约定",
        ]
        assert "其中1笔退货早已过了七日还没有退款" in done.outcome
        [clock] = Duty.objects.filter(kind="orders.refund")
        assert (clock.subject_id, clock.basis) == (Order.objects.get(number="A1").pk, "statutory")
        assert Order.objects.get(number="A3").state == "已退款"


def test_a_number_twice_in_a_file_names_the_earlier_row(group: Group) -> None:
    sales, _, product = a_shop(group)
    other = some_product(group, name="梨")
    some_customer(sales, "王丽", phone="13911112222")
    some_customer(sales, "赵六", phone="13911113333")
    with acting(sales):
        found = preview(
            sales,
            ORDERS + f"A1,2026-11-01,13911112222,{product.code},2,100\n"
            f"A1,2026-11-01,13911112222,{product.code},2,100\n"
            f"A1,2026-11-01,13911112222,{other.code},1,5\n"
            f"A1,2026-11-01,13911113333,{some_product(group).code},1,5\n",
        )
        assert told(found) == [
            "3 订单号：与第2行的订单号和产品相同",
            "5 订单号：订单号 A1 在前面的行里是另一位客户的",
        ]
        assert found.rows_total == 4


def test_one_name_for_two_customers_is_not_guessed(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "李小明")
    with acting(sales):
        found = preview(sales, f"订单号,日期,客户,编码,数量,金额\nA1,2026-11-01,李小明,{product.code},1,5\n")
    assert told(found) == ["2 客户名称：有2位客户是“李小明”：请填写能分清是谁的手机号"]


def test_nobody_elses_customers_are_found_nor_who_may_not_be_used(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    frozen = some_customer(sales, "赵六", phone="13911113333")
    officer = data_officer(group)
    assert frozen.subject_id is not None
    with acting(officer):
        freeze_subject(subject_id=frozen.subject_id, reason="投诉没有办结", actor=officer, at=AT)
    colleague = join(group.company_a, "sales", "tongshi.a", group.system_admin, group.security_admin)
    publish(group, group.company_b)
    other = some_product(group, group.company_b, code=product.code)
    rows = "".join(f"A{tail},2026-11-01,1391111{tail},{product.code},1,5\n" for tail in ("2222", "3333"))
    for member, bad in ((sales, 1), (service_of(group), 1), (colleague, 2), (service_of(group, group.company_b), 2)):
        with acting(member):
            assert preview(member, ORDERS + rows).rows_bad == bad, member
    with acting(group.compliance), pytest.raises(NotAllowed):
        preview(group.compliance, ORDERS + rows)
    assert other.code == product.code


def test_products_come_in_with_what_offices_write(group: Group) -> None:
    service = service_of(group)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["产品目录"])
    sheet.append(
        ["序号", "产品编码 *", "产品名称（必填）", "类型", "所属行业", "批准文号/备案号", "单位", "单价（元）"]
    )
    sheet.append([1, "YP1", "感冒灵", "商品", "药品", "国药准字Z20260001", "盒", 12.5])
    sheet.append([2, "FW1", "=cmd|' /C calc'!A0", "服务", "", "", "次", "1.2万"])
    sheet["C4"].data_type = "s"
    file = io.BytesIO()
    book.save(file)
    with acting(service):
        done = take_in(service, file.getvalue(), "products", "产品.xlsx")
        assert (done.outcome, told(done)) == ("导入2个产品", [])
        drug, wash = Product.objects.order_by("-code")
        assert (drug.code, drug.sector, drug.kind, drug.price) == ("YP1", "drugs", "product", Decimal("12.50"))
        assert (wash.kind, wash.sector, wash.price) == ("service", "food", Decimal(12000))
        again = take_in(
            service, "编码,名称,行业,批准文号,单位,单价\nYP1,感冒灵,药品,国药准字Z20260001,盒,12.50\n", "products"
        )
        assert again.outcome == "导入0个产品，1行已有，未重复导入"
        other = preview(
            service, "编码,名称,行业\nYP1,<b>别的</b>,药品\nN1,新,军火\nN2,好,食品\nN2,坏,食品\n", "products"
        )
        assert told(other) == [
            "2 ：编码 YP1 已有，内容不同（名称、批准文号或备案号、单位、标价（元））：没有改动，请在产品页修改",
            "3 行业：没有“军火”这个行业",
            "5 编码：与第4行的编码相同",
        ]


def test_gb18030_and_columns_that_are_chosen_by_hand(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    text = f"流水,何时,买方电话,货,几件,多少钱\nA1,2026-11-01,13911112222,{product.code},2,100\n"
    mapping = dict(
        zip(
            ["流水", "何时", "买方电话", "货", "几件", "多少钱"],
            ["number", "ordered_on", "phone", "product", "quantity", "amount"],
            strict=True,
        )
    )
    with acting(sales):
        with pytest.raises(Refused, match="没有这些列：订单号、订单日期"):
            preview(sales, text.encode("gb18030"))
        found = preview(sales, text.encode("gb18030"), may_ask=True)
        with pytest.raises(Refused, match="请先选择哪一列是什么"):
            accept_table_import(import_id=found.pk, actor=sales)
        with pytest.raises(Refused, match="有两列都对应了"):
            map_table_import(import_id=found.pk, mapping={**mapping, "何时": "number"}, actor=sales, at=AT)
        found = map_table_import(import_id=found.pk, mapping=mapping, actor=sales, at=AT)
        assert (found.rows_total, found.rows_bad) == (1, 0)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.xlsx", b"", "是空的"),
        ("假.xlsx", b"hello", "不是 Excel 文件"),
        ("只有表头.csv", ORDERS.encode(), "只有表头"),
        (
            "缺列.csv",
            "订单号,订单日期\nA1,2026-11-01\n".encode(),
            "没有这些列：产品编码、数量、金额（元）、客户手机或客户名称",
        ),
        ("宽.csv", (",".join(f"c{one}" for one in range(10_000)) + "\n" + "1," * 9_999 + "1\n").encode(), "10000列"),
        ("空字符.csv", (ORDERS + "A\x001,2026-11-01,13911112222,P,1,1\n").encode(), "不是"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    group: Group, name: str, content: bytes, words: str
) -> None:
    sales, _, _ = a_shop(group)
    with acting(sales), pytest.raises(GuijuError, match=words):
        found = preview(sales, content, name=name)
        accept_table_import(import_id=found.pk, actor=sales)


def test_a_very_wide_workbook_is_refused(group: Group) -> None:
    book = openpyxl.Workbook()
    book.active.append([f"列{one}" for one in range(10_000)])
    book.active.append(list(range(10_000)))
    file = io.BytesIO()
    book.save(file)
    with acting(service_of(group)), pytest.raises(Refused, match="10000列，最多500列"):
        preview(service_of(group), file.getvalue(), "products", "宽.xlsx")


def test_the_error_workbook_is_mended_and_sent_again_and_runs_no_formula(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        done = preview(sales, ORDERS + f"=1+1,2026-11-01,13911112222,{product.code},abc,100\n")
        book = openpyxl.load_workbook(io.BytesIO(error_workbook(done)))
        assert book.active["B2"].value == "=1+1" and book.active["B2"].data_type == "s"
        assert "不是数量" in str(book.active["H2"].value)
        book.active["F2"] = "2"
        mended = io.BytesIO()
        book.save(mended)
        again = take_in(sales, mended.getvalue(), name="改.xlsx")
        assert (again.rows_taken, Order.objects.get().number) == (1, "=1+1")


def test_the_templates_can_be_filled_and_as_they_are_bring_nothing(group: Group, client: Client) -> None:
    sales, _, _ = a_shop(group)
    sign_in(client, service_of(group).user.username)
    for kind, address in (("orders", "/orders/import/"), ("products", "/orders/products/import/")):
        template = client.get(f"{address}template.xlsx").content
        assert template.startswith(b"PK") and len(list(read_table("模板.xlsx", import_template(kind)))) == 2
        with acting(service_of(group)):
            found = preview(service_of(group), template, kind, "模板.xlsx")
        assert (found.rows_total, found.rows_bad) == (1, 1), kind
    assert sales


def test_running_twice_takes_in_once_and_a_file_is_let_go(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    text = ORDERS + f"A1,2026-11-01,13911112222,{product.code},2,100\n"
    with acting(sales):
        done = take_in(sales, text)
        assert run_table_import(import_id=done.pk, actor=sales, at=AT).rows_taken == 1
        assert Order.objects.count() == 1
        found = preview(sales, text)
        drop_table_import(import_id=found.pk, actor=sales, at=AT)
        found.refresh_from_db()
        assert bytes(found.content) == b""
        with pytest.raises(Refused, match="已经处理过"):
            accept_table_import(import_id=found.pk, actor=sales)
        left = preview(sales, ORDERS + "x,x,x,x,x,x\n")
    let_go_of_files(at=AT + timedelta(days=31))
    with acting(sales):
        left.refresh_from_db()
        assert (left.state, bytes(left.content), problems_in(left)) == ("dropped", b"", [])


def test_an_import_whose_member_left_ends_with_the_reason(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        found = preview(sales, ORDERS + f"A1,2026-11-01,13911112222,{product.code},2,100\n")
        accept_table_import(import_id=found.pk, actor=sales)
    run_as_job(
        import_id=str(found.pk),
        entity_id=str(found.entity_id),
        member_id=str(group.sales_b.pk),
        user_id=str(sales.user_id),
    )
    with acting(sales):
        found.refresh_from_db()
    assert (found.state, found.outcome) == ("failed", "经办人已离开公司，这项工作没有继续")


def test_the_pages_lead_from_upload_to_outcome(group: Group, client: Client) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    sign_in(client, sales.user.username)
    text = ORDERS + f"A1,2026-11-01,13911112222,{product.code},2,100\nA2,2026-11-01,13911112222,Z,2,100\n"
    page = client.post("/orders/import/", {"file": SimpleUploadedFile("订单.csv", text.encode())}, follow=True)
    address = page.redirect_chain[-1][0]
    shown = page.content.decode()
    assert "没有编码为“Z”的产品" in shown and "导入正确的 1 行，其余退回" in shown and "13911112222" not in shown
    columns = {
        f"column_{place}": code for place, code in enumerate(["number", "ordered_on", "phone", "product", "quantity"])
    }
    assert "没有这些列：金额" in client.post(f"{address}map/", columns).content.decode()
    assert client.post(f"{address}map/", {**columns, "column_5": "amount"}, follow=True).status_code == 200
    assert "正在导入" in client.post(address, follow=True).content.decode()
    with acting(sales):
        found = TableImport.objects.get()
        run_table_import(import_id=found.pk, actor=sales, at=datetime.now(AT.tzinfo))
    assert "导入1笔订单，退回1行" in client.get(address).content.decode()
    assert client.get(f"{address}errors.xlsx").content.startswith(b"PK")
    bad = client.post("/orders/import/", {"file": SimpleUploadedFile("假.xlsx", b"hello")})
    assert bad.status_code == 422 and "不是 Excel 文件" in bad.content.decode()
    sign_in(client, service_of(group).user.username)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}drop/").status_code == 404


def run(secret: str, *arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(importing, [*arguments, "--format=json"], obj=secret)
    if isinstance(result.exception, GuijuError):
        return 2, {"sentence": result.exception.sentence}
    return result.exit_code, json.loads(result.stdout)


def test_the_command_line_imports_and_says_what_went_back(group: Group, tmp_path: Path) -> None:
    service, code = service_of(group), group.company_a.unified_code
    publish(group)
    some_customer(group.sales_a, "王丽", phone="13911112222")
    with acting(service):
        secret = create_token(member=service, name="x", days=1, at=datetime.now(AT.tzinfo))
    products, orders, mapping = tmp_path / "产品.csv", tmp_path / "订单.csv", tmp_path / "对应.json"
    products.write_text("编码,名称\nP1,米\n", "utf-8")
    assert run(secret, "products", str(products), f"--entity={code}")[0] == 0
    orders.write_text("单,日期,手机,编码,数量,金额\nA1,2026-11-01,13911112222,P1,2,100\n", "utf-8")
    assert "没有这些列：订单号" in str(run(secret, "orders", str(orders), f"--entity={code}"))
    mapping.write_text(
        '{"columns": {"单": "number", "日期": "ordered_on", "手机": "phone", "编码": "product", "数量": "quantity",'
        ' "金额": "amount"}}',
        "utf-8",
    )
    asked = ("orders", str(orders), f"--entity={code}", f"--mapping={mapping}")
    exit_code, told_dry = run(secret, *asked, "--dry-run")
    assert (exit_code, told_dry["outcome"]) == (0, "1行，可以导入1笔订单")
    with acting(service):
        assert not Order.objects.exists()
    assert run(secret, *asked)[0] == 0
    exit_code, again = run(secret, *asked)
    assert (exit_code, again["known"], again["taken"]) == (0, 1, 0)
    orders.write_text("订单号,日期,手机,编码,数量,金额\nA2,2026-11-01,1,P1,2,100\n", "utf-8")
    exit_code, bad = run(secret, "orders", str(orders), f"--entity={code}")
    assert (exit_code, bad["refused"], bad["taken"]) == (1, 1, 0)
    assert "不能导入" in str(run(secret, "orders", str(orders), f"--entity={group.company_b.unified_code}"))
    mapping.write_text("[", "utf-8")
    assert "不是 JSON" in str(run(secret, *asked))
    mapping.write_text('{"columns": []}', "utf-8")
    assert "应是" in str(run(secret, *asked))


def test_some_order_made_by_hand_is_known_to_a_file(group: Group) -> None:
    sales, _, product = a_shop(group)
    wang = some_customer(sales, "王丽", phone="13911112222")
    some_order(sales, wang, product, number="A1")
    with acting(sales):
        found = preview(sales, ORDERS + f"A1,2026-11-01,13911112222,{product.code},2,100\n")
    assert (found.rows_known, found.rows_bad) == (1, 0)
