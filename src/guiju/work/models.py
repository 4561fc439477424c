"""Tasks and approvals. A title names the case and never a customer: those above a company see it too."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, User


class Task(Row):
    """Something that somebody has to do (待办): one member, or whoever has a right in the company."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60)
    subject_id = models.UUIDField("对象", null=True)
    title = models.CharField("标题", max_length=200)
    holder = models.ForeignKey(Member, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="tasks")
    right = models.CharField("谁可以办", max_length=80, blank=True)
    due_at = models.DateTimeField("期限", null=True)
    level = models.PositiveSmallIntegerField("已升级次数", default=0)
    made_at = models.DateTimeField("建立时间")
    done_at = models.DateTimeField("办结时间", null=True)
    done_by = models.ForeignKey(User, verbose_name="办结人", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(holder__isnull=False) | ~Q(right=""), name="task_somebody"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["holder"], condition=Q(done_at=None), name="task_in_hand"),
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="task_due"),
        ]


class Approval(Row):
    """A request that other people decide (审批): never the one who asks, `needed` of those who may."""

    class State(models.TextChoices):
        OPEN = "open", "待审批"
        ALLOWED = "allowed", "已同意"
        REFUSED = "refused", "未同意"
        WITHDRAWN = "withdrawn", "已撤回"
        EXPIRED = "expired", "已过期"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60)
    subject_id = models.UUIDField("对象")
    title = models.CharField("标题", max_length=200)
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey(Member, verbose_name="申请人", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("申请时间")
    right = models.CharField("谁可以批", max_length=80)
    needed = models.PositiveSmallIntegerField("要几人同意")
    due_at = models.DateTimeField("有效至")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(needed__gte=1), name="approval_needed")]
        indexes: ClassVar = [models.Index(fields=["due_at"], condition=Q(state="open"), name="approval_open")]


class Decision(Row):
    """One person's word on one approval (审批意见)."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    by = models.ForeignKey(User, verbose_name="审批人", on_delete=models.PROTECT, related_name="+")
    allows = models.BooleanField("同意")
    note = models.CharField("意见", max_length=200, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["approval", "by"], name="decision_once"),
        ]
