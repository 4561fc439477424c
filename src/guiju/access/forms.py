"""Shapes of what people type about emergency access."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member, Role
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.web.forms import Form


class EmergencyForm(Form):
    role = forms.ChoiceField(label="角色")
    reason = forms.CharField(label="理由", max_length=200, help_text="出了什么事、要看什么；批准的人和复核的人都会看到")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        roles = Role.objects.filter(retired_at=None).exclude(code__in=THREE_ADMINISTRATORS).order_by("name")
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.code, f"{role.name}（{role.note}）" if role.note else role.name) for role in roles]


class SuccessionForm(Form):
    role = forms.ChoiceField(label="哪一个管理员", choices=[("", "请选择"), *THREE_ADMINISTRATORS.items()])
    successor = ColleagueField("接任的人", help_text="他原来的角色都会收回：管理员不能兼任别的角色")
    reason = forms.CharField(label="理由", max_length=200, help_text="例如：安全管理员已离职，联系不上")

    def __init__(self, *arguments: Any, people: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["successor"].queryset = people  # type: ignore[attr-defined]
