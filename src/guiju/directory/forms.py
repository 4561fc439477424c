"""Shapes of what people type about lists and groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from guiju.directory.models import Intake
from guiju.organisations.forms.companies import CompanyField
from guiju.organisations.models import Entity, Role
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.web.forms import Form


class IntakeForm(Form):
    sort = forms.ChoiceField(
        label="这是什么", choices=[(one.value, one.label) for one in (Intake.Sort.PEOPLE, Intake.Sort.STRUCTURE)]
    )
    file = forms.FileField(
        label="文件",
        help_text="xlsx、xls、csv（UTF-8 或 GB18030），最多2万行；先比对出变动，确认后才执行",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )


class AcceptForm(Form):
    leaving = forms.IntegerField(label="离开的人数", required=False, min_value=0)


class GroupRoleForm(Form):
    group = forms.CharField(
        label="目录里的组",
        help_text="企业账号的组写名称（crm-sales）；LDAP、AD 的组写完整的 DN（cn=crm-sales,ou=groups,dc=example,dc=cn）",
    )
    role = forms.ChoiceField(label="角色")
    company = CompanyField(label="公司", max_length=240, help_text="在这家公司和它的下级公司里生效")

    def __init__(self, *arguments: Any, companies: QuerySet[Entity], **named: Any) -> None:
        super().__init__(*arguments, **named)
        field, roles = self.fields["company"], self.fields["role"]
        assert isinstance(field, CompanyField)
        assert isinstance(roles, forms.ChoiceField)
        field.companies = companies
        known = Role.objects.filter(retired_at=None).exclude(code__in=THREE_ADMINISTRATORS)
        roles.choices = [("", "请选择"), *known.order_by("-is_ready_made", "name").values_list("code", "name")]
