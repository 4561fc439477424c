"""Holds, and disposals with what they destroyed. No row holds a value: ids, codes and counts only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guiju.database.models import Row
from guiju.organisations.models import Entity, User


class Hold(Row):
    """Nothing of a person or a record may be destroyed while this lasts (保全)."""

    class Sort(models.TextChoices):
        DISPUTE = "dispute", "争议"
        INSPECTION = "inspection", "监督检查"
        LITIGATION = "litigation", "诉讼、仲裁"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    subject_id = models.UUIDField("对象")
    sort = models.CharField("事由", max_length=12, choices=Sort)
    reason = models.CharField("说明", max_length=200)
    placed_by = models.ForeignKey(User, verbose_name="登记人", on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField("登记时间")
    lifted_by = models.ForeignKey(User, verbose_name="解除人", null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField("解除时间", null=True)
    lifted_because = models.CharField("解除的原因", max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "subject_id"], condition=Q(lifted_at=None), name="hold_in_force")
        ]


class Disposal(Row):
    """What is to be destroyed, or was (销毁登记): why, decided by which two people, how much, what was kept.

    `counts` is holder to copies, `kept` what stays and why. The persons and fields are its items.
    """

    class Basis(models.TextChoices):
        UNLAWFUL = "unlawful", "违反法律、行政法规或者违反约定处理"
        WITHDRAWN = "withdrawn", "个人撤回同意"
        FULFILLED = "fulfilled", "处理目的已实现、无法实现或者不再必要"
        EXPIRED = "expired", "停止提供产品或者服务，或者保存期限已届满"

    class State(models.TextChoices):
        OPEN = "open", "待审批"
        ALLOWED = "allowed", "正在销毁"
        DONE = "done", "已销毁"
        REFUSED = "refused", "未同意"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    basis = models.CharField("依据", max_length=12, choices=Basis)
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状态", max_length=8, choices=State)
    things = models.PositiveIntegerField("项数")
    proposed_by = models.ForeignKey(User, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, verbose_name="审批人", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("审批时间", null=True)
    done_at = models.DateTimeField("销毁时间", null=True)
    counts = models.JSONField("销毁的份数", default=dict)
    kept = models.JSONField("保留的和原因", default=list)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "refused"])
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="disposal_by_two",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "-proposed_at"], name="disposal_newest")]


class DisposalItem(Row):
    """One person or record of a disposal (销毁的一项): which fields (record.code) go, or everything."""

    class State(models.TextChoices):
        WAITING = "waiting", "待销毁"
        DESTROYED = "destroyed", "已销毁"
        KEPT = "kept", "保留"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    disposal = models.ForeignKey(Disposal, on_delete=models.PROTECT, related_name="items", db_index=False)
    subject_id = models.UUIDField("对象")
    fields = models.JSONField("字段", default=list)
    state = models.CharField("状态", max_length=10, choices=State)
    copies = models.PositiveIntegerField("份数", default=0)
    why = models.CharField("保留的原因", max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "disposal", "id"], name="disposal_item_of"),
            models.Index(fields=["entity", "subject_id"], name="disposal_item_subject"),
        ]


class Business(Row):
    """Lines of business by which statutes keep a company's records longer (经营身份), one row a company."""

    entity = models.OneToOneField(Entity, verbose_name="所属公司", on_delete=models.PROTECT, related_name="+")
    lines = models.JSONField("经营身份", default=list)
    shelf_months = models.BigIntegerField("产品最长的保质期（月）", null=True)
    reason = models.TextField("依据")
    declared_by = models.ForeignKey(
        User, verbose_name="登记人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    declared_at = models.DateTimeField("登记时间")
