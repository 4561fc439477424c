"""Forms of an import: the file, and which column is which field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from guiju.customers.forms.imports import COLUMN, UploadForm
from guiju.customers.services.import_files import LONGEST_SOURCE
from guiju.orders.mapping import FIELDS


class UploadTableForm(UploadForm):
    source = forms.CharField(
        label="来源", required=False, max_length=LONGEST_SOURCE, help_text="从哪里来，例如：收银系统11月导出"
    )


class ColumnsForm(forms.Form):
    """One choice for each column of the file."""

    def __init__(
        self, *arguments: Any, kind: str, titles: Sequence[str], mapping: Mapping[str, str], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._titles = titles
        choices = [("", "不导入"), *((code, one.label) for code, one in FIELDS[kind].items())]
        for number, title in enumerate(titles):
            self.fields[f"{COLUMN}{number}"] = forms.ChoiceField(
                label=title,
                required=False,
                choices=choices,
                initial=mapping.get(title, ""),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    @property
    def columns(self) -> list[forms.BoundField]:
        return [self[f"{COLUMN}{number}"] for number in range(len(self._titles))]

    @property
    def mapping(self) -> dict[str, str]:
        return {title: self.cleaned_data[f"{COLUMN}{number}"] for number, title in enumerate(self._titles)}
