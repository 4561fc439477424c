"""The picker: a text field that suggests while one types, for lists too long for a menu."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy

MOST = 12


class Picker(forms.TextInput):
    """A text input whose suggestions come from the view `url_name`; works as plain text without script."""

    template_name = "web/picker.html"

    def __init__(self, url_name: str, **attributes: Any) -> None:
        super().__init__(
            attrs={
                "role": "combobox",
                "aria-expanded": "false",
                "aria-autocomplete": "list",
                "autocomplete": "off",
                "spellcheck": "false",
                "data-suggest": reverse_lazy(url_name),
                **attributes,
            }
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["list_id"] = f"{context['widget']['attrs'].get('id', name)}_list"
        context["widget"]["attrs"]["aria-controls"] = context["list_id"]
        return context


def suggestions(request: HttpRequest, values: Iterable[str]) -> HttpResponse:
    """The options of a picker's list; each value is what goes into the field when picked."""
    return render(request, "web/suggestions.html", {"values": list(values)})
