"""What this part keeps of people whose data is deleted (留存处)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from guiju.archives.registry import STORED, Holder, Period, register_holder, register_period
from guiju.customers.registry import BUSY, MOVED, Moved
from guiju.customers.selectors.attachments import of_customer
from guiju.files.registry import Owner, register_owner
from guiju.kernel.calendar.clock import day_of
from guiju.orders.models import Order
from guiju.orders.selectors import attachments, stored
from guiju.orders.selectors.trades import buyers_over, keep_buyers
from guiju.orders.services import erasing
from guiju.orders.services.orders import locked_order
from guiju.organisations.models import Member
from guiju.privacy.registry import register_keeper

_KEPT = "订单是账目的依据，一直保存（内部规则）"

register_holder(
    Holder(
        "orders.orders",
        "订单",
        erasing.count_orders,
        keeps=f"{_KEPT}；其中没有姓名和号码，客户的内容删除后看不出是谁",
        floor=keep_buyers,
    )
)
register_holder(
    Holder(
        "orders.buyers",
        "订单上的客户（订单的字段要删除的）",
        erasing.count_buyers,
        erasing.cut_buyers,
    )
)
register_keeper(stored.ORDERS.keeper("orders.orders"))
STORED.append(erasing.store_buyers)
register_holder(Holder("orders.files", "订单导入时退回的行", erasing.count_files, erasing.destroy_files))


def _with_undelivered(customers: Collection[UUID]) -> set[UUID]:
    rows = Order.objects.filter(customer__in=customers, delivered_on=None, returned_on=None, voided_at=None)
    return set(rows.values_list("customer_id", flat=True))


BUSY.append(_with_undelivered)
MOVED["orders.order"] = Moved("订单", Order, "笔")

register_period(
    Period(
        "trade",
        "订单（交易信息）",
        "交易完成",
        None,
        _KEPT,
        "客户的内容删除以后看不出是谁",
        "不销毁",
    )
)

register_period(
    Period(
        "buyers",
        "本人要求删除以后留下的购货者信息",
        "交易完成",
        None,
        "法定期间对本公司有效的，留到期满，期间仅存储（个人信息保护法第四十七条）；为订单收集的字段才留",
        "法定最低期限",
        "期满提出销毁，另一个人批准",
        buyers_over,
    )
)


def _locked(member: Member, order_id: UUID, at: datetime) -> Owner:
    order = locked_order(order_id, member, "order.read", at)
    return attachments.order_seen(member, order.pk, day_of(at))


register_owner(of_customer(attachments.KIND, "订单", Order, attachments.order_seen, _locked))
