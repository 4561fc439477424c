"""Shapes of what people type about disposals and holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from guiju.archives.business import LINES, LONGEST_SHELF
from guiju.archives.models import Disposal, Hold
from guiju.archives.services.holds import LONGEST
from guiju.web.forms import Form


class ExtentForm(Form):
    """Fields of a person one by one, or everything; `choices` are record.code with their labels."""

    extent = forms.ChoiceField(
        label="范围", choices=[("", "请选择"), ("fields", "勾选的字段"), ("all", "这位客户的全部个人信息")]
    )
    chosen = forms.MultipleChoiceField(label="字段", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *arguments: Any, choices: Iterable[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["chosen"].choices = list(choices)  # type: ignore[attr-defined]

    def clean_chosen(self) -> list[str]:
        extent, chosen = self.cleaned_data.get("extent"), list(self.cleaned_data["chosen"])
        if extent == "fields" and not chosen:
            raise forms.ValidationError("请勾选字段")
        return chosen if extent == "fields" else []


class DisposalForm(ExtentForm):
    """What goes, on which ground of the law, and why."""

    basis = forms.ChoiceField(
        label="依据（个人信息保护法第四十七条）", choices=[("", "请选择"), *Disposal.Basis.choices]
    )
    reason = forms.CharField(
        label="理由", max_length=LONGEST, help_text="写事由和凭据，例如：客户来电要求删除，已核对身份"
    )


class HoldForm(Form):
    sort = forms.ChoiceField(label="事由", choices=[("", "请选择"), *Hold.Sort.choices])
    reason = forms.CharField(label="说明", max_length=LONGEST, help_text="写案号、文号等，不写客户的信息")


class BusinessForm(Form):
    lines = forms.MultipleChoiceField(
        label="本公司是",
        choices=list(LINES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="都不是就不勾选；只卖自己的商品的网店不是平台",
    )
    shelf_months = forms.IntegerField(
        label="产品最长的保质期（月）",
        required=False,
        min_value=0,
        max_value=LONGEST_SHELF,
        help_text="食品、食品添加剂的销售记录保存到保质期满后六个月；没有明确保质期的填0，不知道的不填",
    )
    reason = forms.CharField(label="依据", max_length=LONGEST, help_text="例如：营业执照的经营范围、许可证")


class OverForm(Form):
    reason = forms.CharField(label="理由", max_length=LONGEST, initial="保管期限已经届满")


class LiftForm(Form):
    reason = forms.CharField(label="解除的原因", max_length=LONGEST)
