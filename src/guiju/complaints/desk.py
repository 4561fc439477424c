"""What agents work with beside the case itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.orders.models import Product
from guiju.organisations.models import Entity, Member


class Presence(Row):
    """Who has a case open just now (正在查看): renewed by the page while it is open, of no use a minute later."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    complaint = models.ForeignKey(
        "complaints.Complaint", verbose_name="投诉", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField("时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "complaint", "member"], name="presence_once")
        ]


class Remedy(Row):
    """What is done for who complained (处理结果): money back, another one, mended, or money beside.

    `sealed` holds the terms, how it is known that they agree, and the proof that it was done. Money has an `amount`;
    above the limit of the company somebody else allows it first. `returned_on` is when goods came back.
    """

    class Kind(models.TextChoices):
        REFUND = "refund", "退款"
        EXCHANGE = "exchange", "换货"
        REPAIR = "repair", "修理"
        COMPENSATION = "compensation", "赔偿"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        WAITING = "waiting", "待审批"
        OFFERED = "offered", "已提出，待消费者表态"
        AGREED = "agreed", "消费者已同意，待兑现"
        DONE = "done", "已兑现"
        DENIED = "denied", "审批未同意"
        DECLINED = "declined", "消费者不同意"
        DROPPED = "dropped", "已撤回"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    complaint = models.ForeignKey(
        "complaints.Complaint", verbose_name="投诉", on_delete=models.PROTECT, related_name="remedies", db_index=False
    )
    kind = models.TextField("方式", choices=Kind)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2, null=True)
    state = models.TextField("状态", choices=State)
    sealed = SealedField("约定、同意和凭证（密文）", default=b"")
    made_by = models.ForeignKey(
        Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("提出时间")
    agreed_at = models.DateTimeField("同意时间", null=True)
    returned_on = models.DateField("收到退回商品的日期", null=True)
    done_on = models.DateField("兑现日期", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=("refund", "compensation"), amount__gt=0)
                | (~Q(kind__in=("refund", "compensation")) & Q(amount=None)),
                name="remedy_amount",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_on__isnull=False) | (~Q(state="done") & Q(done_on=None)),
                name="remedy_done",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "complaint", "made_at"], name="remedy_of_complaint")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Limit(Row):
    """Up to which amount who handles a complaint decides alone (审批额度), for each kind of money."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField("方式", choices=[(Remedy.Kind.REFUND, "退款"), (Remedy.Kind.COMPENSATION, "赔偿")])
    amount = models.DecimalField("经办人可以决定的金额（元）", max_digits=14, decimal_places=2)
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "kind"], name="limit_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.amount}"


class Letter(Row):
    """What an authority wrote, and our reply (监管来函): its own date leads, and what it asks for is its own clock.

    `about` is the consumer's case that it is about, where there is one. `sealed` holds title and text of the reply.
    """

    class Way(models.TextChoices):
        POST = "post", "邮寄"
        HAND = "hand", "当面送交"
        PLATFORM = "platform", "通过监管平台"
        MAIL = "mail", "电子邮件"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    complaint = models.ForeignKey(
        "complaints.Complaint", verbose_name="案件", on_delete=models.PROTECT, related_name="letters", db_index=False
    )
    about = models.ForeignKey(
        "complaints.Complaint",
        verbose_name="所涉的消费者投诉",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    authority = models.TextField("来函单位")
    their_no = models.TextField("来函文号", blank=True)
    dated_on = models.DateField("来函日期")
    answer_by = models.DateField("要求答复的日期", null=True)
    our_no = models.TextField("复函文号", blank=True, default="")
    sealed = SealedField("复函（密文）", default=b"")
    attachments = models.JSONField("附件", default=list)
    drafted_at = models.DateTimeField("起草时间", null=True)
    sent_on = models.DateField("发出日期", null=True)
    sent_how = models.TextField("发出方式", choices=Way, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "complaint"], name="letter_once"),
            models.CheckConstraint(
                condition=Q(sent_on=None, sent_how="") | Q(sent_on__isnull=False, drafted_at__isnull=False),
                name="letter_sent",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "about"], condition=Q(about__isnull=False), name="letter_about")
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.their_no}".strip()


class Route(Row):
    """Who gets new complaints, of one product or of all (分派规则): of several, whoever has the fewest in hand."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    product = models.ForeignKey(
        Product, verbose_name="产品或服务", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    member = models.ForeignKey(
        Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("设定时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "product", "member"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="route_once",
            ),
        ]


class Snippet(Row):
    """Words that a company uses again and again in its answers (常用语), with places for what differs."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    title = models.TextField("名称")
    text = models.TextField("内容")
    changed_at = models.DateTimeField("修改时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "title"], condition=Q(ended_at=None), name="snippet_title"),
        ]

    def __str__(self) -> str:
        return self.title


class Group(Row):
    """Complaints of many about one thing (群体投诉): each keeps its own steps and its own clocks."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    title = models.TextField("名称")
    made_by = models.ForeignKey(
        Member, verbose_name="建立人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("建立时间")

    def __str__(self) -> str:
        return self.title


class Tied(Row):
    """A complaint belongs to a group (归入群体), until it is taken out again."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    group = models.ForeignKey(
        Group, verbose_name="群体投诉", on_delete=models.PROTECT, related_name="ties", db_index=False
    )
    complaint = models.ForeignKey(
        "complaints.Complaint", verbose_name="投诉", on_delete=models.PROTECT, related_name="ties", db_index=False
    )
    made_by = models.ForeignKey(
        Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("归入时间")
    ended_at = models.DateTimeField("移出时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "complaint"], condition=Q(ended_at=None), name="tied_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "group", "made_at"], name="tied_of_group")]
