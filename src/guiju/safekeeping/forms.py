"""What people write down about a restore."""

from __future__ import annotations

from django import forms

from guiju.archives.services.holds import LONGEST
from guiju.web.forms import Form


class LookedForm(Form):
    found = forms.CharField(
        label="核对的结果", max_length=LONGEST, help_text="核对了什么、重新办了什么，不写客户的信息"
    )
