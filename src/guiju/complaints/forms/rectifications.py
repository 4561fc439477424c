"""What is typed about what has to be mended."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.complaints.models import RectificationRule
from guiju.complaints.services.rectifying import LIMITS, LONGEST, Mended, label_of
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form


class MendForm(Form):
    plan = forms.CharField(label="整改方案", required=False, widget=forms.Textarea(attrs={"rows": 4}))
    measures = forms.CharField(label="已采取的措施", required=False, widget=forms.Textarea(attrs={"rows": 4}))
    proof = forms.CharField(
        label="证明",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"怎样看得出做了：检验记录的编号、新包装的型号、照片存放处；每栏最多{LONGEST}个字",
    )

    @property
    def said(self) -> Mended:
        return Mended(**{name: self.cleaned_data[name] for name in ("plan", "measures", "proof")})


class ReviewForm(Form):
    reason = forms.CharField(label="说明", help_text="给复核的人：做了什么、看什么；至少4个字")


class WhomForm(Form):
    whom = forms.CharField(label="发给谁", help_text="部门或供应商，例如：包装供应商 王经理")


class HolderForm(Form):
    to = ColleagueField("负责人")

    def __init__(self, *arguments: Any, members: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = members  # type: ignore[attr-defined]


class RuleForm(Form):
    by_safety = forms.BooleanField(label="涉及安全的有一件就要整改", required=False)

    def __init__(self, *arguments: Any, rule: RectificationRule, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, (least, most) in LIMITS.items():
            label = label_of(name)
            self.fields[name] = forms.IntegerField(
                label=label,
                initial=getattr(rule, name),
                help_text=f"{least}到{most}",
                error_messages={"required": f"请填写{label}", "invalid": f"{label}要是整数"},
            )
        self.fields["by_safety"].initial = rule.by_safety
        self.order_fields([*LIMITS, "by_safety"])

    @property
    def wanted(self) -> RectificationRule:
        said = self.cleaned_data
        # What no column holds is told by the service in its own sentence.
        return RectificationRule(**{name: said[name] for name in (*LIMITS, "by_safety")})


def colleagues(company_id: Any) -> Any:
    return Member.objects.filter(entity_id=company_id, left_at=None).select_related("user").order_by("user__name")
