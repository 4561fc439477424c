"""Shapes of what people type about themselves and others."""

from __future__ import annotations

from django import forms

from guiju.web.forms import Form


def _password(label: str, purpose: str) -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": f"{purpose}-password"})
    )


class ChangePasswordForm(Form):
    old = _password("现在的口令", "current")
    new = _password("新口令", "new")
    again = _password("再输入一次新口令", "new")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new", again):
            raise forms.ValidationError("两次输入的新口令不一样")
        return again
