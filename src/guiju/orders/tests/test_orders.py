"""Orders are entered, delivered, returned, refunded, put right or voided (订单)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from guiju.deadlines.models import Duty
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.orders.models import Order
from guiju.orders.selectors.history import history_for
from guiju.orders.selectors.orders import OrderFilter, reading_orders
from guiju.orders.selectors.volumes import volumes
from guiju.orders.services.orders import (
    OrderDetails,
    add_order,
    change_order,
    deliver_order,
    due_of,
    refund_order,
    return_order,
    undo_step,
    void_order,
)
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_order, some_product
from guiju.organisations.models import Disclosure, Member, Relation, Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.disclosures import MOST_LOOKUPS, note_lookup
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import data_officer, publish

TODAY = day_of(AT)
NOVEMBER = date(2026, 11, 1)


def delivered(actor: Member, order: Order, on: date = date(2026, 11, 3)) -> Order:
    with acting(actor):
        return deliver_order(order_id=order.pk, on=on, actor=actor, at=AT)


def returned(actor: Member, order: Order, quantity: str = "2", ground: str = "no_reason", on: date = TODAY) -> Order:
    with acting(actor):
        return return_order(order_id=order.pk, on=on, quantity=Decimal(quantity), ground=ground, actor=actor, at=AT)


def refunded(actor: Member, order: Order, amount: str, reason: str = "", on: date = TODAY) -> Order:
    with acting(actor):
        return refund_order(order_id=order.pk, on=on, amount=Decimal(amount), reason=reason, actor=actor, at=AT)


def test_an_order_goes_from_entry_to_refund_and_each_step_leaves_its_entry(group: Group) -> None:
    sales, customer, product = a_shop(group)
    service = service_of(group)
    order = some_order(sales, customer, product)
    assert (order.number, order.state) == ("20261101-0001", "待交付")
    assert delivered(sales, order).state == "已交付"
    assert returned(sales, order, "1").state == "已退货，待退款"
    done = refunded(service, order, "50")
    assert (done.state, done.returned_on, done.refunded_on) == ("已退款", TODAY, TODAY)
    with acting(service):
        assert [one.action for one in history_of(order)] == [
            "orders.refund_order",
            "orders.return_order",
            "orders.deliver_order",
            "orders.add_order",
        ]


def test_numbers_are_made_by_day_and_given_ones_stand_for_one_customer(group: Group) -> None:
    sales, customer, product = a_shop(group)
    other = some_product(group, name="蓝莓酱")
    assert [some_order(sales, customer, product).number for _ in range(2)] == ["20261101-0001", "20261101-0002"]
    assert some_order(sales, customer, product, ordered_on=TODAY).number == f"{TODAY:%Y%m%d}-0001"
    some_order(sales, customer, product, number="T-88")
    some_order(sales, customer, other, number="T-88")
    with pytest.raises(Refused, match="订单 T-88 里已经有蓝莓汁"):
        some_order(sales, customer, product, number="T-88")
    with pytest.raises(Refused, match="已经用于另一位客户"):
        some_order(sales, some_customer(sales, "王丽"), some_product(group, name="梨"), number="T-88")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"quantity": Decimal(0)}, "quantity", "数量要大于零"),
        ({"quantity": Decimal(-2)}, "quantity", "数量要大于零"),
        ({"quantity": Decimal("NaN")}, "quantity", "不是一个数"),
        ({"quantity": Decimal("1e12")}, "quantity", "太大"),
        ({"quantity": Decimal("0.0001")}, "quantity", "最多3位小数"),
        ({"amount": Decimal(0)}, "amount", "金额要大于零"),
        ({"amount": Decimal(-1)}, "amount", "金额要大于零"),
        ({"amount": Decimal("Infinity")}, "amount", "不是一个数"),
        ({"amount": Decimal("1e40")}, "amount", "太大"),
        ({"amount": Decimal("1.005")}, "amount", "最多2位小数"),
        ({"ordered_on": TODAY + timedelta(days=1)}, "ordered_on", "还没有到"),
        ({"ordered_on": date(1, 1, 1)}, "ordered_on", "太早"),
        ({"delivered_on": date(2026, 10, 31)}, "delivered_on", "早于订单日期"),
        ({"delivered_on": TODAY + timedelta(days=1)}, "delivered_on", "还没有到"),
        ({"number": "A\x00"}, "number", "控制字符"),
        ({"number": "A 1"}, "number", "空格"),
        ({"number": "9" * 41}, "number", "最多40个字"),
    ],
)
def test_what_makes_no_sense_is_named_by_its_field(
    group: Group, changes: dict[str, object], field: str, words: str
) -> None:
    sales, customer, product = a_shop(group)
    with pytest.raises(Refused, match=words) as refusal:
        some_order(sales, customer, product, **changes)
    assert refusal.value.problems[0].field == field


def test_nothing_comes_back_that_was_not_delivered_nor_more_than_was_sold(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    with pytest.raises(Refused, match="还没有登记交付"):
        returned(sales, order)
    delivered(sales, order)
    for quantity, on, words in (
        ("3", TODAY, "退货数量 3 超过订单的 2"),
        ("0", TODAY, "退货数量要大于零"),
        ("1", date(2026, 11, 2), "早于交付日期 2026-11-03"),
        ("1", TODAY + timedelta(days=1), "还没有到"),
    ):
        with pytest.raises(Refused, match=words):
            returned(sales, order, quantity, on=on)
    with pytest.raises(Refused, match="请选择退货的原因"):
        returned(sales, order, ground="whim")


def test_no_more_is_refunded_than_was_paid_and_less_than_came_back_asks_why(group: Group) -> None:
    sales, customer, product = a_shop(group)
    service = service_of(group)
    order = some_order(sales, customer, product)
    for amount, on, words in (
        ("100.01", TODAY, "退款 100.01 元超过订单的金额 100.00 元"),
        ("0", TODAY, "退款金额要大于零"),
        ("-5", TODAY, "退款金额要大于零"),
        ("1", date(2026, 10, 31), "早于订单日期"),
    ):
        with pytest.raises(Refused, match=words):
            refunded(service, order, amount, on=on)
    delivered(sales, order)
    assert due_of(returned(sales, order, "1")) == Decimal("50.00")
    with pytest.raises(Refused, match=r"退回部分的价款是 50\.00 元，只退 40\.00 元"):
        refunded(service, order, "40")
    refunded(service, order, "40", "双方约定扣除运费")
    with acting(service):
        assert history_of(order)[0].reason == "双方约定扣除运费"
    with pytest.raises(Refused, match=r"已在 2026-11-24 退款 40\.00 元"):
        refunded(service, order, "1")


def clock_of(actor: Member, order: Order) -> Duty:
    with acting(actor):
        return Duty.objects.get(subject_id=order.pk)


def test_the_clock_of_the_refund_starts_with_the_return_and_is_met_by_the_money(group: Group) -> None:
    """`return_order` calls `start_refund`; the due day is that of the statute."""
    sales, customer, product = a_shop(group)
    service = service_of(group)
    order = some_order(sales, customer, product)
    delivered(sales, order)
    returned(sales, order)
    clock = clock_of(service, order)
    assert (clock.basis, clock.article) == ("statutory", "消费者权益保护法第二十五条")
    assert clock.due_on == TODAY + timedelta(days=7)
    assert customer.name not in clock.title
    refunded(service, order, "100")
    assert clock_of(service, order).state == Duty.State.MET


def test_other_returns_and_those_of_companies_run_on_the_house_rule(group: Group) -> None:
    sales, customer, product = a_shop(group)
    firm = some_customer(sales, "某某制造有限公司", "company")
    for whose, ground in ((customer, "quality"), (firm, "no_reason")):
        order = some_order(sales, whose, product, delivered_on=NOVEMBER)
        returned(sales, order, ground=ground)
        clock = clock_of(service_of(group), order)
        assert (clock.basis, clock.article[:4]) == ("internal", "公司制度")


def test_money_given_back_before_the_goods_needs_no_clock(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product, delivered_on=NOVEMBER)
    refunded(service_of(group), order, "100")
    returned(sales, order)
    with acting(sales):
        assert not Duty.objects.filter(subject_id=order.pk).exists()


def test_a_refund_or_a_return_entered_wrongly_is_taken_back_by_somebody_else_and_its_clock_follows(
    group: Group,
) -> None:
    sales, customer, product = a_shop(group)
    service, officer = service_of(group), data_officer(group)
    order = some_order(sales, customer, product, delivered_on=NOVEMBER)
    with acting(officer), pytest.raises(Refused, match="没有退货和退款"):
        undo_step(order_id=order.pk, reason="错了", actor=officer, at=AT)
    returned(sales, order)
    refunded(service, order, "100")
    for member in (sales, service):
        with acting(member), pytest.raises(Missing):
            undo_step(order_id=order.pk, reason="错了", actor=member, at=AT)
    with acting(officer):
        with pytest.raises(Refused, match="请写明为什么撤销"):
            undo_step(order_id=order.pk, reason=" ", actor=officer, at=AT)
        assert undo_step(order_id=order.pk, reason="金额录错", actor=officer, at=AT).state == "已退货，待退款"
        clocks = Duty.objects.filter(subject_id=order.pk).order_by("pk")
        assert [one.state for one in clocks] == [Duty.State.MET, Duty.State.OPEN]
        assert undo_step(order_id=order.pk, reason="退的是另一单", actor=officer, at=AT).state == "已交付"
        assert [one.state for one in clocks.all()] == [Duty.State.MET, Duty.State.CANCELLED]


def test_an_order_is_put_right_with_a_reason_until_something_came_back(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product, delivered_on=NOVEMBER)
    wanted = OrderDetails(product.pk, NOVEMBER, Decimal(3), Decimal("150"), "", NOVEMBER)
    with acting(sales):
        with pytest.raises(Refused, match="请写明为什么更正"):
            change_order(order_id=order.pk, details=wanted, reason=" ", actor=sales, at=AT)
        changed = change_order(order_id=order.pk, details=wanted, reason="数量录错", actor=sales, at=AT, seen=1)
        assert (changed.quantity, changed.number) == (Decimal(3), order.number)
        with pytest.raises(Refused, match="刚刚被别人改过"):
            change_order(order_id=order.pk, details=wanted, reason="x", actor=sales, at=AT, seen=1)
        told = {one.label: (one.old, one.new) for one in history_for(changed)[0].changes}
        assert told == {"数量": ("2", "3"), "金额（元）": ("100", "150")}
    returned(sales, order)
    with acting(sales), pytest.raises(Refused, match="已退货或退款的订单不能再改"):
        change_order(order_id=order.pk, details=wanted, reason="x", actor=sales, at=AT)


def test_an_order_that_came_to_nothing_is_voided_and_counts_no_more(group: Group) -> None:
    sales, customer, product = a_shop(group)
    kept, gone = some_order(sales, customer, product), some_order(sales, customer, product)
    with acting(sales):
        with pytest.raises(Refused, match="请写明为什么作废"):
            void_order(order_id=gone.pk, reason="", actor=sales, at=AT)
        assert void_order(order_id=gone.pk, reason="重复登记", actor=sales, at=AT).state == "已作废"
        with pytest.raises(Refused, match="已经作废"):
            deliver_order(order_id=gone.pk, on=TODAY, actor=sales, at=AT)
    delivered(sales, kept)
    with acting(sales), pytest.raises(Refused, match="已交付的订单不能作废"):
        void_order(order_id=kept.pk, reason="x", actor=sales, at=AT)
    with acting(sales):
        [month] = volumes(entity_id=kept.entity_id, since=NOVEMBER, until=TODAY, product_id=product.pk)
    assert (month.month, month.orders, month.quantity, month.amount) == (NOVEMBER, 1, Decimal(2), Decimal(100))


def test_volumes_count_by_month_and_product_and_company(group: Group) -> None:
    sales, customer, product = a_shop(group)
    other = some_product(group, name="梨")
    some_order(sales, customer, product, ordered_on=date(2026, 10, 31))
    back = some_order(sales, customer, product, delivered_on=NOVEMBER)
    some_order(sales, customer, other)
    returned(sales, back)
    refunded(service_of(group), back, "100")
    with acting(sales):
        rows = volumes(entity_id=group.company_a.pk, since=date(2026, 10, 1), until=TODAY, product_id=product.pk)
        assert [(one.orders, one.returned, one.refunded) for one in rows] == [(1, 0, 0), (1, 1, Decimal(100))]
        assert [one.orders for one in volumes(entity_id=group.company_a.pk, since=NOVEMBER, until=TODAY)] == [2]
        assert volumes(entity_id=group.company_b.pk, since=NOVEMBER, until=TODAY) == []


def test_who_sells_sees_the_orders_of_their_own_customers_and_another_company_none(group: Group) -> None:
    sales, customer, product = a_shop(group)
    colleague = join(group.company_a, "sales", "tongshi.a", group.system_admin, group.security_admin)
    order = some_order(sales, customer, product)
    service = service_of(group)
    for member, count in ((sales, 1), (colleague, 0), (service, 1), (group.sales_b, 0)):
        with acting(member), reading_orders(member, on=TODAY) as seen:
            assert seen.orders().count() == count, member
    details = OrderDetails(product.pk, NOVEMBER, Decimal(1), Decimal(1))
    for member in (colleague, group.sales_b):
        with acting(member):
            with pytest.raises(Missing):
                deliver_order(order_id=order.pk, on=TODAY, actor=member, at=AT)
            with pytest.raises(Missing):
                add_order(customer_id=customer.pk, details=details, actor=member, at=AT)
    with acting(sales), pytest.raises(Missing):
        refund_order(order_id=order.pk, on=TODAY, amount=Decimal(1), actor=sales, at=AT)
    archivist = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(archivist), pytest.raises(NotAllowed, match="您的角色不能登记订单：可请销售、销售经理、客服办理"):
        add_order(customer_id=customer.pk, details=details, actor=archivist, at=AT)
    with acting(group.system_admin), pytest.raises(NotAllowed), reading_orders(group.system_admin, on=TODAY):
        pass


def test_headquarters_see_orders_where_a_relation_opens_them_and_no_names(group: Group) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    compliance = group.compliance
    with acting(compliance), reading_orders(compliance, on=TODAY) as seen:
        assert not seen.orders().exists()
        assert [(one.count, one.why) for one in seen.hidden()] == [(1, "无委托关系")]
    relation = Relation(
        entity=group.company_a,
        receiver=group.headquarters,
        sort="entrust",
        purposes=["compliance"],
        contract="委托协议",
        since=NOVEMBER,
        proposed_by=sales.user,
        confirmed_by=compliance.user,
        confirmed_at=AT,
    )
    with acting(sales):
        relation.save()
    with acting(compliance), reading_orders(compliance, on=TODAY) as seen:
        [line] = seen.lines(list(seen.orders()))
        assert (line.customer, line.may_open) == ("（您看不到这位客户）", False)


def test_a_product_of_another_company_is_not_sold(group: Group) -> None:
    sales, customer, _ = a_shop(group)
    publish(group, group.company_b)
    with pytest.raises(Refused, match="没有这个产品或服务"):
        some_order(sales, customer, some_product(group, group.company_b))


def test_an_order_shows_of_its_customer_what_the_member_may_see(group: Group) -> None:
    """Who reads orders and not customers sees orders without names."""
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    inspector = join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    with acting(inspector), reading_orders(inspector, on=TODAY) as seen:
        [line] = seen.lines(list(seen.orders()))
    assert (line.customer, line.may_open) == ("李小明", True)
    role = Role.objects.get(code="inspector")
    role.rights = {right: reach for right, reach in role.rights.items() if right != "customer.read"}
    role.save()
    del inspector.__dict__["_rights"]
    with acting(inspector), reading_orders(inspector, on=TODAY) as seen:
        [line] = seen.lines(list(seen.orders()))
    assert (line.customer, line.may_open) == ("（您看不到这位客户）", False)


def test_the_list_is_searched_and_filtered(group: Group) -> None:
    sales, customer, product = a_shop(group)
    wang = some_customer(sales, "王丽", phone="13911112222")
    some_order(sales, customer, product, number="A-1")
    some_order(sales, wang, product, number="B-2", ordered_on=TODAY, delivered_on=TODAY)
    with acting(sales), reading_orders(sales, on=TODAY) as seen:
        for asked, found in (
            (OrderFilter("A-1"), ["A-1"]),
            (OrderFilter("王丽"), ["B-2"]),
            (OrderFilter("2222"), ["B-2"]),
            (OrderFilter("蓝莓"), ["B-2", "A-1"]),
            (OrderFilter(state="open"), ["A-1"]),
            (OrderFilter(state="delivered"), ["B-2"]),
            (OrderFilter(state="returned"), []),
            (OrderFilter(customer=str(wang.pk)), ["B-2"]),
            (OrderFilter(customer="x"), []),
            (OrderFilter(product=str(product.pk), until="2026-11-02"), ["A-1"]),
            (OrderFilter(since="2026-11-02"), ["B-2"]),
            (OrderFilter(since="soon"), ["B-2", "A-1"]),
            (OrderFilter(sort="oldest"), ["A-1", "B-2"]),
            (OrderFilter(sort="number"), ["A-1", "B-2"]),
            (OrderFilter(sort="'; --"), ["B-2", "A-1"]),
            (OrderFilter("\x00"), ["B-2", "A-1"]),
        ):
            assert [one.number for one in asked.of(seen.orders(), seen)] == found, asked


@pytest.mark.parametrize("words", ["T-88", "t-88-2026", "-88", "2026-X", "-x9", "8-2"])
def test_an_order_is_found_by_a_part_of_its_number(group: Group, words: str) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product, number="T-88-2026-X9")
    some_order(sales, customer, product, number="T-89-2027-Y8")
    assert found_by(sales, words) == ["T-88-2026-X9"]


def test_an_order_is_found_by_the_number_it_was_given_last(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product, number="ABC-1")
    details = OrderDetails(product_id=product.pk, ordered_on=NOVEMBER, quantity=Decimal(2), amount=Decimal(100))
    with acting(sales):
        change_order(order_id=order.pk, details=replace(details, number="XYZ-1"), reason="录错了", actor=sales, at=AT)
    assert found_by(sales, "abc") == []
    assert found_by(sales, "xyz") == ["XYZ-1"]


def test_an_order_is_found_by_its_product_and_by_its_customer_in_pinyin(group: Group) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product, number="1")
    some_order(sales, some_customer(sales, "王丽"), some_product(group, name="梨"), number="2")
    assert found_by(sales, "蓝莓") == found_by(sales, "lxm") == ["1"]
    assert found_by(sales, "王") == found_by(sales, "2") == ["2"]


def found_by(actor: Member, words: str) -> list[str]:
    with acting(actor), reading_orders(actor, on=TODAY) as seen:
        return [one.number for one in OrderFilter(words).of(seen.orders(), seen)]


def test_who_sees_phones_masked_spends_lookups_only_on_whole_phones_that_no_order_has(
    group: Group, client: Client
) -> None:
    sales, customer, product = a_shop(group)
    phone = "13800138000"
    wang = some_customer(sales, "王丽", phone="13911112222")
    some_order(sales, wang, product, number="A-1")
    some_order(sales, customer, product, number="B-2222")
    inspector = join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)

    def count() -> int:
        with acting(inspector):
            return Disclosure.objects.filter(member=inspector, sort=Disclosure.Sort.LOOKUP).count()

    assert [found_by(inspector, words) for words in ("1391", "2222", "A-1", "王丽")] == [
        [],
        ["B-2222"],
        ["A-1"],
        ["A-1"],
    ]
    assert count() == 0
    assert found_by(inspector, "13911112222") == ["A-1"] and count() == 1
    some_order(sales, customer, product, number=f"N{phone}")
    assert found_by(inspector, phone) == [f"N{phone}"] and count() == 1

    with acting(inspector):
        for _ in range(MOST_LOOKUPS - 1):
            note_lookup(code="customer.phone", actor=inspector, at=timezone.now())
    sign_in(client, inspector.user.username)
    page = client.get("/orders/?search=13911112222")
    shown = page.content.decode()
    assert (
        page.status_code == 200 and "没有按客户查找" in shown and "今天按号码查找已满" in shown and "A-1" not in shown
    )
    assert "B-2222" in client.get("/orders/?search=2222").content.decode()
