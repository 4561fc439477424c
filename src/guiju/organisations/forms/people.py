"""Fields with which people are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from guiju.organisations.models import Entity

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
