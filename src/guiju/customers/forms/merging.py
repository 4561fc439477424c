"""Shape of a merge: whose value stays, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from guiju.customers.selectors.merges import Difference
from guiju.customers.services.merging import OWNER
from guiju.web.forms import Form

KEPT, GONE = "kept", "gone"


class MergeForm(Form):
    """One choice for each field in which two customers differ."""

    def __init__(
        self, *arguments: Any, differences: Sequence[Difference], owners: tuple[str, str] | None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self._differences = differences
        for one in differences:
            words = [(KEPT, _words(one.kept)), (GONE, _words(one.gone))]
            self._offer(one.code, one.label, words, GONE if one.takes_gone else KEPT)
        if owners:
            self._offer(OWNER, "负责人", list(zip((KEPT, GONE), owners, strict=True)), KEPT)

    def _offer(self, code: str, label: str, words: list[tuple[str, str]], initial: str) -> None:
        self.fields[f"from_{code}"] = forms.ChoiceField(
            label=label,
            choices=words,
            initial=initial,
            widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
            required=False,
        )

    @property
    def taken(self) -> list[str]:
        return [
            name.removeprefix("from_")
            for name in self.fields
            if (self.cleaned_data.get(name) or self.fields[name].initial) == GONE
        ]


def _words(cell: Any) -> str:
    if cell is None:
        return "（空）"
    return cell.why or cell.text or "（不显示）"
