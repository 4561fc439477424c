"""Shapes of what people type about companies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from guiju.kernel.calendar.clock import today
from guiju.kernel.identifiers import regions
from guiju.kernel.identifiers.found import plain
from guiju.kernel.sectors import CHOICES
from guiju.organisations.models import CompanyImport, Entity
from guiju.organisations.services import CompanyChanges, CompanyDetails
from guiju.organisations.services.companies import checked
from guiju.web.forms import Form
from guiju.web.pickers import Picker


class RegionField(forms.CharField):
    """A county, picked from the list or typed as its code or name (330106, 西湖, 杭州 西湖)."""

    widget = Picker("suggest_regions")

    def prepare_value(self, value: Any) -> Any:
        return f"{value} {regions.full_name(value)}" if value in regions.all_regions() else value

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        first = (plain(text.split()[0]) if text.split() else "")[:20]
        if first.isdigit() or not text:
            return first
        found = regions.find_counties(text, most=2)
        if len(found) != 1:
            raise forms.ValidationError(
                f"有不止一个县、区叫“{text}”：请从列表里选"
                if found
                else f"没有叫“{text}”的县、区：请换个写法，或填6位代码"
            )
        return found[0].code


class CompanyField(forms.CharField):
    """A company in sight, picked from the list or typed as its code or whole name; cleans to the company."""

    widget = Picker("suggest_companies")
    companies: QuerySet[Entity] = Entity.objects.none()

    def prepare_value(self, value: Any) -> Any:
        return f"{value.unified_code} {value.name}" if isinstance(value, Entity) else value

    def clean(self, value: Any) -> Entity | None:
        text: str = super().clean(value)
        if not text:
            return None
        found = self.companies.filter(Q(unified_code=text.split()[0].upper()) | Q(name=text)).first()
        if found is None:
            raise forms.ValidationError(f"没有“{text}”这家公司，或您的角色看不到它：请从列表里选")
        return found


def went_live_on_field() -> forms.DateField:
    return forms.DateField(
        label="系统上线日期",
        help_text="公司开始使用本系统的日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def authority_field() -> forms.CharField:
    return forms.CharField(
        label="登记机关", required=False, help_text="营业执照上盖章的市场监督管理局，例如 杭州市西湖区市场监督管理局"
    )


class RegisterCompanyForm(Form):
    unified_code = forms.CharField(
        label="统一社会信用代码",
        help_text="营业执照上的18位代码；空格和全角字符会自动整理",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label="公司名称", help_text="与营业执照一致")
    region = RegionField(label="住所地", max_length=100, help_text="县、区的名称或6位区划代码，例如 西湖 或 330106")
    sector = forms.ChoiceField(label="行业", choices=[("", "请选择"), *CHOICES])
    authority = authority_field()
    went_live_on = went_live_on_field()
    parent = CompanyField(label="上级公司", max_length=240, help_text="名称的一部分，或代码的开头")

    def __init__(self, *arguments: Any, companies: QuerySet[Entity], **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["parent"]
        assert isinstance(field, CompanyField)
        field.companies = companies

    def clean(self) -> None:
        """Shape as the service sees it, told together with what the fields say themselves."""
        values = self.cleaned_data
        day = values.get("went_live_on") or today()
        known = {name: values.get(name) or "" for name in ("name", "unified_code", "region", "sector", "authority")}
        for problem in checked(CompanyDetails(**known, went_live_on=day, parent_id=None))[1]:
            if problem.field not in self.errors:
                self.add_error(problem.field, problem.sentence)

    @property
    def details(self) -> CompanyDetails:
        values = dict(self.cleaned_data)
        parent: Entity = values.pop("parent")
        return CompanyDetails(**values, parent_id=parent.pk)


class ChangeCompanyForm(Form):
    name = forms.CharField(label="公司名称")
    region = RegionField(label="住所地", max_length=100)
    sector = forms.ChoiceField(label="行业", choices=CHOICES)
    authority = authority_field()
    went_live_on = went_live_on_field()
    reason = forms.CharField(
        label="变更原因",
        help_text="例如：2026年11月名称变更登记；录入有误，按执照更正",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_on_licence = forms.BooleanField(
        label="改后的名称、住所与现行营业执照一致", required=False, help_text="改了名称或住所的必须确认"
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def see(self, version: int, changes: str) -> None:
        """Somebody else was faster: keep what was typed, tell what they changed, and let this go on."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["seen"] = str(version)
        self.data = data
        self.add_error(
            None, f"这家公司刚刚被别人改过（{changes}）。您填写的内容还在：看过以后再按一次“保存修改”，就以您的为准"
        )

    @property
    def changes(self) -> CompanyChanges:
        values = dict(self.cleaned_data)
        del values["seen"]
        return CompanyChanges(**values)


class UploadForm(Form):
    file = forms.FileField(
        label="文件",
        help_text="xlsx、xls、csv（UTF-8 或 GB18030），最多10万行；先预览，确认后才登记",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )


class DecideForm(Form):
    mode = forms.ChoiceField(
        label="有问题的行怎样处理",
        choices=CompanyImport.Mode.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
