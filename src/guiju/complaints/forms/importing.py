"""What is asked about a file with complaints."""

from __future__ import annotations

from django import forms

from guiju.complaints.services.importing import CHANNELS
from guiju.web.forms import Form


class ImportForm(Form):
    file = forms.FileField(label="文件", help_text="xlsx、xls 或 csv；要有投诉内容和收到时间两列，其余的认得出就导入")
    channel = forms.ChoiceField(label="来自", choices=[(one.value, one.label) for one in CHANNELS])
    begins = forms.BooleanField(
        label="还没有办结的，照常起算期限并告知投诉人",
        required=False,
        help_text="不选的，只作补录：不起算期限，也不发短信",
    )
    dry_run = forms.BooleanField(label="只核对，不导入", required=False)
