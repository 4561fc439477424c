"""In whose hands customers are: the rule of the pool, who looked into it, and who had a customer when (公海)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, User


class PoolRule(Row):
    """When a customer goes into the pool, and what people may take out of it (公海规则), one a company.

    Zero stands for no limit, and `idle_days` of zero for never.
    """

    entity = models.OneToOneField(Entity, verbose_name="所属公司", on_delete=models.PROTECT, related_name="+")
    idle_days = models.PositiveSmallIntegerField("多少天没有联系就收回", default=0)
    most_held = models.PositiveIntegerField("一个人最多负责多少位", default=0)
    daily_claims = models.PositiveSmallIntegerField("一个人每天最多领取多少位", default=20)
    daily_views = models.PositiveSmallIntegerField("一个人每天最多查看公海多少位", default=50)
    rest_days = models.PositiveBigIntegerField("放出或收回以后多少天不能再领", default=7, db_default=7)
    warn_days = models.PositiveBigIntegerField("收回以前多少天提醒", default=3, db_default=3)
    changed_at = models.DateTimeField("修改时间")


class PoolView(Row):
    """Somebody opened a customer of the pool on a day (查看公海): the cap counts these, and pages of the list."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey("customers.Customer", verbose_name="客户", on_delete=models.PROTECT, related_name="+")
    on = models.DateField("日期")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "member", "on", "customer"], name="pool_view_once")
        ]


class PoolPage(Row):
    """Somebody opened a page of the list of the pool on a day (查看公海列表): `page` says which it was."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    page = models.TextField("公海的哪一页", blank=True)
    on = models.DateField("日期")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "member", "on", "page"], name="pool_page_once")
        ]


class OwnerChange(Row):
    """A customer went from one hand into another (负责人变动): what the day's claims are counted by, and who let go.

    Neither `from_member` nor `to_member` stands for the pool. The customer's own versions in the log say the same.
    """

    class Way(models.TextChoices):
        ASSIGNED = "assigned", "分配"
        CLAIMED = "claimed", "领取"
        RELEASED = "released", "放入公海"
        CALLED_BACK = "called_back", "收回公海"
        HANDED_OVER = "handed_over", "交接"
        MERGED = "merged", "合并"
        TAKEN_BACK = "taken_back", "撤销"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    way = models.TextField("怎样", choices=Way)
    from_member = models.ForeignKey(
        Member, verbose_name="原负责人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to_member = models.ForeignKey(
        Member, verbose_name="负责人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        User, verbose_name="办理人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField("时间")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "customer", "-at"], name="owner_change_of"),
            models.Index(fields=["entity", "to_member", "-at"], name="owner_change_to"),
        ]
