"""Shapes of what people type about emergency access."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.organisations.models import Role
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
