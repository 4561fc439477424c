"""What comes in from files and directories, who is known to a directory, which group stands for which role."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, MemberRole, Role, User


class Intake(Row):
    """A list on its way in (导入): read, tried out and shown with its differences, then carried out or dropped.

    `content` is what was read, so that what is carried out is what was shown; it is forgotten at
    the end. `lines` are the differences in words (services.intake.Line).
    """

    class Sort(models.TextChoices):
        PEOPLE = "people", "人员名单"
        STRUCTURE = "structure", "组织架构"
        LDAP = "ldap", "企业目录"

    class State(models.TextChoices):
        READING = "reading", "比对中"
        PREVIEWED = "previewed", "待确认"
        RUNNING = "running", "执行中"
        DONE = "done", "已执行"
        FAILED = "failed", "未执行"
        DROPPED = "dropped", "已放弃"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("内容", max_length=12, choices=Sort)
    name = models.CharField("文件或目录", max_length=200)
    content = models.BinaryField("内容")
    lines = models.JSONField("变动", default=list)
    leaving = models.PositiveIntegerField("目录里已没有的人", default=0)
    listed = models.PositiveIntegerField("目录原来管理的人", default=0)
    state = models.CharField("状态", max_length=12, choices=State)
    outcome = models.CharField("结果", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("结束时间", null=True)


class Listed(Row):
    """A member whom the company's directory knows (目录人员), by the id that the directory never gives twice."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="成员", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField("目录中的编号", max_length=200)
    since = models.DateTimeField("列入时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "subject", "member"], name="listed_once"),
        ]


class GroupRole(Row):
    """Who is in this group of the directory has this role, in the company and those below it (组与角色)."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    group = models.CharField("组", max_length=200)
    role = models.ForeignKey(Role, verbose_name="角色", on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, verbose_name="设定人", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("设定时间")
    ended_at = models.DateTimeField("取消时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "group", "role"], condition=Q(ended_at=None), name="group_role_once"
            ),
        ]


class GroupGrant(Row):
    """A grant that came from a group and goes with it (按组授权); what was granted by hand stays.

    The mapping stands in a company above, to which no key may point from here. A grant that ended while
    `ended_at` is empty was withdrawn by a person, and the group doesn't bring it back.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    held = models.ForeignKey(MemberRole, verbose_name="授权", on_delete=models.PROTECT, related_name="+")
    mapping_id = models.UUIDField("依据")
    group = models.CharField("组", max_length=200)
    made_at = models.DateTimeField("授予时间")
    ended_at = models.DateTimeField("随组收回时间", null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "held"], name="group_grant_once")]


class Identity(Row):
    """An account at the identity provider with which a person signs in (企业账号): the issuer's name for them."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="+")
    issuer = models.CharField("身份提供方", max_length=300)
    subject = models.CharField("提供方的编号", max_length=255)
    linked_at = models.DateTimeField("关联时间")
    ended_at = models.DateTimeField("解除时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], condition=Q(ended_at=None), name="identity_once"),
            models.UniqueConstraint(fields=["issuer", "user"], condition=Q(ended_at=None), name="identity_one_each"),
        ]
