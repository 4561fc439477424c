"""Shapes of what people type about the catalogue and notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from guiju.archives.forms import ExtentForm
from guiju.archives.models import Disposal
from guiju.archives.services.holds import LONGEST
from guiju.organisations.registry import PURPOSES
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.services.addresses import Given, addresses_in_file, addresses_in_text
from guiju.privacy.services.catalogue import LONGEST_NOTE, VISIBILITIES, FieldDetails
from guiju.privacy.services.messages import LONGEST_OUTCOME
from guiju.privacy.services.refusals import LONGEST_PROOF, MEANS, Said
from guiju.privacy.terms import Basis, ConsentKind, Grade, Sort
from guiju.web.forms import Form, day_field

USE = "use_"


class FieldForm(Form):
    """One field of the catalogue: for each purpose its basis, and how consent is asked."""

    label = forms.CharField(label="字段名称", max_length=40)
    sort = forms.ChoiceField(label="类型", choices=Sort.choices)
    choices = forms.CharField(
        label="选项", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="类型是“选项”时填写，一行一个"
    )
    samples = forms.CharField(
        label="样例",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="一两个编造的值，帮助字段检查判断它是什么；不保存",
    )
    grade = forms.ChoiceField(label="分类", required=False, choices=[("", "由字段检查提出"), *Grade.choices])
    consent = forms.ChoiceField(label="同意方式", choices=ConsentKind.choices)
    visibility = forms.ChoiceField(label="默认显示", required=False, choices=[("", "按分类"), *VISIBILITIES.items()])
    retention = forms.IntegerField(
        label="保存期限",
        required=False,
        min_value=0,
        max_value=600,
        help_text="客户关系结束后几个月。改长的，要重新启用；已经收集的值仍按收集时告知的期限",
    )
    may_leave = forms.BooleanField(
        label="可以出境", required=False, help_text="启用前要有通过的影响评估（个人信息保护法第五十五条）"
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=LONGEST_NOTE,
        help_text="敏感信息写明必要性和对个人的影响，会写进隐私告知（个人信息保护法第三十条）",
    )

    def __init__(self, *arguments: Any, now: Field | None = None, **named: Any) -> None:
        if now is not None:
            named["initial"] = {
                "label": now.label,
                "sort": str(now.sort),
                "choices": "\n".join(now.choices.values()),
                "grade": str(now.grade),
                "consent": str(now.consent),
                "visibility": now.visibility,
                "retention": now.retention,
                "may_leave": now.may_leave,
                "note": now.note,
                **{USE + purpose: str(basis) for purpose, basis in now.uses.items()},
            }
        super().__init__(*arguments, **named)
        if now is not None and now.is_built_in:
            for name in ("label", "sort", "choices"):
                self.fields[name].disabled = True
        for code, words in PURPOSES.items():
            self.fields[USE + code] = forms.ChoiceField(
                label=words, required=False, choices=[("", "不用于这个目的"), *Basis.choices]
            )

    @property
    def uses(self) -> list[forms.BoundField]:
        return [self[USE + code] for code in PURPOSES]

    @property
    def details(self) -> FieldDetails:
        said = self.cleaned_data
        return FieldDetails(
            label=said["label"],
            sort=said["sort"],
            choices=said["choices"].splitlines(),
            grade=said["grade"],
            uses={code: said[USE + code] for code in PURPOSES if said[USE + code]},
            consent=said["consent"],
            visibility=said["visibility"],
            retention=said["retention"],
            may_leave=said["may_leave"],
            note=said["note"],
            samples=[line.strip() for line in said["samples"].splitlines() if line.strip()],
        )


class AssessmentForm(Form):
    """The three questions of 个人信息保护法 第五十六条."""

    necessity = forms.CharField(
        label="处理目的、处理方式是否合法、正当、必要", widget=forms.Textarea(attrs={"rows": 4})
    )
    impact = forms.CharField(label="对个人权益的影响及安全风险", widget=forms.Textarea(attrs={"rows": 4}))
    measures = forms.CharField(
        label="采取的保护措施是否合法、有效并与风险程度相适应", widget=forms.Textarea(attrs={"rows": 4})
    )


class RetireForm(Form):
    reason = forms.CharField(label="停用的原因", max_length=200)


class NoticeForm(Form):
    """What a notice says that the catalogue can't know."""

    contact = forms.CharField(
        label="联系方式", max_length=100, help_text="客户凭它行使权利，例如：400-000-0000，客服中心"
    )
    children = forms.CharField(
        label="儿童个人信息保护负责人",
        required=False,
        max_length=60,
        help_text="处理不满十四周岁未成年人的信息时填写（儿童个人信息网络保护规定第八条）",
    )
    stored_in = forms.CharField(
        label="儿童个人信息存储的地点",
        required=False,
        max_length=100,
        help_text="处理未成年人的信息时填写，例如：本公司在杭州的机房（儿童个人信息网络保护规定第十条）",
    )
    more = forms.CharField(label="其他说明", required=False, widget=forms.Textarea(attrs={"rows": 4}))


class EarlierNoticeForm(Form):
    """A notice of earlier days: its text, since when, and what it told of."""

    since = day_field("从哪天开始使用", help_text="用到下一版告知开始的时候为止")
    text = forms.CharField(
        label="当时的全文", widget=forms.Textarea(attrs={"rows": 10}), help_text="客户当时看到的文字，一字不改"
    )
    purposes = forms.MultipleChoiceField(
        label="写到的目的", widget=forms.CheckboxSelectMultiple, choices=list(PURPOSES.items())
    )
    fields_told = forms.MultipleChoiceField(label="写到的字段", widget=forms.CheckboxSelectMultiple, choices=())

    def __init__(self, *arguments: Any, told: Sequence[Field], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["fields_told"].choices = [  # type: ignore[attr-defined]
            (f"{one.record}.{one.code}", f"{RECORDS[one.record].label}：{one.label}") for one in told
        ]


class CorrectNoticeForm(EarlierNoticeForm):
    """What people were really shown, and how the other came to be put down."""

    field_order = ("text", "purposes", "fields_told", "reason")
    since = None  # type: ignore[assignment]
    reason = forms.CharField(
        label="更正的原因", max_length=LONGEST, help_text="例如：漏录了第二页；凭据：2023年5月的会员须知原件"
    )


class FreezeForm(ExtentForm):
    """Which values may only be stored from now on, and why (仅存储); the same to let them be used again."""

    reason = forms.CharField(label="原因", max_length=LONGEST, help_text="例如：保存期限没有届满，客户要求停止使用")


class CleanupForm(Form):
    on = day_field("截至", help_text="按这一天结束时的字段台账、告知和同意判断；查的是现在仍然保存的内容")


class FreezeFoundForm(Form):
    reason = forms.CharField(label="原因", max_length=LONGEST, initial="违规数据清理：删除以前停止使用")


class ProposeFoundForm(Form):
    """On which ground of the law what was found goes, and why."""

    basis = forms.ChoiceField(label="依据（个人信息保护法第四十七条）", choices=Disposal.Basis.choices)
    reason = forms.CharField(label="理由", max_length=LONGEST, help_text="写事由和凭据，例如：责令改正通知书文号")


class DeleteWithdrawnForm(Form):
    reason = forms.CharField(label="理由", max_length=LONGEST, initial="本人撤回同意，不再有保存的依据")


class MinorAccessForm(Form):
    """For what, and until when, somebody wants to see minors in the clear."""

    purpose = forms.ChoiceField(label="用于", choices=PURPOSES.items())
    until = day_field("到哪天为止")
    reason = forms.CharField(label="为什么要看", max_length=LONGEST, help_text="例如：通知家长开课时间")


class SaidForm(Form):
    """How somebody said that they want nothing commercial, and what proves it."""

    means = forms.ChoiceField(label="怎样提出的", choices=MEANS.items())
    on = day_field("哪天提出的")
    proof = forms.CharField(
        label="凭据", max_length=LONGEST_PROOF, help_text="录音、信件或者名单的编号，不写姓名和号码；加密保存"
    )

    @property
    def said(self) -> Said:
        return Said(self.cleaned_data["means"], self.cleaned_data["on"], self.cleaned_data["proof"])


class AddRefusalForm(SaidForm):
    """Whose phone or e-mail address it is; only an index of it is kept."""

    field_order = ("phone", "email", "means", "on", "proof")
    phone = forms.CharField(label="手机", required=False, max_length=60)
    email = forms.CharField(label="电子邮箱", required=False, max_length=254, help_text="手机和邮箱至少填一项")


class ImportRefusalsForm(SaidForm):
    """A file or a block with phones and e-mail addresses, one a line."""

    field_order = ("file", "pasted", "means", "on", "proof")
    file = forms.FileField(
        label="文件",
        required=False,
        help_text="xlsx、xls、ods、csv：一行一个手机或者邮箱，在哪一列都可以",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的"},
    )
    pasted = forms.CharField(
        label="或者粘贴", required=False, strip=False, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "file" not in self.errors and bool(given.get("file")) == bool(given.get("pasted", "").strip()):
            self.add_error("file", "请选择一个文件，或者粘贴名单，两样选一样")
        return given

    def read(self) -> Given:
        """The addresses of what was sent; raises `Refused`."""
        file = self.cleaned_data.get("file")
        return addresses_in_file(file.name, file.read()) if file else addresses_in_text(self.cleaned_data["pasted"])


class AnswerMessageForm(Form):
    outcome = forms.CharField(
        label="怎样办的", max_length=LONGEST_OUTCOME, help_text="例如：已登记拒收，当天电话答复本人。不写姓名和号码"
    )
