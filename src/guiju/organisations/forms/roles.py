"""Shapes of roles and of relations between companies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from guiju.organisations.forms.companies import CompanyField
from guiju.organisations.models import Entity, Reach, Relation, Role
from guiju.organisations.registry import PURPOSES, RESERVED, RESOURCES, RIGHTS, Treatment, openable_fields
from guiju.organisations.services.assessing import Answers, answers_of
from guiju.organisations.services.relations import RelationDetails
from guiju.organisations.services.roles import RoleDetails
from guiju.web.forms import Form, day_field

_RIGHT, _FIELD = "right:", "field:"


class _Boxes(forms.CheckboxSelectMultiple):
    """Boxes to tick, in the style of the page."""

    def __init__(self) -> None:
        super().__init__(attrs={"class": "form-check-input"})


class RoleForm(Form):
    """Name, note, and a menu for each right that a role may hold and each field."""

    name = forms.CharField(label="角色名称", help_text="例如：门店店长")
    note = forms.CharField(label="说明", required=False, help_text="谁用、做什么")

    def __init__(self, *arguments: Any, role: Role | None = None, is_change: bool = False, **named: Any) -> None:
        super().__init__(*arguments, **named)
        rights, treatments = (role.rights, role.treatments) if role else ({}, {})
        for right, words in RIGHTS.items():
            if right not in RESERVED:
                choices = [("", "—"), *Reach.choices]
                self.fields[_RIGHT + right] = forms.ChoiceField(
                    label=words, choices=choices, required=False, initial=rights.get(right, "")
                )
        for resource in RESOURCES.values():
            for name, field in resource.fields.items():
                code = f"{resource.code}.{name}"
                self.fields[_FIELD + code] = forms.ChoiceField(
                    label=f"{resource.label}：{field.label}",
                    choices=[("", "按默认（脱敏）"), *[(one.value, one.label) for one in Treatment]],
                    required=False,
                    initial=treatments.get(code, ""),
                )
        if role is not None:
            self.fields["name"].initial = role.name if is_change else f"{role.name}（副本）"
            self.fields["note"].initial = role.note
        if is_change:
            self.fields["reason"] = forms.CharField(label="修改的原因")
            self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def rights_by_resource(self) -> Iterable[tuple[str, list[BoundField]]]:
        """The menus, grouped by kind of record."""
        for resource in RESOURCES.values():
            names = [f"{_RIGHT}{resource.code}.{action}" for action in resource.actions]
            names += [f"{_FIELD}{resource.code}.{name}" for name in resource.fields]
            shown = [self[name] for name in names if name in self.fields]
            if shown:
                yield resource.label, shown

    @property
    def details(self) -> RoleDetails:
        values = self.cleaned_data
        chosen = {
            prefix: {
                name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix) and value
            }
            for prefix in (_RIGHT, _FIELD)
        }
        return RoleDetails(values["name"], values["note"], chosen[_RIGHT], chosen[_FIELD])


class RelationAssessmentForm(Form):
    """The three questions of 个人信息保护法 第五十六条, of a relation."""

    necessity = forms.CharField(
        label="处理目的、处理方式是否合法、正当、必要",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="委托处理和提供，事前要做个人信息保护影响评估（个人信息保护法第五十五条）",
    )
    impact = forms.CharField(
        label="对个人权益的影响及安全风险", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    measures = forms.CharField(
        label="采取的保护措施是否合法、有效并与风险程度相适应", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def answers(self) -> Answers:
        said = self.cleaned_data
        return answers_of(necessity=said["necessity"], impact=said["impact"], measures=said["measures"])


class RelationForm(RelationAssessmentForm):
    giver = CompanyField(label="提供方（个人信息处理者）", max_length=240, help_text="它的客户资料给别人看")
    receiver = CompanyField(label="接收方", max_length=240, help_text="看的那一家公司")
    sort = forms.ChoiceField(label="关系", choices=Relation.Sort.choices)
    purposes = forms.MultipleChoiceField(label="目的", choices=list(PURPOSES.items()), widget=_Boxes)
    fields_opened = forms.MultipleChoiceField(label="接收方可见的敏感字段", required=False, widget=_Boxes)
    contract = forms.CharField(
        label="合同或协议", required=False, help_text="名称和编号，例如：共享服务委托协议 2026-018"
    )
    since = day_field("自")
    until = day_field("至", required=False, help_text="委托处理必须有期限")
    has_separate_consent = forms.BooleanField(
        label="已告知个人接收方、目的、方式和种类，并取得单独同意", required=False, help_text="“提供”必须确认"
    )

    def __init__(self, *arguments: Any, companies: QuerySet[Entity], **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name in ("giver", "receiver"):
            field = self.fields[name]
            assert isinstance(field, CompanyField)
            field.companies = companies
        opened = self.fields["fields_opened"]
        assert isinstance(opened, forms.MultipleChoiceField)
        opened.choices = list(openable_fields().items())
        if not opened.choices:
            del self.fields["fields_opened"]

    @property
    def details(self) -> RelationDetails:
        values = self.cleaned_data
        return RelationDetails(
            giver_id=values["giver"].pk,
            receiver_id=values["receiver"].pk,
            sort=values["sort"],
            purposes=tuple(values["purposes"]),
            contract=values["contract"],
            since=values["since"],
            until=values["until"],
            fields=tuple(values.get("fields_opened", ())),
            has_separate_consent=values["has_separate_consent"],
            answers=self.answers,
        )
