"""Shapes of what people type about themselves and others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.accounts.services.links import Activation
from guiju.organisations.forms.companies import CompanyField
from guiju.organisations.forms.people import ColleagueField, NamedChoiceField
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.services.people import MemberChanges, PersonDetails
from guiju.organisations.services.substitutes import Absence
from guiju.web.forms import Form, day_field


def _password(label: str, purpose: str) -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": f"{purpose}-password"})
    )


def _code(label: str, help_text: str = "") -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(label=label, help_text=help_text, widget=forms.TextInput(attrs=attributes), max_length=60)


def _username() -> forms.CharField:
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label="用户名", max_length=60, widget=forms.TextInput(attrs=attributes))


class _NewPassword(Form):
    """A password typed twice."""

    new = _password("新口令", "new")
    again = _password("再输入一次新口令", "new")

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new", again):
            raise forms.ValidationError("两次输入的新口令不一样")
        return again


class SignInForm(Form):
    username = _username()
    password = _password("口令", "current")


class CodeForm(Form):
    code = _code("验证码", "验证器上现在的6位数字；手机不在身边时填一个恢复码")


class ChangePasswordForm(_NewPassword):
    old = _password("现在的口令", "current")
    field_order = ("old", "new", "again")


class ActivateForm(_NewPassword):
    username = _username()
    secret = _code("激活码", "链接里带着的会自动填好，形如 7QXM-0B2F-…")
    code = _code("核验码", "另一位管理员核对本人后给出的8位数字")
    field_order = ("username", "secret", "code", "new", "again")

    @property
    def wanted(self) -> Activation:
        values = self.cleaned_data
        return Activation(values["username"], values["secret"], values["code"], values["new"])


class SetFactorForm(Form):
    secret = forms.CharField(widget=forms.HiddenInput, max_length=64)
    code = _code("验证码", "验证器上显示的6位数字")


class _PersonForm(Form):
    name = forms.CharField(label="姓名", max_length=60)
    email = forms.CharField(label="电子邮箱", required=False, max_length=254)
    phone = forms.CharField(label="手机", required=False, max_length=30)
    title = forms.CharField(label="职务", required=False, max_length=60)


class JoinForm(Form):
    """A place in a company."""

    company = CompanyField(label="公司", max_length=240, help_text="输入名称或代码的一部分，从列表中选")
    title = forms.CharField(label="职务", required=False, max_length=60)

    def __init__(self, *arguments: Any, companies: QuerySet[Entity], **named: Any) -> None:
        super().__init__(*arguments, **named)
        company = self.fields["company"]
        assert isinstance(company, CompanyField)
        company.companies = companies


class InviteForm(JoinForm, _PersonForm):
    username = _username()
    field_order = ("company", "username", "name", "title", "email", "phone")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["username"].help_text = "登录用，小写字母、数字和 . _ -；以后不能改"

    @property
    def details(self) -> PersonDetails:
        values = self.cleaned_data
        return PersonDetails(values["username"], values["name"], values["email"], values["phone"])


class ChangeMemberForm(_PersonForm):
    department = NamedChoiceField("部门", required=False)

    def __init__(self, *arguments: Any, departments: QuerySet[Department], **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["department"]
        assert isinstance(field, NamedChoiceField)
        field.queryset = departments

    @property
    def changes(self) -> MemberChanges:
        values = self.cleaned_data
        department = values["department"]
        return MemberChanges(
            values["name"], values["email"], values["phone"], values["title"], department.pk if department else None
        )


class LeaveForm(Form):
    successor = ColleagueField("接手人", required=False, help_text="他手上的事项、负责的部门都交给这个人")
    is_released = forms.BooleanField(
        label="客户不交给接手人，放入公海", required=False, help_text="由同事领取；其他事项仍交给接手人"
    )
    reason = forms.CharField(label="原因", max_length=200, help_text="例如：离职、调到别的公司")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["successor"].queryset = colleagues  # type: ignore[attr-defined]


class SubstituteForm(Form):
    substitute = ColleagueField("代理人")
    since = day_field("自")
    until = day_field("至")
    reason = forms.CharField(label="事由", max_length=200, help_text="例如：年假")

    def __init__(self, *arguments: Any, colleagues: QuerySet[Member], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["substitute"].queryset = colleagues  # type: ignore[attr-defined]

    @property
    def absence(self) -> Absence:
        values = self.cleaned_data
        return Absence(values["since"], values["until"], values["reason"])


class TokenForm(Form):
    name = forms.CharField(label="用途", max_length=100, help_text="例如：官网对接")
    days = forms.IntegerField(label="有效天数", initial=90)
    scope = forms.MultipleChoiceField(
        label="只能用于（不选就是您的全部权限）",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )

    def __init__(self, *arguments: Any, rights: Iterable[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["scope"].choices = list(rights)  # type: ignore[attr-defined]
        self.fields["days"].error_messages["invalid"] = "有效天数应是整数"
