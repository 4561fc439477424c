"""Forms of orders: what was sold, and what became of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.customers.selectors.reading import Reading
from guiju.orders.forms.fields import CustomerField, ProductField, money_field, quantity_field
from guiju.orders.models import Order, Product
from guiju.orders.services.orders import OrderDetails
from guiju.web.forms import Form, day_field


class _SoldForm(Form):
    """What was sold, when, how much for how much."""

    product = ProductField(label="产品或服务", help_text="编码或名称")
    quantity = quantity_field("数量")
    amount = money_field("金额（元）", help_text="整笔的金额，不是单价；可以写 1,234.50 或 1.2万")
    ordered_on = day_field("订单日期")
    number = forms.CharField(label="订单号", required=False, help_text="不填就按日期自动编号")
    delivered_on = day_field("交付日期", required=False, help_text="已经发货或服务完成的才填")

    def __init__(self, *arguments: Any, products: QuerySet[Product], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["product"].products = products  # type: ignore[attr-defined]

    @property
    def details(self) -> OrderDetails:
        said = self.cleaned_data
        return OrderDetails(
            said["product"].pk,
            said["ordered_on"],
            said["quantity"],
            said["amount"],
            said["number"],
            said["delivered_on"],
        )


class AddOrderForm(_SoldForm):
    """The same for a customer who is asked for, unless the page knows."""

    customer = CustomerField(label="客户", help_text="姓名、单位名称，或手机号")
    field_order = ("customer", "product", "quantity", "amount", "ordered_on", "delivered_on", "number")

    def __init__(self, *arguments: Any, seen: Reading, knows_customer: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if knows_customer:
            del self.fields["customer"]
        else:
            self.fields["customer"].seen = seen  # type: ignore[attr-defined]


class ChangeOrderForm(_SoldForm):
    reason = forms.CharField(label="为什么更正", max_length=200)
    seen = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("product", "quantity", "amount", "ordered_on", "delivered_on", "number", "reason")


class DeliverForm(Form):
    delivered_on = day_field("交付日期")


class ReturnForm(Form):
    returned_on = day_field("收到退货的日期", help_text="退款的七日从第二天算起")
    returned_quantity = quantity_field("退货数量")
    ground = forms.ChoiceField(label="退货原因", choices=[("", "请选择"), *Order.Ground.choices])


class RefundForm(Form):
    refunded_on = day_field("退款日期")
    refunded_amount = money_field("退款金额（元）")
    reason = forms.CharField(
        label="少退的原因", required=False, max_length=200, help_text="比退回部分的价款少的才填，例如：双方约定扣除运费"
    )


class ReasonForm(Form):
    reason = forms.CharField(label="原因", max_length=200)
