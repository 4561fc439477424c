"""Shapes of what people type about the calendar."""

from __future__ import annotations

from django import forms

from guiju.web.forms import Form


class NoticeForm(Form):
    text = forms.CharField(
        label="通知全文",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="从中国政府网复制“国务院办公厅关于……年部分节假日安排的通知”，粘贴在这里；日期、星期、天数会逐一核对",
    )
    source = forms.CharField(label="来源", help_text="通知的发文字号，或中国政府网上的网址")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
