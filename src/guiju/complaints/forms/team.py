"""What staff type about who gets which case, about words that are used again, and about groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from guiju.complaints.models import Complaint
from guiju.orders.models import Product
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form


class RouteForm(Form):
    to = ColleagueField("经办人")
    product = forms.ModelChoiceField(
        label="产品或服务",
        queryset=Product.objects.none(),
        required=False,
        empty_label="所有没有另外规则的",
        help_text="投诉里的订单能认出产品的，按产品分；同一条有几个人的，分给手里最少的",
    )

    def __init__(self, *arguments: Any, members: QuerySet[Member], products: QuerySet[Product], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = members  # type: ignore[attr-defined]
        self.fields["product"].queryset = products  # type: ignore[attr-defined]


class HandOverForm(Form):
    of = ColleagueField("谁手里的")
    to = ColleagueField("交给谁")
    note = forms.CharField(
        label="交接的说明", widget=forms.Textarea(attrs={"rows": 3}), help_text="办到哪一步，要注意什么；消费者看不到"
    )
    cases = forms.MultipleChoiceField(
        label="哪些投诉", required=False, widget=forms.CheckboxSelectMultiple, help_text="都不选就全部交接"
    )

    def __init__(self, *arguments: Any, members: QuerySet[Member], cases: Sequence[Complaint], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["of"].queryset = members  # type: ignore[attr-defined]
        self.fields["to"].queryset = members  # type: ignore[attr-defined]
        names = [(str(one.pk), f"{one.number}（{one.get_state_display()}）") for one in cases]
        self.fields["cases"].choices = names  # type: ignore[attr-defined]

    @property
    def chosen(self) -> list[UUID]:
        return [UUID(one) for one in self.cleaned_data["cases"]]


class SnippetForm(Form):
    title = forms.CharField(label="名称", help_text="例如：包装破损换货")
    text = forms.CharField(
        label="内容",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="可以写 {编号}、{公司}、{称呼}、{期限}、{产品}、{订单号}，用的时候填上",
    )


class GroupAnswerForm(Form):
    text = forms.CharField(label="要告诉每一位的话", widget=forms.Textarea(attrs={"rows": 5}))
    is_answer = forms.BooleanField(
        label="作为答复", required=False, help_text="选中：已受理的每一件都算答复，等消费者表态；不选：只是留言"
    )
