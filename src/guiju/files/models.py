"""Files and their sealed content."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.organisations.models import Entity, Member, User
from guiju.privacy.models import Collection, Subject


class Attachment(Row):
    """A file that belongs to a record (附件): `owner_kind` says of which part, `subject` whom it is about.

    The content lies in chunks under a key of its own; that key lies in `sealed`, so that giving a company a
    new data key rewrites a few bytes and not the file. `digest` is that of the content, `stored_digest` that
    of what is stored: with the first somebody who holds the file proves it, with the second a verifier without
    keys. `found` are the categories that were found in its text. `by` is nobody where somebody without an account
    sent it.
    """

    class Grade(models.TextChoices):
        UNKNOWN = "unknown", "待定"
        GENERAL = "general", "一般"
        SENSITIVE = "sensitive", "敏感"

    class Reading(models.TextChoices):
        WAITING = "waiting", "待检查"
        READ = "read", "已检查"
        PARTLY = "partly", "部分未读"
        UNREADABLE = "unreadable", "读不出文字"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    owner_kind = models.CharField("属于什么", max_length=20)
    owner_id = models.UUIDField("属于哪一条")
    subject = models.ForeignKey(
        Subject, verbose_name="个人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    collection = models.ForeignKey(
        Collection, verbose_name="收集", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.TextField("文件名")
    note = models.TextField("备注", blank=True)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    digest = models.CharField("内容摘要（SHA-256）", max_length=64, blank=True)
    stored_digest = models.CharField("密文摘要（SHA-256）", max_length=64)
    sealed = SealedField("文件密钥（密文）", default=b"")
    grade = models.CharField("分类", max_length=10, choices=Grade)
    graded_by = models.ForeignKey(
        User, verbose_name="分类人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    found = models.JSONField("检查发现的类别", default=list)
    reading = models.CharField("检查", max_length=10, choices=Reading)
    by = models.ForeignKey(
        Member, verbose_name="上传人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("删去时间", null=True)
    erased_at = models.DateTimeField("销毁时间", null=True)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="attachment_name")]
        indexes: ClassVar = [
            models.Index(fields=["entity", "owner_kind", "owner_id", "-made_at"], name="attachment_of_owner"),
            models.Index(fields=["entity", "subject"], name="attachment_of_subject"),
            models.Index(fields=["made_at"], condition=Q(reading="waiting"), name="attachment_to_read"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def who(self) -> str:
        """Who sent it up, in words."""
        return self.by.user.name if self.by else "投诉人"

    @property
    def is_sensitive(self) -> bool:
        """Whether it is treated as sensitive: what nobody has looked into is."""
        return self.grade != self.Grade.GENERAL


class Chunk(Row):
    """A piece of the content of a file (附件内容), sealed."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    attachment = models.ForeignKey(
        Attachment, verbose_name="附件", on_delete=models.PROTECT, related_name="chunks", db_index=False
    )
    number = models.PositiveIntegerField("第几块")
    sealed = models.BinaryField("内容（密文）")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "attachment", "number"], name="chunk_number")
        ]
