"""What staff type about what is done for who complained."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.complaints.forms.desk import StepForm
from guiju.complaints.models import Remedy
from guiju.complaints.services.remedies import MONEY, Offer, Proof
from guiju.orders.forms.fields import money_field
from guiju.organisations.models import Entity
from guiju.web.forms import Form, day_field


class OfferForm(StepForm):
    kind = forms.ChoiceField(label="方式", choices=Remedy.Kind.choices)
    amount = money_field("金额（元）", required=False, help_text="退款和赔偿要填；超过额度的由别人审批")
    terms = forms.CharField(
        label="怎样做", widget=forms.Textarea(attrs={"rows": 3}), help_text="退什么、换什么、什么时候；消费者会看到"
    )

    @property
    def offer(self) -> Offer:
        return Offer(self.cleaned_data["kind"], self.cleaned_data["terms"], self.cleaned_data["amount"])


class ProofForm(StepForm):
    on = day_field("兑现的日期")
    amount = money_field("付的金额（元）", required=False)
    note = forms.CharField(label="凭证", help_text="转账流水号、退款单号、快递单号，或谁签收的")

    def __init__(self, *arguments: Any, has_money: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if not has_money:
            del self.fields["amount"]

    @property
    def proof(self) -> Proof:
        return Proof(self.cleaned_data["on"], self.cleaned_data["note"], self.cleaned_data.get("amount"))


class GoodsBackForm(StepForm):
    on = day_field("收到退货的日期")
    is_without_reason = forms.BooleanField(
        label="七日无理由退货", required=False, help_text="是的，七日内退款是法定期限；其他退货按内部规则"
    )


class LimitForm(Form):
    company = forms.ChoiceField(label="公司")
    kind = forms.ChoiceField(label="方式", choices=[(one.value, one.label) for one in MONEY])
    amount = money_field("经办人可以决定的金额（元）", help_text="超过的由有审批权限的另一个人决定；填 0 就都要审批")

    def __init__(self, *arguments: Any, companies: list[Entity], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["company"].choices = [(str(one.pk), one.name) for one in companies]  # type: ignore[attr-defined]
