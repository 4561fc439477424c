"""Shapes of what people say about a file with customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from guiju.customers.forms.customers import AskForm
from guiju.customers.mapping import SPECIAL
from guiju.customers.models import Customer
from guiju.customers.services.rows import FileConsent
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.terms import FieldState
from guiju.web.forms import Form

COLUMN = "column_"
PASTED, MOST_PASTED = "粘贴的内容.csv", 2_000_000


class UploadForm(Form):
    """A file, or a block of cells that was copied out of Excel."""

    file = forms.FileField(
        label="文件",
        required=False,
        help_text="xlsx、xls、ods、csv（UTF-8 或 GB18030），最多50 MB；先看识别的结果，确认后才导入",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )
    sheet = forms.CharField(label="工作表", required=False, max_length=255, help_text="不填为第一张有内容的")
    pasted = forms.CharField(
        label="或者从 Excel 粘贴",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text="连同标题行一起复制，粘贴到这里",
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        text = said.get("pasted", "")
        if len(text) > MOST_PASTED:
            self.add_error("pasted", f"粘贴的内容有{len(text)}个字，最多{MOST_PASTED}个：请保存成文件再上传")
        elif "file" not in self.errors and bool(said.get("file")) == bool(text.strip()):
            self.add_error("file", "请选择一个文件，或者粘贴内容，两样选一样")
        return said

    @property
    def table(self) -> tuple[str, bytes]:
        """The name and the content of what was sent."""
        if upload := self.cleaned_data["file"]:
            return upload.name, upload.read()
        return PASTED, self.cleaned_data["pasted"].encode("utf-8", "replace")


class UploadCustomersForm(UploadForm):
    kind = forms.ChoiceField(label="性质", choices=Customer.Kind.choices, initial="person")


class MappingForm(AskForm):
    """For each column of a file its field, where the information comes from, and what was consented to."""

    source = forms.CharField(label="信息的来源", max_length=200, help_text="例如：2025年门店会员登记表，登记时已告知")
    proof = forms.CharField(
        label="同意的凭据", required=False, max_length=200, help_text="勾选了同意的填写：会员登记表第1至300号"
    )
    given_at = forms.DateTimeField(
        label="同意的时间",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="表里有“同意日期”一列的按那一列；都没有的为现在",
    )

    def __init__(
        self,
        *arguments: Any,
        titles: Sequence[Mapping[str, Any]],
        fields: Mapping[str, Mapping[str, Field]],
        mapping: Mapping[str, str],
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._titles = titles
        choices: list[Any] = [("", "不导入")]
        for record, known in fields.items():
            active = [(f"{record}.{code}", one.label) for code, one in known.items() if one.state is FieldState.ACTIVE]
            choices.append((RECORDS[record].label, active))
        choices.append(("同意", list(SPECIAL.items())))
        for number, column in enumerate(titles):
            name = f"{COLUMN}{number}"
            initial = mapping.get(str(column["title"]), "")
            self.fields[name] = forms.ChoiceField(
                label=str(column["title"]),
                required=False,
                choices=choices,
                initial=initial,
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    @property
    def columns(self) -> list[tuple[forms.BoundField, Mapping[str, Any]]]:
        return [(self[f"{COLUMN}{number}"], column) for number, column in enumerate(self._titles)]

    @property
    def mapping(self) -> dict[str, str]:
        return {
            str(column["title"]): self.cleaned_data[f"{COLUMN}{number}"] for number, column in enumerate(self._titles)
        }

    @property
    def consents(self) -> list[FileConsent]:
        given_at = self.cleaned_data["given_at"] or timezone.now()
        proof = self.cleaned_data["proof"]
        return [FileConsent(one.purpose, proof, given_at, one.fields) for one in self.questions()]


class DeleteUndoneForm(Form):
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：导错了文件")
