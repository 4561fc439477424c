"""Shapes of what people type about tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form


class HandOverForm(Form):
    to = ColleagueField("接手人")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
