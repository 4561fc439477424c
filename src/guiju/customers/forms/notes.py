"""The form of a note."""

from __future__ import annotations

from django import forms

from guiju.customers.models import Note
from guiju.customers.services.notes import NoteDetails
from guiju.web.forms import Form, day_field


class NoteForm(Form):
    """What happened, how, and when it goes on."""

    way = forms.ChoiceField(label="方式", choices=Note.Way.choices)
    text = forms.CharField(label="内容", widget=forms.Textarea(attrs={"rows": 3}))
    next_on = day_field("下次跟进", required=False)
    treat = forms.ChoiceField(
        label="敏感的内容怎样处理",
        required=False,
        choices=[("", "不另外处理"), ("mask", "号码遮盖后保存"), ("move", "移到它自己的字段，记录里去掉")],
    )

    @property
    def details(self) -> NoteDetails:
        said = self.cleaned_data
        return NoteDetails(said["text"], said["way"], None, said["next_on"], said["treat"])


class RemoveNoteForm(Form):
    reason = forms.CharField(label="为什么删去", max_length=200)
