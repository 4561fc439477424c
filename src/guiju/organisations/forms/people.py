"""Fields with which people are chosen, and the form of a department."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.services.departments import DepartmentDetails
from guiju.web.forms import Form

if TYPE_CHECKING:
    _ModelChoice = forms.ModelChoiceField[Any]
else:
    _ModelChoice = forms.ModelChoiceField


class NamedChoiceField(_ModelChoice):
    """A choice of rows by their names; the form says which rows."""

    def __init__(self, label: str, *, required: bool = True, help_text: str = "") -> None:
        super().__init__(queryset=Entity.objects.none(), label=label, required=required, help_text=help_text)
        self.error_messages["invalid_choice"] = f"{label}不在可选的里面"


class ColleagueField(NamedChoiceField):
    """Somebody of the same company."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.name}（{obj.title or obj.user.username}）"


class DepartmentForm(Form):
    name = forms.CharField(label="部门名称", max_length=100)
    parent = NamedChoiceField("上级部门", required=False, help_text="不选就直属公司")
    head = ColleagueField("负责人", required=False, help_text="每季度复核本部门的人的权限")

    def __init__(
        self, *arguments: Any, departments: QuerySet[Department], people: QuerySet[Member], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.fields["parent"].queryset = departments  # type: ignore[attr-defined]
        self.fields["head"].queryset = people  # type: ignore[attr-defined]

    @property
    def details(self) -> DepartmentDetails:
        values = self.cleaned_data
        parent, head = values["parent"], values["head"]
        return DepartmentDetails(values["name"], parent.pk if parent else None, head.pk if head else None)
