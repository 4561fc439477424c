"""The form of something on one's own list, or a colleague's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.privacy.pointing import pointed_out
from guiju.sales.services.details import LONGEST_TEXT
from guiju.web.forms import Form, day_field


class TodoForm(Form):
    title = pointed_out(forms.CharField(label="要办的事", max_length=LONGEST_TEXT))
    due_on = day_field("日期", required=False)
    due_time = forms.TimeField(
        label="几点",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "几点不是时间，请写成 09:30"},
    )


class AddTodoForm(TodoForm):
    to = ColleagueField("交给", required=False, help_text="不选就是自己的；选了同事，会通知他")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
