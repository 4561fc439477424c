"""What somebody who complains types."""

from __future__ import annotations

from django import forms

from guiju.complaints.models import Complaint
from guiju.complaints.proofs import BITS, PREFIX
from guiju.complaints.services.intake import Complained
from guiju.files.forms import FilesField
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
        )
