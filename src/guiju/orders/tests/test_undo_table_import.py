"""A file of products or orders is taken back; the same file, or a mended one, comes in once more (undo_table_import)."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from guiju.archives.models import Hold
from guiju.database.models import new_id
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.orders.cli import importing
from guiju.orders.models import Order, Product, TableImport
from guiju.orders.services.import_undo import run_table_undo, undo_table_import
from guiju.orders.services.orders import deliver_order, void_order
from guiju.orders.services.products import end_product
from guiju.orders.services.table_import import accept_table_import, map_table_import, run_table_import
from guiju.orders.tasks import run_table_undo as run_as_job
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_order
from guiju.orders.tests.test_import_orders import ORDERS, preview, take_in
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in

LATER = AT + timedelta(hours=1)
PRODUCTS = "编码,名称\n" + "".join(f"N{number},米{number}\n" for number in range(4))


def undo(found: TableImport, actor: Member) -> TableImport:
    with acting(actor):
        undo_table_import(import_id=found.pk, actor=actor)
        return run_table_undo(import_id=found.pk, actor=actor, at=LATER)


def lines(code: str, count: int = 5) -> str:
    return ORDERS + "".join(f"A{number},2026-11-01,13911112222,{code},2,100\n" for number in range(count))


def test_orders_that_nobody_touched_become_void_and_the_others_stay(group: Group) -> None:
    sales, _, product = a_shop(group)
    wang = some_customer(sales, "王丽", phone="13911112222")
    mine = some_order(sales, wang, product, number="手工")
    with acting(sales):
        text = ORDERS.replace("金额", "金额,发货日期,退货日期")
        text += "".join(f"A{number},2026-11-01,13911112222,{product.code},1,100,," + "\n" for number in range(3))
        text += f"A3,2026-11-01,13911112222,{product.code},1,100,2026-11-02,{AT:%Y-%m-%d}\n"
        done = take_in(sales, text)
        assert done.outcome == "导入4笔订单"
        first, second = Order.objects.get(number="A0"), Order.objects.get(number="A1")
        deliver_order(order_id=first.pk, on=date(2026, 11, 2), actor=sales, at=LATER)
    found = undo(done, sales)
    assert (found.state, found.outcome) == ("undone", "已撤销2笔订单，2笔订单留着")
    assert {name: why for name, _, why in found.undo["stays"]} == {
        "A0": "后来办理或改过",
        "A3": "已退货，退款的期限在走：先在订单页撤销退货",
    }
    with acting(sales):
        void = Order.objects.exclude(voided_at=None)
        assert {one.number for one in void} == {"A1", "A2"}
        assert history_of(second)[0].action == "orders.undo_import"
        mine.refresh_from_db()
        assert mine.voided_at is None
        with pytest.raises(Refused, match="只有导入完成的"):
            undo_table_import(import_id=done.pk, actor=sales)


def test_whoever_is_held_keeps_the_orders(group: Group) -> None:
    sales, _, product = a_shop(group)
    wang = some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        done = take_in(sales, lines(product.code, 1))
    with acting(group.sales_a):
        hold_for(group, wang.subject_id)
    assert undo(done, sales).outcome == "已撤销0笔订单，1笔订单留着"


def hold_for(group: Group, subject_id: object) -> None:
    Hold.objects.create(
        id=new_id(),
        entity_id=group.company_a.pk,
        subject_id=subject_id,
        sort=Hold.Sort.DISPUTE,
        reason="投诉",
        placed_by=group.sales_a.user,
        placed_at=AT,
    )


def test_a_mended_file_brings_back_what_was_taken_back_and_nothing_else_that_is_void(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        done = take_in(sales, lines(product.code, 2))
    undo(done, sales)
    with acting(sales):
        again = take_in(sales, lines(product.code, 2).replace("A1,2026-11-01", "A1,2026-11-03"))
        assert again.outcome == "导入2笔订单" and Order.objects.filter(voided_at=None).count() == 2
        second = Order.objects.get(number="A1")
        assert second.ordered_on == date(2026, 11, 3)
        assert [one.action for one in history_of(second)] == [
            "orders.import_orders",
            "orders.undo_import",
            "orders.import_orders",
        ]
    assert undo(again, sales).undo["back"] == 2
    # What was struck out by hand stays so.
    with acting(sales):
        third = take_in(sales, lines(product.code, 2))
        void_order(order_id=second.pk, reason="重复", actor=sales, at=LATER + timedelta(hours=1))
        assert preview(sales, lines(product.code, 2)).rows_bad == 1 and third.rows_taken == 2


def test_products_without_orders_are_taken_off_and_come_back_with_what_the_new_file_says(group: Group) -> None:
    sales, customer, _ = a_shop(group)
    service = service_of(group)
    with acting(service):
        done = take_in(service, PRODUCTS, "products")
        sold, ended = Product.objects.get(code="N0"), Product.objects.get(code="N1")
        end_product(product_id=ended.pk, actor=service, at=LATER)
    some_order(sales, customer, sold)
    found = undo(done, service)
    assert {name: why for name, _, why in found.undo["stays"]} == {"米0": "已有订单", "米1": "后来办理或改过"}
    with acting(service):
        assert Product.objects.filter(code__in=["N2", "N3"], ended_at=LATER).count() == 2
        mended = "编码,名称\nN2,大米\nN1,改名\n"
        again = take_in(service, mended, "products")
        assert (again.rows_taken, again.rows_bad) == (1, 1)
        back = Product.objects.get(code="N2")
        assert (back.name, back.ended_at) == ("大米", None)


def test_only_who_sent_a_file_takes_it_back_and_one_without_anything_new_is_refused(group: Group) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        done = take_in(sales, lines(product.code))
        known = take_in(sales, lines(product.code))
        with pytest.raises(Refused, match="没有登记新的订单"):
            undo_table_import(import_id=known.pk, actor=sales)
    with acting(service_of(group)), pytest.raises(Missing):
        undo_table_import(import_id=done.pk, actor=service_of(group))


def test_the_page_takes_back_and_shows_what_stayed(group: Group, client: Client) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    with acting(sales):
        done = take_in(sales, lines(product.code, 2))
        first = Order.objects.get(number="A0")
        deliver_order(order_id=first.pk, on=date(2026, 11, 2), actor=sales, at=LATER)
    sign_in(client, sales.user.username)
    address = f"/orders/import/{done.pk}/"
    assert "undo/" in client.get(address).content.decode()
    assert "作废" in client.get(f"{address}undo/").content.decode()
    assert "正在撤销" in client.post(f"{address}undo/", follow=True).content.decode()
    run_as_job(import_id=str(done.pk), member_id=str(sales.pk), user_id=str(sales.user_id))
    page = client.get(address).content.decode()
    assert "已撤销1笔订单，1笔订单留着" in page and f"/orders/{first.pk}/" in page and "undo/" not in page


def test_a_pasted_block_is_read_and_its_columns_are_remembered(group: Group, client: Client) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    sign_in(client, sales.user.username)
    block = f"票号\t订单日期\t客户手机\t产品编码\t数量\t金额\nA1\t2026-11-01\t13911112222\t{product.code}\t2\t1.2万\n"
    page = client.post("/orders/import/", {"pasted": block, "source": "收银系统"}, follow=True)
    assert "没有这些列：订单号" in page.content.decode()
    with acting(sales):
        found = TableImport.objects.get()
        map_table_import(import_id=found.pk, mapping={**found.mapping, "票号": "number"}, actor=sales, at=AT)
        accept_table_import(import_id=found.pk, actor=sales)
        assert run_table_import(import_id=found.pk, actor=sales, at=AT).rows_taken == 1
        assert preview(sales, block.replace("A1", "A2")).mapping["票号"] == "number"
    assert "来源：收银系统" in client.get(page.redirect_chain[-1][0]).content.decode()
    both = {"pasted": block, "file": SimpleUploadedFile("x.csv", b"a\nb\n")}
    assert "两样选一样" in client.post("/orders/import/", both).content.decode()
    bad = client.post("/orders/import/", {"pasted": block, "source": "王丽 13911112222 的单子"})
    assert bad.status_code == 422 and "来源里有电话号码" in bad.content.decode()


def test_another_sheet_is_chosen_without_sending_the_file_again(group: Group, client: Client) -> None:
    """By choose_table_sheet, from the page."""
    sales, _, product = a_shop(group)
    some_customer(sales, "王丽", phone="13911112222")
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["请填写", "第二张"])
    book.active.append(["谢谢", "谢谢"])
    page = book.create_sheet("订单")
    for line in ORDERS.strip().split(","), ["A1", "2026-11-01", "13911112222", product.code, "2", "100"]:
        page.append(list(line))
    file = io.BytesIO()
    book.save(file)
    sign_in(client, sales.user.username)
    answer = client.post("/orders/import/", {"file": SimpleUploadedFile("x.xlsx", file.getvalue())}, follow=True)
    address = answer.redirect_chain[-1][0]
    assert "订单（2 行）" in answer.content.decode()
    assert "现在是工作表“订单”" in client.post(f"{address}sheet/", {"sheet": "订单"}, follow=True).content.decode()
    with acting(sales):
        found = TableImport.objects.get()
        assert (found.rows_total, found.rows_bad, found.sheet) == (1, 0, "订单")
    assert "没有工作表" in client.post(f"{address}sheet/", {"sheet": "无"}, follow=True).content.decode()


def test_the_command_line_keeps_the_source_and_a_trace_of_a_dry_run(group: Group, tmp_path: Path) -> None:
    service, code = service_of(group), group.company_a.unified_code
    with acting(service):
        secret = create_token(member=service, name="x", days=1, at=timezone.now())
    file = tmp_path / "产品.csv"
    file.write_text(PRODUCTS, "utf-8")
    asked = ["products", str(file), f"--entity={code}", "--format=json"]
    result = CliRunner().invoke(importing, [*asked, "--dry-run", "--consent-source", "仓库盘点表"], obj=secret)
    assert json.loads(result.stdout)["outcome"] == "4行，可以导入4个产品"
    with acting(service):
        [trace] = TableImport.objects.all()
        assert (trace.state, trace.outcome, trace.source) == ("dropped", "只判断：4行，可以导入4个产品", "仓库盘点表")
        assert (trace.rows_total, bytes(trace.content), bytes(trace.problems)) == (4, b"", b"")
    refused = CliRunner().invoke(importing, [*asked, "--consent-source", "身份证110101199003077571"], obj=secret)
    assert isinstance(refused.exception, GuijuError) and "来源里有身份证件" in refused.exception.sentence
    told = json.loads(CliRunner().invoke(importing, [*asked, "--consent-source", "仓库盘点表"], obj=secret).stdout)
    assert (told["taken"], told["source"]) == (4, "仓库盘点表")
