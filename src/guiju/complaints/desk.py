"""What agents work with beside the case itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guiju.database.models import Row
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
