"""Shapes of what people say about files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from guiju.files.models import Attachment
from guiju.files.services.attachments import FileDetails
from guiju.web.forms import Form


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; what is wrong with one is said by the service, so that the others come in."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        found = [one for one in data or [] if one] if isinstance(data, (list, tuple)) else [data] if data else []
        if not found and self.required:
            raise forms.ValidationError(self.error_messages["required"])
        return found


class UploadForm(Form):
    """Files with what is said about all of them."""

    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    grade = forms.ChoiceField(
        label="分类",
        choices=[("unknown", "由系统检查文字后决定"), ("sensitive", "敏感"), ("general", "一般")],
        help_text="身份证件、病历、未成年人的信息等选敏感；图片里的文字系统读不出来",
    )
    upload = FilesField(label="文件")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        most = settings.GUIJU_LARGEST_FILE
        self.fields["upload"].help_text = f"可以一次选几个，也可以拖到这里；一次合计不超过{most >> 20} MB"
        self.fields["upload"].widget.attrs |= {"data-most": str(most), "class": "form-control"}

    @property
    def details(self) -> FileDetails:
        return FileDetails(self.cleaned_data["note"], self.cleaned_data["grade"])


class ChangeForm(Form):
    name = forms.CharField(label="文件名")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    grade = forms.ChoiceField(label="分类")
    reason = forms.CharField(
        label="为什么不是敏感的", required=False, max_length=200, help_text="把“敏感”改为“一般”时填写"
    )

    def __init__(self, *arguments: Any, row: Attachment, **named: Any) -> None:
        super().__init__(*arguments, **named)
        choices = [one for one in Attachment.Grade.choices if one[0] in ("general", "sensitive", row.grade)]
        self.fields["grade"].choices = choices  # type: ignore[attr-defined]


class OpenForm(Form):
    """What a file is opened for."""

    purpose = forms.ChoiceField(label="用途")
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：核对合同签字。用途、理由和您的姓名会记录")

    def __init__(self, *arguments: Any, purposes: Mapping[str, str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["purpose"].choices = [("", "请选择"), *purposes.items()]  # type: ignore[attr-defined]


class RemoveForm(Form):
    reason = forms.CharField(label="为什么删去", max_length=200)
