"""What is typed about the causes of complaints."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from guiju.complaints.services.causes import NewCause
from guiju.kernel.causes import Tree
from guiju.organisations.models import Department, Entity
from guiju.web.forms import Form


class AddCauseForm(Form):
    parent = forms.ChoiceField(label="放在哪一类下面")
    label = forms.CharField(label="原因", help_text="例如：礼盒压坏")
    words = forms.CharField(label="提示的词", required=False, help_text="用顿号或逗号隔开，例如：礼盒、提手断")
    is_safety = forms.BooleanField(label="涉及人身安全", required=False, help_text="有一件就要整改")

    def __init__(self, *arguments: Any, tree: Tree, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["parent"].choices = [(one.code, one.label) for one, _ in tree.branches]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> NewCause:
        said = self.cleaned_data
        words = re.split(r"[、，,;；\s]+", said["words"])
        return NewCause(said["parent"], said["label"], words, is_safety=said["is_safety"])


class DepartmentForm(Form):
    department = forms.ModelChoiceField(
        Department.objects.none(), label="部门", required=False, empty_label="没有设定：由合规专员负责"
    )

    def __init__(self, *arguments: Any, company: Entity, **named: Any) -> None:
        super().__init__(*arguments, **named)
        rows = Department.objects.filter(entity=company, closed_at=None).order_by("name")
        self.fields["department"].queryset = rows  # type: ignore[attr-defined]
