"""Forms whose messages name their field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Form(forms.Form):
    """Says 请填写公司名称 or 请选择行业 where Django would say that a field is required."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for field in self.fields.values():
            verb = "选择" if isinstance(field, (forms.ChoiceField, forms.FileField)) else "填写"
            field.error_messages["required"] = f"请{verb}{field.label}"
            if isinstance(field, forms.DateField):
                field.error_messages["invalid"] = f"{field.label}不是日期，请写成 2026-01-31"
            if isinstance(field, forms.CharField) and field.max_length and not isinstance(field.widget, forms.Textarea):
                field.error_messages["max_length"] = f"{field.label}最多{field.max_length}个字"
            # A browser that cuts what is pasted would send something else than what was meant.
            field.widget.attrs.pop("maxlength", None)


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """A day, chosen from the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


@dataclass(frozen=True)
class FormPage:
    """What stands around a form: heading, what its button says, where cancelling leads, a sentence before it."""

    heading: str
    submit: str
    back: str
    back_label: str
    intro: str = ""

    def answer(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        """The page; 422 when the form came back with faults."""
        context = {"page_of_form": self, "form": form}
        return render(request, "web/form_page.html", context, status=422 if form.errors else 200)
