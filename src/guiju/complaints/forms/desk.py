"""What staff type about a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.complaints.models import Complaint, Snippet
from guiju.complaints.services.intake import Complained
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form, day_field


class AddComplaintForm(Form):
    """What somebody said on the phone or at the counter."""

    text = forms.CharField(label="发生了什么事", widget=forms.Textarea(attrs={"rows": 5}))
    name = forms.CharField(label="称呼", required=False)
    phone = forms.CharField(label="手机", required=False, help_text="确认和进度发到这里；不愿意留的可以不填")
    wish = forms.ChoiceField(label="诉求", required=False, choices=[("", "没有说"), *Complaint.Wish.choices])
    order_no = forms.CharField(label="订单号", required=False)
    product = forms.CharField(label="产品或服务", required=False)
    happened_on = day_field("发生的日期", required=False)
    channel = forms.ChoiceField(
        label="怎样来的",
        choices=[(one.value, one.label) for one in (Complaint.Channel.PHONE, Complaint.Channel.COUNTER)],
    )

    @property
    def said(self) -> Complained:
        said = self.cleaned_data
        return Complained(
            said["text"],
            name=said["name"],
            phone=said["phone"],
            wish=said["wish"],
            order_no=said["order_no"],
            product=said["product"],
            happened_on=said["happened_on"],
        )


class StepForm(Form):
    """One step of a case: it says which version of the case was before who takes it."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def show_newer(self, version: int) -> None:
        """Sent again, it is meant for the case as it is now."""
        self.data = {**self.data.dict(), "seen": str(version)}  # type: ignore[attr-defined]


class TextForm(StepForm):
    text = forms.CharField(label="内容", widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(
        self,
        *arguments: Any,
        label: str = "内容",
        help_text: str = "",
        snippets: Sequence[Snippet] = (),
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self.snippets = snippets
        self.fields["text"].label, self.fields["text"].help_text = label, help_text
        self.fields["text"].error_messages["required"] = f"请填写{label}"

    def insert(self, words: str) -> None:
        """Put words behind what was typed."""
        typed = str(self.data.get("text", "")).rstrip()
        whole = f"{typed}\n{words}" if typed else words
        self.data = {**self.data.dict(), "text": whole}  # type: ignore[attr-defined]


class CloseForm(StepForm):
    result = forms.ChoiceField(
        label="结果",
        choices=[("", "请选择"), *Complaint.Result.choices],
        help_text="已退款、已赔偿、已换货、已修理的，先登记兑现的凭证",
    )
    text = forms.CharField(label="办理的情况", widget=forms.Textarea(attrs={"rows": 4}), help_text="消费者会看到")
    agreed_how = forms.CharField(
        label="消费者怎样表示同意的", required=False, help_text="例如：11月29日电话里同意换货；没有同意的不填"
    )


class AssignForm(StepForm):
    to = ColleagueField("经办人")

    def __init__(self, *arguments: Any, members: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = members  # type: ignore[attr-defined]
