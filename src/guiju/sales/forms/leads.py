"""Shapes of what is typed about leads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from guiju.customers.models import Customer
from guiju.privacy.fields import Field
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.terms import FieldState
from guiju.sales.selectors.stages import Stages
from guiju.sales.services.details import LONGEST_TEXT
from guiju.web.forms import Form

ASKED = ("phone", "company", "source")
"""What of the customer's record is asked for beside the name; the rest has its place on the customer's page."""


class InterestForm(Form):
    """What a customer who is there asks for."""

    interest = forms.CharField(
        label="意向", required=False, max_length=LONGEST_TEXT, help_text="想了解什么，例如：年货礼盒团购"
    )


class AddLeadForm(InterestForm):
    """Somebody new in a few fields, as far as the catalogue of the company has them."""

    kind = forms.ChoiceField(label="性质", choices=Customer.Kind.choices, initial=Customer.Kind.PERSON.value)
    name = forms.CharField(label="名称", max_length=200)
    field_order = ("kind", "name", *ASKED, "interest")

    def __init__(self, *arguments: Any, entity_id: UUID, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._known = {kind: _active(fields_of(entity_id, kind)) for kind in Customer.Kind.values}
        known = self._known["company"] | self._known["person"]
        for code in ASKED:
            if code in known:
                self.fields[code] = _input(known[code])
        self.order_fields(list(self.field_order))

    @property
    def values(self) -> dict[str, str]:
        """What was typed of the record, by field code; what the other kind of customer has isn't taken along."""
        said = self.cleaned_data
        codes = [code for code in ("name", *ASKED) if code in self._known[said["kind"]]]
        return {code: said[code] for code in codes if said.get(code)}


def _active(fields: dict[str, Field]) -> dict[str, Field]:
    return {code: one for code, one in fields.items() if one.state is FieldState.ACTIVE}


def _input(one: Field) -> forms.Field:
    if one.choices:
        return forms.ChoiceField(label=one.label, required=False, choices=[("", "—"), *one.choices.items()])
    return forms.CharField(label=one.label, required=False, max_length=200)


class DiscardForm(Form):
    reason = forms.ChoiceField(label="原因")
    note = forms.CharField(label="说明", required=False, max_length=LONGEST_TEXT)

    def __init__(self, *arguments: Any, stages: Stages, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["reason"].choices = [("", "请选择"), *stages.offered.items()]  # type: ignore[attr-defined]
