"""Inputs in which anything may be written: what stands in them is pointed out while one types (边写边提示)."""

from __future__ import annotations

from typing import TypeVar

from django import forms
from django.urls import reverse_lazy

_Input = TypeVar("_Input", bound=forms.Field)


def pointed_out(field: _Input) -> _Input:
    """The input, whose text is sent to be looked at whenever one stops typing; see the template tag `field`."""
    field.widget.attrs["hx-post"] = reverse_lazy("scan_note")
    return field
