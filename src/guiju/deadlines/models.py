"""The calendar in which deadlines are counted, and what is due in it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, User


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


class Duty(Row):
    """Something that is due (期限): from when it is counted, how long, on which ground, and who sees to it.

    `pauses` are days on which the clock stood still, [{"since", "until", "why"}], the last one open while
    the duty is paused. `due_at` is the moment after which it is missed, none while it is paused; `lacks`
    are years whose holidays nobody knows yet. `rule` is how its statute counts, `closes_at` when business
    ends where something has to be handed in, `service` the spans in which hours of service are counted.
    A title names the case and never a customer.
    """

    class Basis(models.TextChoices):
        STATUTORY = "statutory", "法定"
        INTERNAL = "internal", "内部"
        AUTHORITY = "authority", "监管时限"
        """The authority's own clock: it is watched, and nobody here can be late with it."""

    class State(models.TextChoices):
        OPEN = "open", "计时中"
        PAUSED = "paused", "中止"
        MET = "met", "已办结"
        CANCELLED = "cancelled", "已取消"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kind = models.CharField("事项", max_length=60)
    subject_id = models.UUIDField("对象", null=True)
    title = models.CharField("标题", max_length=200)
    holder = models.ForeignKey(Member, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    right = models.CharField("谁可以办", max_length=80, blank=True)
    basis = models.CharField("依据", max_length=10, choices=Basis)
    article = models.CharField("条款或制度", max_length=200)
    may_pause = models.CharField("可以中止的情形", max_length=200, blank=True)
    started_at = models.DateTimeField("起算时间")
    count = models.PositiveIntegerField("期间")
    unit = models.CharField("单位", max_length=16)
    rule = models.CharField("计算规则", max_length=40, default="civil_code")
    closes_at = models.TimeField("停止业务的时间", null=True)
    service = models.JSONField("服务时间", default=list)
    pauses = models.JSONField("中止", default=list)
    due_on = models.DateField("到期日", null=True)
    due_at = models.DateTimeField("届满时间", null=True)
    proof = models.TextField("计算过程")
    lacks = models.JSONField("放假安排未公布的年度", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    made_at = models.DateTimeField("建立时间")
    computed_at = models.DateTimeField("推算时间")
    calendar = models.CharField("推算所用日历的摘要", max_length=64)
    ended_at = models.DateTimeField("办结时间", null=True)
    outcome = models.CharField("结果", max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(holder__isnull=False) | ~Q(right=""), name="duty_somebody"),
            models.CheckConstraint(condition=Q(state="paused") | Q(due_at__isnull=False), name="duty_due"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="open"), name="duty_open"),
            models.Index(fields=["holder"], condition=Q(state__in=("open", "paused")), name="duty_in_hand"),
            models.Index(fields=["subject_id"], name="duty_subject"),
            models.Index(fields=["calendar"], condition=Q(state="open"), name="duty_calendar"),
        ]

    def __str__(self) -> str:
        return self.title


class Signal(Row):
    """Who is told of a duty, and when (提醒与升级): its holder, or those with a right. Done by the clock, once for
    each end that the duty had.

    `tried_at`: there was nobody to be told; it is tried again.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="signals")
    name = models.CharField("名称", max_length=40)
    days = models.SmallIntegerField("到期日前后几个工作日")
    share = models.FloatField("按小时计的，届满前后占期间的几成")
    to = models.CharField("告知谁", max_length=80, blank=True)
    at = models.DateTimeField("时间", null=True)
    lacks = models.PositiveSmallIntegerField("放假安排未公布的年度", null=True)
    tried_at = models.DateTimeField("没有人可告知", null=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["duty", "name"], name="signal_once")]
        indexes: ClassVar = [models.Index(fields=["at"], condition=Q(done_at=None), name="signal_waiting")]


class Feed(Row):
    """A member's subscription to their duties (日历订阅): who knows the address reads days, and titles if wanted."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField("摘要", max_length=32, unique=True)
    has_titles = models.BooleanField("带标题", default=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member"], condition=Q(ended_at=None), name="feed_once"),
        ]
