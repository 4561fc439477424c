"""Shapes of what people type about the calendar and what is due in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.deadlines.models import Duty
from guiju.kernel.calendar import Unit
from guiju.kernel.calendar.deadlines import CIVIL_CODE, COUNTING_RULES
from guiju.organisations.forms.people import ColleagueField
from guiju.organisations.models import Member
from guiju.web.forms import Form, day_field


class NoticeForm(Form):
    text = forms.CharField(
        label="通知全文",
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="从中国政府网复制“国务院办公厅关于……年部分节假日安排的通知”，粘贴在这里；日期、星期、天数会逐一核对",
    )
    source = forms.CharField(label="来源", help_text="通知的发文字号，或中国政府网上的网址")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class DutyForm(Form):
    title = forms.CharField(label="要办的事", max_length=200)
    basis = forms.ChoiceField(label="依据的种类", choices=Duty.Basis.choices)
    article = forms.CharField(
        label="依据",
        max_length=200,
        help_text="法定的写法律和条款，例如：消费者权益保护法第二十五条；监管部门的文书指定的，写文书和它依据的条款；内部的写本公司的制度",
    )
    started_on = day_field("起算日", help_text="收到、签订或发生的那一天；当日不计")
    count = forms.IntegerField(label="期间", min_value=1, max_value=36_525)
    unit = forms.ChoiceField(label="单位", choices=[(one.value, one.value) for one in Unit if "小时" not in one.value])
    rule = forms.ChoiceField(
        label="怎么算",
        initial=CIVIL_CODE.code,
        choices=[(one.code, one.law) for one in COUNTING_RULES.values()],
        help_text="一般按民法典；依据的法律另有规定的选它",
    )
    closes_at = forms.TimeField(
        label="停止业务的时间",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="要递交到窗口的填写，最后一天到这时为止（民法典第二百零三条）；不填为二十四时",
    )
    holder = ColleagueField("经办人")
    may_pause = forms.CharField(
        label="可以中止的情形", required=False, max_length=200, help_text="没有就留空：不能中止"
    )

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["holder"].queryset = colleagues  # type: ignore[attr-defined]


class HandOverDutyForm(Form):
    to = ColleagueField("接手人")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["to"].queryset = colleagues  # type: ignore[attr-defined]
