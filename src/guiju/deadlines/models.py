"""The calendar in which deadlines are counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from guiju.database.models import Row
from guiju.organisations.models import User


class YearNotice(Row):
    """The holidays of one year (放假安排) as an administrator entered them from the State Council's notice.

    `off` and `working` map days (2027-10-01) to the holiday's name; `text` is what was pasted.
    """

    year = models.PositiveSmallIntegerField("年度", unique=True)
    off = models.JSONField("放假")
    working = models.JSONField("调休上班")
    source = models.CharField("来源", max_length=300)
    text = models.TextField("通知全文")
    entered_by = models.ForeignKey(User, verbose_name="录入人", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("录入时间")

    class Meta:
        ordering: ClassVar = ["year"]

    def __str__(self) -> str:
        return f"{self.year}年放假安排"
