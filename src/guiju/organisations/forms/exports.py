"""What rows about people are taken out for (导出): the same questions whatever the table."""

from __future__ import annotations

from django import forms

from guiju.organisations.registry import PURPOSES
from guiju.web.forms import Form


class ExportForm(Form):
    purpose = forms.ChoiceField(
        label="用途",
        choices=tuple(PURPOSES.items()),
        help_text="不是为这个用途收集、或缺同意的内容，在文件里写“不能使用”",
    )
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：月度回访名单。理由和您的姓名写在文件里")
    ending = forms.ChoiceField(label="文件", choices=[("xlsx", "Excel 工作簿（xlsx）"), ("csv", "逗号分隔（csv）")])
