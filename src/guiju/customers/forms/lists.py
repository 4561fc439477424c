"""Under which name a list is kept, and who may use it."""

from __future__ import annotations

from django import forms

from guiju.customers.services.lists import LONGEST_NAME
from guiju.web.forms import Form


class SaveListForm(Form):
    name = forms.CharField(label="名称", max_length=LONGEST_NAME, help_text="例如：本月要回访的；同名的会被替换")
    is_shared = forms.BooleanField(label="全公司可用", required=False, help_text="同事用它看到的，仍然只是各自权限内的")
