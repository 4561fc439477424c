"""Shapes of what people type about companies."""

from __future__ import annotations

from typing import Any

from django import forms

from guiju.kernel.errors import GuijuError
from guiju.organisations.models import CompanyImport, Entity, Sector
from guiju.organisations.services import CompanyDetails


class RegisterCompanyForm(forms.Form):
    unified_code = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="营业执照上的18位代码；空格和全角字符会自动整理",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label="公司名称", max_length=400, help_text="与营业执照一致")
    region = forms.CharField(
        label="区划代码",
        max_length=20,
        help_text="住所所在县、区的6位代码（GB/T 2260），例如 330106",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    sector = forms.ChoiceField(label="行业", choices=[("", "请选择"), *Sector.choices])
    went_live_on = forms.DateField(
        label="系统上线日期",
        help_text="公司开始使用本系统的日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    parent = forms.ModelChoiceField(label="上级公司", queryset=Entity.objects.none(), empty_label="请选择")

    def __init__(self, *arguments: Any, companies: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["parent"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = companies

    @property
    def details(self) -> CompanyDetails:
        values = self.cleaned_data
        return CompanyDetails(
            name=values["name"],
            unified_code=values["unified_code"],
            region=values["region"],
            sector=values["sector"],
            went_live_on=values["went_live_on"],
            parent_id=values["parent"].pk,
        )


class UploadForm(forms.Form):
    file = forms.FileField(
        label="文件",
        help_text="xlsx、xls、csv（UTF-8 或 GB18030），最多10万行；先预览，确认后才登记",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )


class DecideForm(forms.Form):
    mode = forms.ChoiceField(label="有问题的行怎样处理", choices=CompanyImport.Mode.choices, widget=forms.RadioSelect)


def show_problems(form: forms.Form, error: GuijuError) -> None:
    """Put each problem of a refusal beside its field; what was typed stays."""
    for problem in error.problems:
        sentence = problem.sentence
        if problem.citation:
            sentence += f"（{problem.citation}）"
        form.add_error(problem.field if problem.field in form.fields else None, sentence)
