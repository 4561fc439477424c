"""What this part keeps of people whose data is deleted (留存处)."""

from guiju.archives.registry import Holder, register_holder
from guiju.customers.registry import MOVED, Moved
from guiju.orders.models import Order
from guiju.orders.services import erasing

register_holder(
    Holder(
        "orders.orders",
        "订单",
        erasing.count_orders,
        keeps="订单是账目的依据，交易信息自交易完成之日起保存三年（参照电子商务法第三十一条）；"
        "其中没有姓名和号码，客户的内容删除后看不出是谁",
    )
)
register_holder(Holder("orders.files", "订单导入时退回的行", erasing.count_files, erasing.destroy_files))

MOVED["orders.order"] = Moved("订单", Order, "笔")
