"""What rows about people are taken out for (导出): the same questions whatever the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from guiju.organisations.registry import PURPOSES
from guiju.web.forms import Form


class ExportForm(Form):
    """`purposes` are those for which the list can be read."""

    purpose = forms.ChoiceField(
        label="用途",
        choices=(),
        help_text="不是为这个用途收集、或缺同意的内容，在文件里写“不能使用”",
    )
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：月度回访名单。理由和您的姓名写在文件里")
    goes_abroad = forms.BooleanField(
        label="要交给境外的单位或者个人", required=False, help_text="没有取得每个人的单独同意，不能导出"
    )
    ending = forms.ChoiceField(label="文件", choices=[("xlsx", "Excel 工作簿（xlsx）"), ("csv", "逗号分隔（csv）")])

    def __init__(self, *arguments: Any, purposes: Iterable[str] = PURPOSES, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["purpose"].choices = [(code, PURPOSES[code]) for code in purposes]  # type: ignore[attr-defined]
