"""Leads, opportunities, the stages they go through, and what people put on their own list."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guiju.customers.models import Customer, Note
from guiju.database.models import Row
from guiju.organisations.models import Entity, Member


class Opportunity(Row):
    """Something that a customer may buy (商机).

    `stage` is the code of a stage of the company (guiju.sales.selectors.stages); who wins or loses it leaves it where it
    was. `name`, `next_step` and `lost_note` are free text about a customer: scanned before they are kept, and
    taken out with the customer.
    """

    class State(models.TextChoices):
        OPEN = "open", "进行中"
        WON = "won", "赢单"
        LOST = "lost", "输单"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField("名称", max_length=100)
    stage = models.CharField("阶段", max_length=20)
    state = models.CharField("状态", max_length=4, choices=State, default=State.OPEN)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2, null=True)
    expected_on = models.DateField("预计成交", null=True)
    owner = models.ForeignKey(Member, verbose_name="负责人", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField("来源", max_length=20, blank=True)
    next_step = models.CharField("下一步", max_length=200, blank=True)
    next_on = models.DateField("下一步日期", null=True)
    lost_reason = models.CharField("输单原因", max_length=20, blank=True)
    lost_note = models.CharField("输单说明", max_length=200, blank=True)
    made_by = models.ForeignKey(
        Member, verbose_name="登记人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")
    staged_at = models.DateTimeField("进入阶段时间")
    closed_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="opportunity_name"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="opportunity_amount"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="opportunity_closed",
            ),
            models.CheckConstraint(
                condition=(Q(state="lost") & ~Q(lost_reason="")) | (~Q(state="lost") & Q(lost_reason="")),
                name="opportunity_lost_for",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "state", "stage", "staged_at", "-id"], name="opportunity_by_stage"),
            models.Index(fields=["entity", "owner", "state"], name="opportunity_in_hand"),
            models.Index(fields=["entity", "customer"], name="opportunity_of_customer"),
            models.Index(fields=["entity", "-made_at", "-id"], name="opportunity_newest"),
            models.Index(F("entity"), F("amount").desc(nulls_last=True), F("id").desc(), name="opportunity_by_amount"),
            models.Index(F("entity"), F("expected_on"), F("id").desc(), name="opportunity_expected"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Lead(Row):
    """A customer who is not yet qualified (线索): what they ask for, and what became of it.

    Who it is, how to reach them and where they come from is the customer's record, kept once and taken in by its one
    door. `interest` and `note` are free text about a customer: scanned before they are kept, and taken out with the
    customer. `reason` is one of the company's reasons for losing something.
    """

    class State(models.TextChoices):
        OPEN = "open", "待确认"
        QUALIFIED = "qualified", "已转商机"
        DISCARDED = "discarded", "不再跟进"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    interest = models.TextField("意向", blank=True, default="")
    state = models.TextField("状态", choices=State, default=State.OPEN)
    reason = models.TextField("原因", blank=True, default="")
    note = models.TextField("说明", blank=True, default="")
    opportunity = models.ForeignKey(
        Opportunity, verbose_name="商机", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(
        Member, verbose_name="登记人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")
    closed_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, reason="", opportunity=None)
                | Q(state="qualified", closed_at__isnull=False, reason="", opportunity__isnull=False)
                | (Q(state="discarded", closed_at__isnull=False, opportunity=None) & ~Q(reason="")),
                name="lead_closed",
            ),
            models.UniqueConstraint(fields=["entity", "customer"], condition=Q(state="open"), name="lead_open_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "state", "-made_at", "-id"], name="lead_newest"),
            models.Index(fields=["entity", "customer"], name="lead_of_customer"),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class DealNote(Row):
    """A note about a customer that is about an opportunity too (商机的跟进); it shows on both."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, verbose_name="商机", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.ForeignKey(Note, verbose_name="跟进记录", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "opportunity", "note"], name="deal_note_once"),
        ]


class DealBulk(Row):
    """Many opportunities were given into other hands at once (批量分配商机), so that it can be taken back.

    `changes` is opportunity id to who had it before.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    to = models.ForeignKey(Member, verbose_name="分配给", on_delete=models.PROTECT, related_name="+", db_index=False)
    changes = models.JSONField("原来的负责人", default=dict)
    at = models.DateTimeField("时间")
    undone_at = models.DateTimeField("撤销时间", null=True)


class Pipeline(Row):
    """The stages and lost reasons of a company where it has changed the built-in ones (销售阶段), one a company.

    `stages` are code, label and probability in their order, `reasons` code, label and whether it is offered still.
    """

    entity = models.OneToOneField(Entity, verbose_name="所属公司", on_delete=models.PROTECT, related_name="+")
    stages = models.JSONField("阶段")
    reasons = models.JSONField("输单原因")
    changed_at = models.DateTimeField("修改时间")


class Todo(Row):
    """Something that somebody wants to do, on their own list (待办事项).

    `given_by` put it on the list of a colleague. What is about no customer is seen by these two only; what is about
    one by who sees the customer. What was taken off the list stays, as `removed_at` says, and so does its history.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    title = models.CharField("事项", max_length=200)
    due_on = models.DateField("日期", null=True)
    due_time = models.TimeField("几点", null=True)
    given_by = models.ForeignKey(
        Member,
        verbose_name="谁交办",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    made_at = models.DateTimeField("登记时间")
    done_at = models.DateTimeField("办完时间", null=True)
    removed_at = models.DateTimeField("删去时间", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "member", "due_on"], condition=Q(done_at=None), name="todo_open"),
            models.Index(fields=["entity", "customer"], name="todo_of_customer"),
            models.Index(fields=["entity", "member", "-done_at"], condition=Q(done_at__isnull=False), name="todo_done"),
            models.Index(fields=["entity", "given_by"], condition=Q(given_by__isnull=False), name="todo_given"),
        ]
