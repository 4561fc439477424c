"""Shapes of the pool and of acts on many customers."""

from __future__ import annotations

from collections.abc import Sequence
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
    daily_views = forms.IntegerField(
        label="一个人每天最多查看公海多少位", min_value=0, help_text="0 为不限；列表的每一页也算一次"
    )
    rest_days = forms.IntegerField(
        label="放出或收回以后多少天不能再领", min_value=0, help_text="对放出、被收回的那个人；0 为不限"
    )
    warn_days = forms.IntegerField(label="收回以前多少天提醒", min_value=0, help_text="每天提醒负责人一次；0 为不提醒")

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

    def __init__(
        self, *arguments: Any, colleagues: QuerySet[Member], known: Sequence[Member] | None = None, **named: Any
    ) -> None:
        """`known` are the colleagues where the page has asked for them already."""
        super().__init__(*arguments, **named)
        self.fields["owner"].queryset = colleagues  # type: ignore[attr-defined]
        self.fields["owner"].empty_label = "选择同事"  # type: ignore[attr-defined]
        self.fields["owner"].widget.attrs |= {"class": "form-select form-select-sm w-auto", "aria-label": "同事"}
        if known is not None:
            owner: Any = self.fields["owner"]
            words = [("", owner.empty_label), *((one.pk, owner.label_from_instance(one)) for one in known)]
            owner.widget.choices = words

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
