"""The form of something on one's own list."""

from __future__ import annotations

from django import forms

from guiju.privacy.pointing import pointed_out
from guiju.sales.services.details import LONGEST_TEXT
from guiju.web.forms import Form, day_field


class TodoForm(Form):
    title = pointed_out(forms.CharField(label="要办的事", max_length=LONGEST_TEXT))
    due_on = day_field("日期", required=False)
