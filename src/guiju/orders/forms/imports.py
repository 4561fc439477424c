"""Forms of an import: the file, and which column is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from guiju.orders.mapping import FIELDS
from guiju.web.forms import Form

_COLUMN = "column_"


class UploadForm(Form):
    file = forms.FileField(
        label="文件",
        help_text="xlsx、xls、ods、csv（UTF-8 或 GB18030），最多10万行；先预览，确认后才导入",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )
    sheet = forms.CharField(label="工作表", required=False, max_length=255, help_text="不填为第一张有内容的")


class ColumnsForm(forms.Form):
    """One choice for each column of the file."""

    def __init__(
        self, *arguments: Any, kind: str, titles: Sequence[str], mapping: Mapping[str, str], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._titles = titles
        choices = [("", "不导入"), *((code, one.label) for code, one in FIELDS[kind].items())]
        for number, title in enumerate(titles):
            self.fields[f"{_COLUMN}{number}"] = forms.ChoiceField(
                label=title,
                required=False,
                choices=choices,
                initial=mapping.get(title, ""),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[f"{_COLUMN}{number}"] for number in range(len(self._titles))]

    @property
    def mapping(self) -> dict[str, str]:
        return {title: self.cleaned_data[f"{_COLUMN}{number}"] for number, title in enumerate(self._titles)}
