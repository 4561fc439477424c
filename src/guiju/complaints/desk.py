"""What agents work with beside the case itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.keys.fields import SealedField
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
