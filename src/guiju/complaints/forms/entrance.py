"""What stands on the poster of a shop."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from guiju.complaints.services.intake import LONGEST_SHOP
from guiju.web.forms import Form


class PosterForm(Form):
    FACTS: ClassVar = {"place": "地址", "hours": "营业时间", "phone": "电话"}

    shop = forms.CharField(
        label="门店", required=False, max_length=LONGEST_SHOP, help_text="扫这张海报来的投诉会记下是哪家门店"
    )
    place = forms.CharField(label="地址", required=False, max_length=100)
    hours = forms.CharField(label="营业时间", required=False, max_length=60)
    phone = forms.CharField(label="电话", required=False, max_length=40)
