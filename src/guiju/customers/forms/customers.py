"""The form of a customer: one input for each active field of the catalogue, and what was consented to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from guiju.customers.selectors.cells import Cell
from guiju.kernel.errors import Problem
from guiju.organisations.forms.companies import RegionField
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.fields import Field
from guiju.privacy.guardians import RELATIONS, Guardian
from guiju.privacy.models import PrivacyNotice
from guiju.privacy.pointing import pointed_out
from guiju.privacy.scanning import is_free_text
from guiju.privacy.selectors.notices import Told, givings_of
from guiju.privacy.services.asking import Question, by_purpose, questions_about
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.terms import MARKETING, Channel, FieldState, Sort
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

    givings = forms.MultipleChoiceField(
        label="客户单独同意的提供", required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    each = False
    purposes_hint = "不勾选的，各项的目的都问"

    def offer_givings(self, notice: PrivacyNotice | None) -> None:
        """Offer what the notice says that other companies get (个人信息保护法 第二十三条), each by itself; a child's
        for marketing never."""
        choices = [
            (f"{company}:{purpose}", words)
            for company, purpose, words in (givings_of(notice) if notice else [])
            if not (self.each and purpose == MARKETING)
        ]
        self.fields["givings"].choices = choices  # type: ignore[attr-defined]

    def offer(self, fields: Mapping[str, Field], told: Told, *, each: bool = False) -> None:
        """Offer the purposes that rest on consent, and the fields that are asked about one by one.

        `each`: of a child, or a pupil, each field is asked about, for what the record is held for.
        """
        active = {code: one for code, one in fields.items() if one.is_personal and one.state is FieldState.ACTIVE}
        questions = {code: questions_about(one, told, each=each) for code, one in active.items()}
        asked = {one.purpose for some in questions.values() for one in some if each or not one.fields}
        asked = asked if each else asked & told.asking
        self.fields["purposes"].choices = [(code, PURPOSES[code]) for code in PURPOSES if code in asked]  # type: ignore[attr-defined]
        self._separate = {code: some for code, some in questions.items() if some and some[0].fields}
        labels = [(code, _label(fields[code], some)) for code, some in self._separate.items()]
        self.fields["separately"].choices = labels  # type: ignore[attr-defined]
        self.each = each
        if each:
            self.fields["purposes"].label = "用于哪些目的"
            self.fields["purposes"].help_text = self.purposes_hint
            self.fields["separately"].label = "哪些信息，一项一项问监护人"

    @property
    def offers_something(self) -> bool:
        return bool(self.fields["purposes"].choices or self._separate)  # type: ignore[attr-defined]

    def questions(self) -> list[Question]:
        """What was ticked, as questions: one a purpose, and one a field for each of its purposes."""
        purposes = self.cleaned_data["purposes"]
        asked = [one for code in self.cleaned_data["separately"] for one in self._separate[code]]
        if self.each:
            wanted = [one for one in asked if not purposes or one.purpose in purposes]
            return [*wanted, *self._givings()]
        return [*(Question(purpose) for purpose in purposes), *asked, *self._givings()]

    def _givings(self) -> list[Question]:
        found = []
        for giving in self.cleaned_data["givings"]:
            company, _, purpose = giving.partition(":")
            found.append(Question(purpose, recipient_id=UUID(company)))
        return found


def _label(field: Field, asked: Sequence[Question]) -> str:
    return f"{field.label}（用于{'、'.join(PURPOSES[one.purpose] for one in asked)}）"


class ConsentForm(AskForm):
    """What somebody consented to on the occasion (消费者权益保护法实施条例 第二十三条)."""

    purposes_hint = "只勾选监护人同意的"
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
    notice_shown = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**31)
    """The version of the notice that stood in force when the form was drawn."""

    notice_now: int | None = None
    """The same as it is drawn anew: who is told of a newer one goes on with that."""
    guardian_name = forms.CharField(label="监护人的姓名", required=False, max_length=200)
    guardian_relation = forms.ChoiceField(
        label="是孩子的", required=False, choices=[("", "—"), *((one, one) for one in RELATIONS)]
    )

    def clean(self) -> dict[str, Any]:
        """Of a child it has to be said for which purposes: a guardian may agree to some only."""
        said = super().clean() or {}
        if self.each and bool(said.get("separately")) != bool(said.get("purposes")):
            place = "purposes" if said.get("separately") else "separately"
            self.add_error(place, f"请勾选监护人同意的{'目的' if place == 'purposes' else '信息'}")
        return said

    def consents(self) -> tuple[GivenConsent, ...]:
        """What was ticked, as consents: one a purpose, and one a field for each of its purposes."""
        said = self.cleaned_data
        how: dict[str, Any] = {
            "channel": Channel(said["consent_channel"] or Channel.COUNTER),
            "proof": said["proof"],
            "given_at": said["given_at"] or timezone.now(),
            "guardian": Guardian(said["guardian_name"], said["guardian_relation"]) if said["by_guardian"] else None,
            # Of an earlier moment the notice of that moment counts, whatever stands on this page.
            "shown": None if said["given_at"] else said["notice_shown"],
        }
        return tuple(
            GivenConsent(one.purpose, fields=one.fields, recipient_id=one.recipient_id, **how)
            for one in by_purpose(self.questions())
        )


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
    shown = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    """The fields whose values stood in their inputs, with commas: of no other an empty input takes the value away."""
    is_another = forms.BooleanField(label="不是同一位客户（只是手机、邮箱或证件号码相同）", required=False)

    may_ask = False
    """Whether what was refused would come in with a consent of somebody who is registered already."""

    def __init__(
        self,
        *arguments: Any,
        fields: Mapping[str, Field],
        told: Told | None = None,
        each: bool = False,
        notice_now: int | None = None,
        now: Mapping[str, Cell] | None = None,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._now = now or {}
        self.notice_now = notice_now
        self._shown = {code: one for code, one in fields.items() if one.state is FieldState.ACTIVE or code in self._now}
        for code, one in self._shown.items():
            made = input_of(one, self._now.get(code))
            self.fields[code] = pointed_out(made) if is_free_text(one) else made
        masked = [(code, cell.label) for code, cell in self._now.items() if cell.text and _is_kept_back(cell)]
        self.fields["cleared"].choices = masked  # type: ignore[attr-defined]
        self.offer(fields, told or Told(), each=each)

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
            if cell is not None and not text and (_is_kept_back(cell) or code not in self._was_shown):
                # What became readable since the form was drawn was not seen empty.
                if code in self.cleaned_data["cleared"]:
                    found[code] = ""
                continue
            found[code] = text if isinstance(text, str) else str(text)
        return found

    @property
    def _was_shown(self) -> set[str]:
        return set((self.cleaned_data.get("shown") or "").split(","))

    @property
    def shown_now(self) -> str:
        """For the form as it is drawn: the values that stand in it, and those that stood in it before."""
        clear = {code for code, cell in self._now.items() if not _is_kept_back(cell) and cell.stored}
        if self.is_bound:
            clear = {code for code in clear if self.data.get(code)} | set((self.data.get("shown") or "").split(","))
        return ",".join(sorted(clear - {""}))

    def show_refused(self, problems: Sequence[Problem]) -> None:
        """Put each refusal beside its value, with the article; what was typed stays."""
        for problem in problems:
            place = problem.field if problem.field in self.fields else None
            words = problem.sentence + (f" 参见{problem.citation}" if problem.citation else "")
            self.add_error(place, words)


def _is_kept_back(cell: Cell) -> bool:
    return cell.treatment != "clear"


def input_of(one: Field, cell: Cell | None = None) -> forms.Field:
    """The input of a field, and what stands in it; empty for a value that was kept back."""
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


class CustomerForm(HolderForm):
    """Values of a customer, and their tags."""

    tag_words = forms.CharField(
        label="标签",
        required=False,
        max_length=500,
        help_text="用顿号分开，例如：老客户、展会；谁都看得到，不写健康、子女和号码",
    )

    @property
    def tags(self) -> list[str] | None:
        """The tags that were typed; None where the form asked for none."""
        return tags_in(self.cleaned_data["tag_words"]) if "tag_words" in {*self.data} & {*self.fields} else None


def tags_in(words: str) -> list[str]:
    """Tags as people write several of them in a line."""
    return [one for one in re.split(r"[、，,；;]", words) if one.strip()]


class TagsForm(Form):
    """The tags of one customer."""

    tag_words = forms.CharField(
        label="标签", required=False, max_length=500, help_text=CustomerForm.base_fields["tag_words"].help_text
    )

    @property
    def tags(self) -> list[str]:
        return tags_in(self.cleaned_data["tag_words"])


class RenameTagForm(Form):
    """What a tag of the company is called from now on."""

    to = forms.CharField(label="改成", max_length=20, help_text="改成已有的标签，就是合并到那个标签")


class AssignForm(Form):
    """Who takes a customer over."""

    owner = ColleagueField("负责人")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]


class ContactForm(HolderForm):
    """Values of a person at a company."""

    is_main = forms.BooleanField(label="主要联系人", required=False)
