"""Shape of a tie: what the other one is to a customer, and who it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from guiju.customers.selectors.ties import TieChoice
from guiju.web.forms import Form


class TieForm(Form):
    kind = forms.ChoiceField(label="另一位是这位客户的")
    other = forms.UUIDField(label="另一位", error_messages={"invalid": "请先查找，再选中另一位客户"})

    def __init__(self, *arguments: Any, choices: Sequence[TieChoice], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["kind"].choices = [("", "—"), *((one.code, one.label) for one in choices)]  # type: ignore[attr-defined]

    def ends(self, customer_id: UUID) -> dict[str, Any]:
        """The tie as it is written down: from the one to the other."""
        code, other = self.cleaned_data["kind"], self.cleaned_data["other"]
        if code.startswith("-"):
            return {"one_id": other, "other_id": customer_id, "kind": code[1:]}
        return {"one_id": customer_id, "other_id": other, "kind": code}
