"""What people type when they look for entries."""

from __future__ import annotations

from django import forms

from guiju.audit.words import ACTIONS, kind_words
from guiju.evidence.selectors.log import Wanted
from guiju.organisations.models import Entity


class LogFilter(forms.Form):
    """A filter that takes what it can read and leaves the rest out."""

    company = forms.UUIDField(required=False)
    kind = forms.CharField(required=False)
    action = forms.CharField(required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    number = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    def wanted(self) -> Wanted:
        self.is_valid()
        values = self.cleaned_data
        return Wanted(
            values.get("company"),
            values.get("kind") or "",
            values.get("action") or "",
            values.get("since"),
            values.get("until"),
            values.get("number"),
        )


def choices(companies: list[Entity]) -> dict[str, list[tuple[str, str]]]:
    """What the lists of the filter offer."""
    return {
        "companies": [(str(one.pk), one.name) for one in companies],
        "kinds": sorted(kind_words().items(), key=lambda pair: pair[1]),
        "actions": list(ACTIONS.items()),
    }
