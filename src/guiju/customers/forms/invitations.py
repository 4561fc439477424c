"""What a guardian is asked before a child is registered, and what they type on the page of the link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms

from guiju.customers.forms.customers import AskForm, input_of
from guiju.customers.selectors.invitations import asked_fields
from guiju.customers.services.inviting import BIRTHDAY, NAME, Answer
from guiju.organisations.models import Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.fields import Field
from guiju.privacy.guardians import RELATIONS, Guardian
from guiju.privacy.selectors.notices import Told
from guiju.privacy.terms import Sort
from guiju.web.forms import Form, day_field

YES, NO = "yes", "no"
GUARDIAN, SELF = "guardian", "self"


class InviteForm(AskForm):
    """Which fields a guardian is asked about; the name always is."""

    def offer(self, fields: Mapping[str, Field], told: Told, *, each: bool = True) -> None:
        super().offer(fields, told, each=each)
        choices = self.fields["separately"].choices  # type: ignore[attr-defined]
        # Regions are picked from a list that the page of the link hasn't.
        kept = [one for one in choices if one[0] != NAME and fields[one[0]].sort is not Sort.REGION]
        self.fields["separately"].choices = kept  # type: ignore[attr-defined]
        self.fields["separately"].label = "除了姓名，还征求哪些"

    @property
    def codes(self) -> list[str]:
        return list(self.cleaned_data["separately"])


class InvitationForm(Form):
    """Yes or no to each question; values of what is agreed to; the birthday, and who answers."""

    born = day_field("孩子的出生日期", help_text="用来判断要不要监护人同意；不同意保存的，只记下哪年哪月成年")
    answerer = forms.ChoiceField(
        label="您是",
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        choices=[(GUARDIAN, "孩子的父母或者其他监护人"), (SELF, "本人，已满十四周岁")],
    )
    guardian_name = forms.CharField(label="您的姓名", required=False, max_length=200)
    guardian_relation = forms.ChoiceField(
        label="您是孩子的", required=False, choices=[("", "请选择"), *((one, one) for one in RELATIONS)]
    )

    def __init__(
        self, *arguments: Any, items: Sequence[dict[str, Any]], fields: Mapping[str, Field], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.fields["answerer"].error_messages["required"] = "请选择是谁在答复"
        self._items = items
        self._known = {name: fields.get(name.partition(".")[2]) for name in asked_fields(items)}
        for code, one in self._values():
            # Nothing has to be filled in: whoever refuses leaves it empty.
            self.fields[code] = input_of(one)
            self.fields[code].required = False
        for number, item in enumerate(items):
            self.fields[f"q{number}"] = forms.ChoiceField(
                label=f"用于{PURPOSES[item['purpose']]}",
                widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
                choices=[(YES, "同意"), (NO, "不同意")],
                error_messages={"required": "请选择同意或者不同意"},
            )

    def _values(self) -> Iterator[tuple[str, Field]]:
        """The fields that are typed by themselves: the birthday has its own place."""
        return ((one.code, one) for one in self._known.values() if one is not None and one.code != BIRTHDAY)

    @property
    def blocks(self) -> list[tuple[str, forms.BoundField | None, list[forms.BoundField]]]:
        """Each field with its input and its questions."""
        return [
            (
                one.label if one is not None else name,
                self[one.code] if one is not None and one.code != BIRTHDAY else None,
                [self[f"q{number}"] for number, item in enumerate(self._items) if name in item["fields"]],
            )
            for name, one in self._known.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Whoever refuses everything has nothing else to fill in."""
        said = super().clean() or {}
        if self._answers(said) == [NO] * len(self._items):
            for name in ("born", "answerer"):
                self.errors.pop(name, None)
        return said

    def _answers(self, said: Mapping[str, Any]) -> list[str]:
        return [said.get(f"q{number}", "") for number in range(len(self._items))]

    def answer(self, member: Member | None) -> Answer:
        """What was typed; raises `Refused` for a guardian without a name."""
        said = self.cleaned_data
        answers = [one == YES for one in self._answers(said)]
        values = {code: said.get(code) or "" for code, _ in self._values()}
        guardian = None
        if any(answers):
            values[BIRTHDAY] = said["born"].isoformat()
            is_guardian = said["answerer"] == GUARDIAN
            guardian = Guardian(said["guardian_name"], said["guardian_relation"]) if is_guardian else None
        return Answer(answers, values, guardian, member)
