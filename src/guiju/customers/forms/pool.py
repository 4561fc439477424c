"""Shapes of the pool and of acts on many customers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from guiju.customers.services.pool import PoolLimits
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form


class PoolRuleForm(Form):
    idle_days = forms.IntegerField(label="多少天没有联系就收回", min_value=0, help_text="0 为不收回")
    most_held = forms.IntegerField(label="一个人最多负责多少位", min_value=0, help_text="0 为不限")
    daily_claims = forms.IntegerField(label="一个人每天最多领取多少位", min_value=0, help_text="0 为不限")
    daily_views = forms.IntegerField(label="一个人每天最多查看公海多少位", min_value=0, help_text="0 为不限")

    @property
    def limits(self) -> PoolLimits:
        return PoolLimits(**self.cleaned_data)


class ReleaseForm(Form):
    reason = forms.CharField(label="为什么放入公海", max_length=200)


class BulkForm(Form):
    """What is to be done with the customers that were ticked."""

    act = forms.ChoiceField(
        label="对选中的客户",
        choices=[("assign", "分配给"), ("tag", "加标签"), ("untag", "去标签"), ("release", "放入公海")],
    )
    owner = ColleagueField("同事", required=False)
    tag = forms.CharField(label="标签", required=False, max_length=20)

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "选择同事"  # type: ignore[attr-defined]
        self.fields["owner"].widget.attrs |= {"class": "form-select form-select-sm w-auto", "aria-label": "同事"}

    @staticmethod
    def chosen(values: list[str]) -> list[UUID]:
        """The customers that were ticked; what is no id is passed over."""
        found = []
        for value in values:
            try:
                found.append(UUID(value))
            except ValueError:
                continue
        return found
