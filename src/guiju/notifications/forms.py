"""Shapes of what people type about notices and the ways out."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from guiju.notifications.channels.sms import PRESETS
from guiju.notifications.models import SmsText, Sort
from guiju.notifications.registry import NOTICES, NoticeKind
from guiju.notifications.selectors.ways import STAFF_ROUTE
from guiju.web.forms import Form

_SECRET_HELP = "加密保存，不再显示；留空则沿用原来的，接收的地方变了要重新填写"  # noqa: S105


def _secret(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=_SECRET_HELP,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class ChannelForm(Form):
    """What a channel needs; subclasses say which settings."""

    @property
    def values(self) -> dict[str, Any]:
        return {
            name: value for name, value in self.cleaned_data.items() if name != "secret" and value not in ("", None)
        }


class CopiedForm(ChannelForm):
    """A channel without people of its own: it gets copies of what the company names."""

    field_order = ("url", "secret", "kinds")
    kinds = forms.MultipleChoiceField(
        label="抄送的事项",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text="这些通知发给本人的同时，也发到这里（不带联系方式）；一项不选就什么都不发",
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        choices: Any = [(one.code, one.label) for one in NOTICES.values() if self.may_copy(one)]
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def may_copy(kind: NoticeKind) -> bool:
        return not kind.secret and kind.code != "notifications.digest"


class SmtpForm(ChannelForm):
    host = forms.CharField(label="邮件服务器", max_length=200)
    port = forms.IntegerField(label="端口", initial=465)
    security = forms.ChoiceField(
        label="加密方式",
        choices=[("tls", "TLS（465）"), ("starttls", "STARTTLS（587）"), ("none", "不加密（只限本机）")],
    )
    user = forms.CharField(label="用户名", required=False, max_length=200)
    secret = _secret("密码或授权码")
    sender = forms.CharField(label="发件地址", max_length=254)
    sender_name = forms.CharField(label="发件人名称", required=False, max_length=60)


class SmsForm(ChannelForm):
    preset = forms.ChoiceField(label="网关", choices=[(code, words) for code, (words, _) in PRESETS.items()])
    url = forms.CharField(label="接口地址", max_length=300)
    account = forms.CharField(label="账号", required=False, max_length=100)
    secret = _secret("密钥")
    shape = forms.CharField(
        label="网关字段",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text='JSON，只写与所选网关不同的，例如 {"batch": 50, "ok": ["200"]}',
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        shape = (named.get("initial") or {}).get("shape")
        if shape:
            named["initial"] = {**named["initial"], "shape": json.dumps(shape, ensure_ascii=False)}
        super().__init__(*arguments, **named)

    def clean_shape(self) -> Any:
        text = self.cleaned_data["shape"]
        if not text.strip():
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise forms.ValidationError("网关字段不是合格的 JSON") from None


class WebhookForm(CopiedForm):
    url = forms.CharField(label="接收地址", max_length=300)
    secret = _secret("签名密钥")


class WecomAppForm(ChannelForm):
    corp_id = forms.CharField(label="企业ID", max_length=100)
    agent_id = forms.IntegerField(label="应用ID")
    secret = _secret("应用的 Secret")
    service = forms.CharField(
        label="接口地址", required=False, max_length=200, help_text="一般留空；私有部署的填自己的"
    )


class WecomRobotForm(CopiedForm):
    secret = _secret("机器人的 Webhook 地址")

    @staticmethod
    def may_copy(kind: NoticeKind) -> bool:
        # What customers are told is theirs, and no group's.
        return CopiedForm.may_copy(kind) and kind.is_for_staff


CHANNEL_FORMS: dict[Sort, type[ChannelForm]] = {
    Sort.SMS: SmsForm,
    Sort.SMTP: SmtpForm,
    Sort.WEBHOOK: WebhookForm,
    Sort.WECOM_APP: WecomAppForm,
    Sort.WECOM_ROBOT: WecomRobotForm,
}


class SmsTextForm(Form):
    kind = forms.ChoiceField(label="用于", required=False)
    text = forms.CharField(label="审核的内容", widget=forms.Textarea(attrs={"rows": 3}))
    code = forms.CharField(label="模板编号", required=False, max_length=60, help_text="服务商给的；签名没有")
    state = forms.ChoiceField(label="审核状态", choices=SmsText.State.choices)
    balance = forms.IntegerField(
        label="余额（条）", required=False, min_value=0, help_text="服务商后台显示的；只在签名上登记"
    )
    note = forms.CharField(label="说明", required=False, max_length=200)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        kinds = [(one.code, f"模板：{one.label}") for one in NOTICES.values() if Sort.SMS in one.route]
        choices: Any = [("", "签名"), *kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


class WordingForm(Form):
    title = forms.CharField(label="标题")
    text = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 6}))


class PreferenceForm(Form):
    route = forms.MultipleChoiceField(
        label="除收件箱外，还通过",
        required=False,
        choices=[(one.value, one.label) for one in STAFF_ROUTE],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text="公司开通了的才会用到；发不出时依次换下一个",
    )
    digest_at = forms.TimeField(label="每日摘要", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_from = forms.TimeField(label="免打扰自", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(
        label="免打扰至",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="这段时间里的急事等到结束时再发；收件箱里随时看得到",
    )
