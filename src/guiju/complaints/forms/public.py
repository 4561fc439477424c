"""What somebody who complains types."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.complaints.models import Complaint
from guiju.complaints.proofs import BITS, PREFIX
from guiju.complaints.services.intake import Complained
from guiju.files.forms import FilesField
from guiju.kernel.errors import Refused
from guiju.privacy.guardians import RELATIONS, Guardian
from guiju.web.forms import Form, day_field


class ComplainForm(Form):
    text = forms.CharField(
        label="发生了什么事",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="什么时候、买了什么、出了什么问题。请不要写身份证号和银行卡号",
    )
    wish = forms.ChoiceField(label="您希望怎样解决", required=False, choices=[("", "请选择"), *Complaint.Wish.choices])
    contact_name = forms.CharField(label="怎样称呼您", required=False)
    contact_phone = forms.CharField(
        label="手机",
        required=False,
        help_text="用来把收到、受理、进度和结果告诉您；不留的，请保存好下一页的链接",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    order_no = forms.CharField(label="订单号", required=False)
    product = forms.CharField(label="产品或服务", required=False)
    happened_on = day_field("事情发生的日期", required=False)
    is_child = forms.BooleanField(
        label="我替孩子投诉，或者我未满14岁",
        required=False,
        help_text="都可以投诉。我们会请监护人（父母或其他监护人）确认；知道的请写上",
    )
    guardian_name = forms.CharField(label="监护人姓名", required=False)
    guardian_relation = forms.ChoiceField(
        label="是孩子的", required=False, choices=[("", "请选择"), *((one, one) for one in RELATIONS)]
    )
    upload = FilesField(
        label="照片、视频或文件",
        required=False,
        help_text="只用于这件投诉。一次最多9个；提交以后在投诉的页面上还可以再传",
    )
    key = forms.CharField(widget=forms.HiddenInput, required=False)
    handover = forms.CharField(widget=forms.HiddenInput, required=False)
    shop = forms.CharField(widget=forms.HiddenInput, required=False)
    proof = forms.CharField(
        widget=forms.HiddenInput(attrs={"data-bits": str(BITS), "data-prefix": PREFIX}), required=False
    )

    def clean(self) -> dict[str, Any]:
        """A guardian who is half named is asked for again; none at all is asked for later."""
        said = super().clean() or {}
        said["guardian"] = None
        name, relation = said.get("guardian_name", ""), said.get("guardian_relation", "")
        if name or relation:
            try:
                said["guardian"] = Guardian(name, relation)
            except Refused as refused:
                self.add_error(refused.problems[0].field, refused.sentence)
        return said

    @property
    def said(self) -> Complained:
        said = self.cleaned_data
        return Complained(
            said["text"],
            name=said["contact_name"],
            phone=said["contact_phone"],
            wish=said["wish"],
            order_no=said["order_no"],
            product=said["product"],
            happened_on=said["happened_on"],
            key=said["key"],
            proof=said["proof"],
            shop=said["shop"],
            is_child=said["is_child"] or said["guardian"] is not None,
            guardian=said["guardian"],
        )


class FindForm(Form):
    number = forms.CharField(label="投诉编号", help_text="TS 开头，在提交时的页面和短信里", max_length=60)
    phone = forms.CharField(
        label="投诉时留的手机", max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"})
    )
    code = forms.CharField(
        label="短信验证码",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
