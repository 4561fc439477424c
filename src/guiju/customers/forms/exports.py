"""What customers are taken out for, and how much of them."""

from __future__ import annotations

from django import forms

from guiju.organisations.forms.exports import ExportForm


class ExportCustomersForm(ExportForm):
    what = forms.ChoiceField(
        label="内容",
        required=False,
        choices=[("", "客户，每位一行"), ("contacts", "这些客户的联系人，每人一行")],
    )
    with_all_fields = forms.BooleanField(
        label="连同列表上没有的字段",
        required=False,
        help_text="只在需要时勾选：导出的内容以实现用途所必需的为限（个人信息保护法第六条）",
    )
