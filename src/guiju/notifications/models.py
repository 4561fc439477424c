"""Notices on their way, and how a company reaches the outside."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.organisations.models import Entity, Member, User


class Sort(models.TextChoices):
    """How a notice leaves the house (渠道)."""

    SMS = "sms", "短信"
    SMTP = "smtp", "电子邮件"
    WEBHOOK = "webhook", "接口推送"
    WECOM_APP = "wecom_app", "企业微信应用消息"
    WECOM_ROBOT = "wecom_robot", "企业微信群机器人"


class Channel(Row):
    """A way out that a company has set up (通知渠道). `settings` holds no secret; `secret` is sealed."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    sort = models.CharField("渠道", max_length=12, choices=Sort)
    settings = models.JSONField("设置", default=dict)
    secret = SealedField("密钥（密文）", default=bytes)
    changed_at = models.DateTimeField("设置时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "sort"], condition=Q(ended_at=None), name="channel_once"),
        ]


class Notice(Row):
    """What somebody is told, once (通知): a member, or a customer whose address lies sealed in `content`.

    `key` says what it is about and when, so that the same is never told twice. `route` are the
    channels to try, in order; without one it only waits in the inbox. `via` is the channel in whose
    line it stands; after `valid_until` there is no use in sending it any more.
    """

    class State(models.TextChoices):
        INBOX = "inbox", "站内"
        DIGEST = "digest", "等每日摘要"
        WAITING = "waiting", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "渠道已收"
        DELIVERED = "delivered", "已送达"
        UNCERTAIN = "uncertain", "不确定"
        FAILED = "failed", "未能送达"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60)
    key = models.CharField("唯一标识", max_length=200)
    member = models.ForeignKey(Member, verbose_name="收件人", null=True, on_delete=models.PROTECT, related_name="+")
    content = SealedField("内容（密文）")
    digest = models.CharField("内容摘要（SHA-256）", max_length=64)
    url = models.CharField("办理页面", max_length=300, blank=True)
    route = models.JSONField("渠道顺序", default=list)
    via = models.CharField("等待的渠道", max_length=12, blank=True)
    made_at = models.DateTimeField("产生时间")
    state = models.CharField("状态", max_length=10, choices=State)
    due_at = models.DateTimeField("发送时间", null=True)
    valid_until = models.DateTimeField("有效至", null=True)
    trouble = models.CharField("说明", max_length=200, blank=True)
    counts_from = models.DateTimeField("重发自", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "key"], name="notice_once"),
            models.CheckConstraint(
                condition=~Q(state__in=("waiting", "digest")) | Q(due_at__isnull=False), name="notice_due"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=("waiting", "digest")), name="notice_waiting"),
            models.Index(fields=["entity", "via", "due_at"], condition=Q(state="waiting"), name="notice_line"),
            models.Index(fields=["member", "-made_at"], name="notice_inbox"),
            models.Index(fields=["entity", "-made_at"], name="notice_newest"),
        ]


class Attempt(Row):
    """One try to hand a notice to a channel (发送记录), committed before the channel is called.

    `key` goes to the channel; a try that repeats one whose end is unknown bears the same. A channel
    is known by itself and by when it was set up: with other settings it may be another provider.
    """

    class State(models.TextChoices):
        BEGUN = "begun", "进行中"
        ACCEPTED = "accepted", "渠道已收"
        DELIVERED = "delivered", "已送达"
        UNDELIVERED = "undelivered", "未送达"
        REFUSED = "refused", "发不了"
        FAILED = "failed", "没有发出"
        UNKNOWN = "unknown", "结果不明，用同一编号再发"
        UNCERTAIN = "uncertain", "不确定"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField("第几次")
    sort = models.CharField("渠道", max_length=12, choices=Sort)
    channel_id = models.UUIDField("渠道的编号")  # it may be one of the company above
    channel_since = models.DateTimeField("渠道设置时间")
    key = models.UUIDField("幂等编号")
    state = models.CharField("结果", max_length=12, choices=State)
    began_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    reference = models.CharField("渠道编号", max_length=100, blank=True)
    said = models.CharField("渠道的答复", max_length=200, blank=True)
    settled_by = models.ForeignKey(User, verbose_name="认定人", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "number"], name="attempt_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity"], condition=Q(state="begun"), name="attempt_begun"),
            models.Index(fields=["key"], name="attempt_key"),
            models.Index(fields=["entity", "reference"], condition=~Q(reference=""), name="attempt_reference"),
        ]


class Preference(Row):
    """How a member wants to be told (通知偏好): channels beside the inbox, and when not."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.OneToOneField(Member, on_delete=models.PROTECT, related_name="+")
    route = models.JSONField("渠道", default=list)
    digest_at = models.TimeField("每日摘要", default=time(8, 30))
    quiet_from = models.TimeField("免打扰自", default=time(21))
    quiet_until = models.TimeField("免打扰至", default=time(8))
    changed_at = models.DateTimeField("设置时间")


class SmsText(Row):
    """What the provider has approved for a company (短信签名与模板): the signature (no kind), or a kind's template.

    `text` is what the provider holds; `code` its number there.
    """

    class State(models.TextChoices):
        PENDING = "pending", "审核中"
        APPROVED = "approved", "已通过"
        REJECTED = "rejected", "未通过"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60, blank=True)
    code = models.CharField("服务商编号", max_length=60, blank=True)
    text = models.CharField("签名或模板内容", max_length=500)
    state = models.CharField("审核", max_length=10, choices=State)
    balance = models.PositiveIntegerField("余额（条）", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    changed_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "kind"], condition=Q(ended_at=None), name="smstext_once"),
        ]


class Wording(Row):
    """The words that a company uses for a kind of notice instead of the built-in ones (通知模板), by version."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("标题", max_length=100)
    text = models.CharField("正文", max_length=500)
    made_by = models.ForeignKey(User, verbose_name="修改人", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("修改时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "kind", "version"], name="wording_version"),
            models.UniqueConstraint(fields=["entity", "kind"], condition=Q(ended_at=None), name="wording_once"),
        ]


class Code(Row):
    """A code that proves who holds a phone (短信验证码): short-lived, for one use. Only digests are kept."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    purpose = models.CharField("用途", max_length=60)
    phone = models.BinaryField("手机号码的摘要", max_length=32)
    digest = models.BinaryField("验证码的摘要", max_length=32)
    tries = models.PositiveSmallIntegerField("试过几次", default=0)
    made_at = models.DateTimeField("发出时间")
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["phone", "-made_at"], name="code_phone")]


class CodeRequest(models.Model):
    """That a code was asked for, whichever company sent it (验证码的频次): limits count over all of them."""

    id = models.BigAutoField(primary_key=True)
    phone = models.BinaryField("手机号码的摘要", max_length=32)
    origin = models.BinaryField("来处的摘要", max_length=32)
    at = models.DateTimeField("时间")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["phone", "-at"], name="coderequest_phone"),
            models.Index(fields=["origin", "-at"], name="coderequest_origin"),
            models.Index(fields=["at"], name="coderequest_at"),
        ]
