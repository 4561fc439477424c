"""Emergency access, and the review of rights each quarter."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, MemberRole, Role, User


class EmergencyAccess(Row):
    """A role for an hour, asked for by one person and allowed by another (紧急授权), until it is reviewed."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+")
    role = models.ForeignKey(Role, verbose_name="角色", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("理由", max_length=200)
    asked_at = models.DateTimeField("申请时间")
    allowed_by = models.ForeignKey(User, verbose_name="批准人", null=True, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField("有效至", null=True)
    refused_at = models.DateTimeField("未批准时间", null=True)
    reviewed_by = models.ForeignKey(User, verbose_name="复核人", null=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField("复核时间", null=True)
    finding = models.CharField("复核结果", max_length=200, blank=True)


class RightsReview(Row):
    """The review of all grants of one company in one quarter (权限复核)."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    quarter = models.CharField("季度", max_length=6)
    opened_at = models.DateTimeField("开始时间")
    due_at = models.DateTimeField("期限")
    closed_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "quarter"], name="review_once")]


class ReviewLine(Row):
    """One grant under review: kept or removed by the head of the person's department (复核意见)."""

    class Outcome(models.TextChoices):
        OPEN = "open", "待复核"
        KEPT = "kept", "保留"
        REMOVED = "removed", "收回"
        ENDED = "ended", "已另行收回"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    review = models.ForeignKey(RightsReview, on_delete=models.PROTECT, related_name="lines")
    held = models.ForeignKey(MemberRole, verbose_name="授权", on_delete=models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(Member, verbose_name="复核人", null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=10, choices=Outcome, default=Outcome.OPEN)
    note = models.CharField("说明", max_length=200, blank=True)
    decided_by = models.ForeignKey(User, verbose_name="决定人", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)


class Succession(Row):
    """Somebody takes over from the last administrator of a kind who is gone (接任管理员).

    Asked for by one of the two other administrators and allowed by the other of them.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    role = models.ForeignKey(Role, verbose_name="管理员", on_delete=models.PROTECT, related_name="+")
    leaving = models.ForeignKey(Member, verbose_name="原来的人", on_delete=models.PROTECT, related_name="+")
    successor = models.ForeignKey(Member, verbose_name="接任的人", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField("理由", max_length=200)
    asked_in = models.CharField("申请人的角色", max_length=40)
    asked_at = models.DateTimeField("申请时间")
    allowed_by = models.ForeignKey(User, verbose_name="批准人", null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField("接任时间", null=True)
    refused_at = models.DateTimeField("未批准时间", null=True)
