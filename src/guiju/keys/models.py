"""Data keys as they lie in the database: of no use without the master key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class DataKey(models.Model):
    """A company's key for sealing values, or for finding them (数据密钥), wrapped under the master key.

    `number` stands in every value that was sealed under it. Earlier keys stay until nothing is left
    that was sealed under them.
    """

    number = models.BigAutoField("编号", primary_key=True)
    entity_id = models.UUIDField("所属公司")
    use = models.CharField("用途", max_length=10)
    algorithm = models.PositiveSmallIntegerField("算法")
    wrapped = models.BinaryField("密文")
    made_at = models.DateTimeField("建立时间")
    retired_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity_id", "use"], condition=Q(retired_at=None), name="datakey_current_once"
            ),
        ]
