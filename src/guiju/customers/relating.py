"""How customers stand to each other (客户关系): kinds are data (ties.yaml), each tie is a row."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from yaml import safe_load

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member


@dataclass(frozen=True)
class TieKind:
    """What the other is called from the one (`label`), and the one from the other (`back`)."""

    code: str
    label: str
    back: str
    one: str = ""
    other: str = ""

    @property
    def is_mutual(self) -> bool:
        """Whether it is the same from both sides."""
        return self.label == self.back


TIE_KINDS = {
    one["code"]: TieKind(**one)
    for one in safe_load(resources.files("guiju.customers").joinpath("ties.yaml").read_text("utf-8"))
}


class Tie(Row):
    """Two customers of one company have to do with each other (客户关系): `other` is what the kind says, of `one`.

    It is personal data of both: with either of them it goes, and leaves an empty row behind.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    one = models.ForeignKey(
        "customers.Customer", verbose_name="客户", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    other = models.ForeignKey(
        "customers.Customer",
        verbose_name="另一位",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    kind = models.TextField("关系", blank=True)
    by = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(one=F("other")), name="tie_of_two"),
            models.UniqueConstraint(
                fields=["entity", "one", "other", "kind"], condition=Q(ended_at=None), name="tie_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "one"], name="tie_of_one"),
            models.Index(fields=["entity", "other"], name="tie_of_other"),
        ]
