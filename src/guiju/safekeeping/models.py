"""Keys that were changed; recovery keys, drills and restorations, which stand under the group company."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.organisations.models import Entity


class RecoveryKey(Row):
    """For which key backups are sealed (恢复密钥): only the name of its public half; the private one is on paper.

    `account` is the operating system's account that had it made, empty for the set-up.
    """

    entity = models.ForeignKey(Entity, verbose_name="集团公司", on_delete=models.PROTECT, db_index=False)
    name = models.CharField("公钥的名称", max_length=16)
    set_name = models.CharField("恢复单的套号", max_length=3)
    account = models.CharField("操作系统账号", max_length=100, blank=True)
    reason = models.CharField("原因", max_length=200, blank=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity"], condition=Q(ended_at=None), name="recoverykey_once"),
        ]


class Drill(Row):
    """The newest backup was restored beside the living server and compared with it (恢复演练).

    `log_size` entries of its log were verified there, with so many `findings`; drills of earlier versions did not.
    One that `is_automatic` was begun by the schedule; nobody's account stands behind it.
    """

    entity = models.ForeignKey(Entity, verbose_name="集团公司", on_delete=models.PROTECT, db_index=False)
    account = models.CharField("操作系统账号", max_length=100)
    with_sheets = models.BooleanField("凭恢复单打开", default=False)
    is_automatic = models.BooleanField("自动进行", default=False, db_default=False)
    began_at = models.DateTimeField("开始时间")
    seconds = models.PositiveIntegerField("用时（秒）", default=0)
    full_at = models.DateTimeField("全量备份的时间", null=True)
    tables = models.PositiveIntegerField("表", default=0)
    rows = models.BigIntegerField("行", default=0)
    differing = models.JSONField("不同的表", default=list)
    trouble = models.CharField("没有做成的原因", max_length=300, blank=True)
    passed = models.BooleanField("通过", default=False)
    log_size = models.BigIntegerField("核对过的日志（条）", null=True)
    findings = models.PositiveIntegerField("核对的发现", null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-began_at"], name="drill_newest")]


class KeyChange(Row):
    """A key was changed for another (更换密钥): a company's, or the master key under which all of these lie.

    `ended_at` of a company's key is when nothing was left under the earlier one, and it was destroyed.
    """

    class Kind(models.TextChoices):
        VALUES = "values", "数据密钥"
        MASTER = "master", "主密钥"

    entity = models.ForeignKey(Entity, verbose_name="公司", on_delete=models.PROTECT, db_index=False)
    kind = models.TextField("哪一种密钥", choices=Kind)
    earlier = models.BigIntegerField("原来的编号", null=True)
    present = models.BigIntegerField("现在的编号", null=True)
    account = models.TextField("操作系统账号")
    reason = models.TextField("原因")
    began_at = models.DateTimeField("开始时间")
    done = models.BigIntegerField("已换的条数", default=0)
    ended_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "kind"], condition=Q(ended_at=None), name="keychange_one_at_a_time"
            ),
        ]


class Restoration(Row):
    """This installation was restored from a backup (恢复): by whom, as of when, and what was done again.

    `until` is the moment that was asked for, nothing for the newest; `moment` until when the data are there. `replayed`
    counts what was decided after it and done again, as it stood at `newest_at`; where that could not be read,
    `without_replay` says why it was left. `left_size` and `left_root` are the newest signed checkpoint of the log
    that was left behind: whoever holds one of those entries finds here why this log has others.
    """

    entity = models.ForeignKey(Entity, verbose_name="集团公司", on_delete=models.PROTECT, db_index=False)
    account = models.CharField("操作系统账号", max_length=100)
    place = models.CharField("备份的位置", max_length=300)
    began_at = models.DateTimeField("开始时间")
    restored_at = models.DateTimeField("恢复时间")
    until = models.DateTimeField("指定的时刻", null=True)
    moment = models.DateTimeField("数据到")
    full_at = models.DateTimeField("全量备份的时间")
    newest_at = models.DateTimeField("重放到", null=True)
    replayed = models.JSONField("重放的", default=dict)
    without_replay = models.CharField("没有重放的原因", max_length=200, blank=True)
    uncertain = models.PositiveIntegerField("转为不确定的通知", default=0)
    sessions = models.PositiveIntegerField("结束的会话", default=0)
    tokens = models.PositiveIntegerField("吊销的令牌", default=0)
    links = models.PositiveIntegerField("作废的链接", default=0)
    left_size = models.BigIntegerField("留在后面的日志（条）", null=True)
    left_root = models.CharField("留在后面的日志的根", max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-restored_at"], name="restoration_newest")]
