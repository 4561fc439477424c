"""The form of a customer: one input for each active field of the catalogue, and what was consented to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from guiju.customers.selectors.reading import Cell
from guiju.kernel.errors import Problem
from guiju.organisations.forms.companies import RegionField
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.fields import Field
from guiju.privacy.services.asking import Question
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.terms import Basis, Channel, FieldState, Sort
from guiju.web.forms import Form

FIRST = 4
"""So many fields stand above; the others wait below a fold."""


class AskForm(Form):
    """Purposes that rest on consent, and fields that are asked about one by one; nothing is ticked beforehand."""

    purposes = forms.MultipleChoiceField(
        label="客户同意的目的", required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    separately = forms.MultipleChoiceField(
        label="客户单独同意的敏感信息", required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def offer(self, fields: Mapping[str, Field], told: Sequence[str]) -> None:
        """Offer the purposes that rest on consent, and the fields that are asked about one by one."""
        asked = {
            purpose
            for one in fields.values()
            if one.is_personal and one.state is FieldState.ACTIVE
            for purpose, basis in one.uses.items()
            if basis is Basis.CONSENT and purpose in told
        }
        self.fields["purposes"].choices = [(code, PURPOSES[code]) for code in PURPOSES if code in asked]  # type: ignore[attr-defined]
        self._separate = {
            one.code: one for one in fields.values() if one.asks_separately and one.state is FieldState.ACTIVE
        }
        self.fields["separately"].choices = [(code, one.label) for code, one in self._separate.items()]  # type: ignore[attr-defined]

    @property
    def offers_something(self) -> bool:
        return bool(self.fields["purposes"].choices or self._separate)  # type: ignore[attr-defined]

    def questions(self) -> list[Question]:
        """What was ticked, as questions: one a purpose, and one a field for each of its purposes."""
        found = [Question(purpose) for purpose in self.cleaned_data["purposes"]]
        for code in self.cleaned_data["separately"]:
            one = self._separate[code]
            found += [Question(purpose, (f"{one.record}.{code}",)) for purpose in one.uses]
        return found


class ConsentForm(AskForm):
    """What somebody consented to on the occasion (消费者权益保护法实施条例 第二十三条)."""

    consent_channel = forms.ChoiceField(
        label="怎样同意的",
        required=False,
        choices=[(one.value, one.label) for one in (Channel.COUNTER, Channel.PHONE, Channel.PAPER, Channel.ONLINE)],
    )
    proof = forms.CharField(
        label="凭据", required=False, max_length=200, help_text="纸质同意书编号、录音编号或者页面截图的编号"
    )
    given_at = forms.DateTimeField(
        label="同意的时间",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="不填为现在",
    )
    by_guardian = forms.BooleanField(label="由父母或者其他监护人作出", required=False)

    def consents(self) -> tuple[GivenConsent, ...]:
        """What was ticked, as consents: one a purpose, and one a field for each of its purposes."""
        said = self.cleaned_data
        how: dict[str, Any] = {
            "channel": Channel(said["consent_channel"] or Channel.COUNTER),
            "proof": said["proof"],
            "given_at": said["given_at"] or timezone.now(),
            "by_guardian": said["by_guardian"],
        }
        return tuple(GivenConsent(one.purpose, fields=one.fields, **how) for one in self.questions())


class HolderForm(ConsentForm):
    """Values of a customer or contact.

    `now` are the cells of a record that is changed: a value that the member doesn't see in the clear isn't
    put into its input, and an empty input leaves it as it is.
    """

    source_words = forms.CharField(
        label="信息的来源", required=False, max_length=200, help_text="例如：到店登记、展会名片、老客户介绍"
    )
    is_stated_adult = forms.BooleanField(label="客户是成年人（已核实）", required=False)
    cleared = forms.MultipleChoiceField(label="清空", required=False, widget=forms.CheckboxSelectMultiple, choices=())
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    is_another = forms.BooleanField(label="不是同一位客户（只是手机、邮箱或证件号码相同）", required=False)

    may_ask = False
    """Whether what was refused would come in with a consent of somebody who is registered already."""

    def __init__(
        self,
        *arguments: Any,
        fields: Mapping[str, Field],
        told: Sequence[str] = (),
        now: Mapping[str, Cell] | None = None,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._now = now or {}
        self._shown = {code: one for code, one in fields.items() if one.state is FieldState.ACTIVE or code in self._now}
        for code, one in self._shown.items():
            self.fields[code] = _input(one, self._now.get(code))
        masked = [(code, cell.label) for code, cell in self._now.items() if cell.text and _is_kept_back(cell)]
        self.fields["cleared"].choices = masked  # type: ignore[attr-defined]
        self.offer(fields, told)

    def bound_values(self, *, first: bool) -> list[forms.BoundField]:
        codes = list(self._shown)
        return [self[code] for code in (codes[:FIRST] if first else codes[FIRST:])]

    @property
    def first(self) -> list[forms.BoundField]:
        return self.bound_values(first=True)

    @property
    def others(self) -> list[forms.BoundField]:
        return self.bound_values(first=False)

    @property
    def has_trouble_below(self) -> bool:
        """Whether the fold has to stand open: something in it was refused, or typed already."""
        return any(bound.errors or bound.value() for bound in self.others)

    @property
    def values(self) -> dict[str, str]:
        """What was typed, by field; of a value that was kept back only what is typed anew, or was cleared."""
        found = {}
        for code in self._shown:
            text = self.cleaned_data.get(code) or ""
            cell = self._now.get(code)
            if cell is not None and _is_kept_back(cell) and not text:
                if code in self.cleaned_data["cleared"]:
                    found[code] = ""
                continue
            found[code] = text if isinstance(text, str) else str(text)
        return found

    def show_refused(self, problems: Sequence[Problem]) -> None:
        """Put each refusal beside its value, with the article; what was typed stays."""
        for problem in problems:
            place = problem.field if problem.field in self.fields else None
            words = problem.sentence + (f" 参见{problem.citation}" if problem.citation else "")
            self.add_error(place, words)


def _is_kept_back(cell: Cell) -> bool:
    return cell.treatment != "clear"


def _input(one: Field, cell: Cell | None) -> forms.Field:
    hint = one.note
    attributes: dict[str, Any] = {"autocomplete": "off"}
    initial = cell.stored if cell is not None and not _is_kept_back(cell) else ""
    if cell is not None and _is_kept_back(cell):
        attributes["placeholder"] = f"{cell.text}（不改请留空）" if cell.text else "已有内容（不改请留空）"
    match one.sort:
        case Sort.CHOICE:
            choices = [("", "—"), *one.choices.items()]
            return forms.ChoiceField(label=one.label, required=False, choices=choices, initial=initial, help_text=hint)
        case Sort.YES_NO:
            choices = [("", "—"), ("yes", "是"), ("no", "否")]
            return forms.ChoiceField(label=one.label, required=False, choices=choices, initial=initial, help_text=hint)
        case Sort.REGION:
            return RegionField(label=one.label, required=False, initial=initial, help_text=hint)
        case Sort.LONG_TEXT:
            widget: forms.Widget = forms.Textarea(attrs=attributes | {"rows": 3})
        case Sort.PHONE:
            widget = forms.TextInput(attrs=attributes | {"inputmode": "tel"})
        case Sort.EMAIL:
            widget = forms.TextInput(attrs=attributes | {"inputmode": "email"})
        case Sort.NUMBER:
            widget = forms.TextInput(attrs=attributes | {"inputmode": "decimal"})
        case Sort.DAY if cell is None or not _is_kept_back(cell):
            widget = forms.TextInput(attrs=attributes | {"placeholder": "1990-01-31"})
        case _:
            widget = forms.TextInput(attrs=attributes)
    # A name that is there and doesn't show is left as it is, like everything else that was kept back.
    needed = one.code == "name" and (cell is None or not _is_kept_back(cell))
    return forms.CharField(
        label=one.label,
        required=needed,
        initial=initial,
        widget=widget,
        help_text=hint,
        strip=True,
        error_messages={"required": f"请填写{one.label}"},
    )


class AssignForm(Form):
    """Who takes a customer over."""

    owner = ColleagueField("负责人")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]


class ContactForm(HolderForm):
    """Values of a person at a company."""

    is_main = forms.BooleanField(label="主要联系人", required=False)
