"""Shapes of what is typed about opportunities."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.customers.models import Customer
from guiju.kernel.cells.amounts import amount
from guiju.kernel.identifiers import Invalid
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.privacy.pointing import pointed_out
from guiju.sales.models import Opportunity
from guiju.sales.selectors.filtering import sources
from guiju.sales.selectors.stages import Stages
from guiju.sales.services.details import LONGEST_NAME, LONGEST_TEXT, Details
from guiju.web.forms import Form, day_field
from guiju.web.pickers import Picker


class AmountField(forms.CharField):
    """Yuan as people write them: 12800, 1.28万."""

    def prepare_value(self, value: Any) -> Any:
        return format(value.normalize(), "f") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text: str = super().clean(value)
        if not text:
            return None
        try:
            return amount(text)
        except Invalid as invalid:
            raise forms.ValidationError(invalid.sentence) from None


def amount_field(label: str) -> AmountField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return AmountField(label=label, required=False, max_length=40, widget=widget, help_text="例如 12800 或 1.28万")


class SeenForm(Form):
    """A form that knows how what it changes looked when it was opened."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def seen_at(self) -> datetime | None:
        return moment_of(self.cleaned_data["seen"])


def moment_of(text: str) -> datetime | None:
    """When something was last changed as a page showed it; what is no moment stands for one that is over."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


class OpportunityForm(SeenForm):
    name = pointed_out(
        forms.CharField(label="商机名称", max_length=LONGEST_NAME, help_text="想卖什么，例如：年货礼盒200份")
    )
    amount = amount_field("金额（元）")
    expected_on = day_field("预计成交", required=False)
    source = forms.ChoiceField(label="来源", required=False)
    next_step = pointed_out(
        forms.CharField(label="下一步", required=False, max_length=LONGEST_TEXT, help_text="例如：发报价单")
    )
    next_on = day_field("下一步日期", required=False)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["source"].choices = [("", "—"), *sources().items()]  # type: ignore[attr-defined]

    @property
    def details(self) -> Details:
        said = self.cleaned_data
        return Details(**{name: said[name] for name in Details.__dataclass_fields__})


class AddOpportunityForm(OpportunityForm):
    """The same, with whom it is about and where it stands; a customer that is known already isn't asked for."""

    customer = forms.CharField(
        label="客户", max_length=200, widget=Picker("suggest_customers"), help_text="名称的一部分、手机号，或手机后四位"
    )
    stage = forms.ChoiceField(label="阶段")
    field_order = ("customer", "name", "stage", "amount", "expected_on", "source", "next_step", "next_on")

    def __init__(self, *arguments: Any, stages: Stages, customers: QuerySet[Customer] | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._customers = customers
        self.fields["stage"].choices = [(one.code, one.label) for one in stages.stages]  # type: ignore[attr-defined]
        if customers is None:
            del self.fields["customer"]

    def clean_customer(self) -> Customer:
        name = self.cleaned_data["customer"].replace("\x00", "")
        assert self._customers is not None
        found = list(self._customers.filter(name=name)[:2])
        if not found:
            raise forms.ValidationError(f"没有“{name[:40]}”这位客户，或您的角色看不到：请从列表里选，或先登记客户")
        if len(found) > 1:
            raise forms.ValidationError(f"有几位客户叫“{name[:40]}”：请从这位客户的页面登记商机")
        return found[0]


class WinForm(SeenForm):
    amount = amount_field("成交金额（元）")


class LoseForm(SeenForm):
    reason = forms.ChoiceField(label="输单原因")
    note = pointed_out(forms.CharField(label="说明", required=False, max_length=LONGEST_TEXT))

    def __init__(self, *arguments: Any, stages: Stages, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["reason"].choices = [("", "请选择"), *stages.offered.items()]  # type: ignore[attr-defined]


class AssignForm(Form):
    """To whom something goes; with `bulk` its select stands outside of the form of that name."""

    owner = ColleagueField("负责人")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], bulk: str = "", **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]
        if bulk:
            self.fields["owner"].empty_label = "选择同事"  # type: ignore[attr-defined]
            style = {"class": "form-select form-select-sm w-auto", "aria-label": "选中的分配给", "form": bulk}
            self.fields["owner"].widget.attrs |= style


def initial_of(found: Opportunity) -> dict[str, Any]:
    """What stands in an opportunity, for its form."""
    values = {name: getattr(found, name) for name in Details.__dataclass_fields__}
    return {**values, "seen": found.changed_at.isoformat()}
