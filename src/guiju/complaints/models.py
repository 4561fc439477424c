"""A complaint, and what happened in its case step by step."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q, Value

from guiju.complaints.desk import Group as Group
from guiju.complaints.desk import Letter as Letter
from guiju.complaints.desk import Limit as Limit
from guiju.complaints.desk import Presence as Presence
from guiju.complaints.desk import Remedy as Remedy
from guiju.complaints.desk import Route as Route
from guiju.complaints.desk import Snippet as Snippet
from guiju.complaints.desk import Tied as Tied
from guiju.customers.models import Customer
from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.orders.models import Order, Product
from guiju.organisations.models import Entity, Member


class Complaint(Row):
    """A complaint of a consumer (投诉, 消费者权益保护法 第十七条), or a letter of the authority about one.

    `sealed` holds who complains and what they wrote: name, phone, text, and the code that opens the case to them;
    `code_digest` is what the code is compared with. `request_key` is what the same sending carries again;
    `same_key` what the same words of the same phone on one day have in common. `origin` says where it was sent from,
    for counting only. Three moments are kept apart: received (收到), decided (受理或不予受理), closed (办结).

    What people looked through and found to be none is `is_discarded` (不是投诉): refused with a reason, and undone.

    `cared_at` is when it was confirmed and its clocks were started: done by the worker, so that the door only has to
    write this one row. What came in later from other systems is `is_backfilled` (补录): it starts nothing by itself.
    """

    class Kind(models.TextChoices):
        CONSUMER = "consumer", "消费者投诉"
        TRANSFER = "transfer", "监管部门转来的投诉"
        MEDIATION = "mediation", "监管部门的调解"
        INQUIRY = "inquiry", "监管部门的询问"

    class Channel(models.TextChoices):
        PAGE = "page", "网页"
        WIDGET = "widget", "网站上的按钮"
        APP = "app", "手机应用"
        MINI = "mini", "小程序"
        API = "api", "接口"
        PHONE = "phone", "电话"
        COUNTER = "counter", "当面"
        LETTER = "letter", "来信来函"
        PLATFORM = "platform", "全国12315平台"
        SHOP = "shop", "电商平台"

    class State(models.TextChoices):
        RECEIVED = "received", "收到，待决定受理"
        ACCEPTED = "accepted", "已受理，办理中"
        ANSWERED = "answered", "已答复，待消费者确认"
        CLOSED = "closed", "已办结"
        REFUSED = "refused", "不予受理"

    class Wish(models.TextChoices):
        REFUND = "refund", "退款"
        EXCHANGE = "exchange", "换货"
        REPAIR = "repair", "修理"
        COMPENSATION = "compensation", "赔偿"
        APOLOGY = "apology", "道歉"
        OTHER = "other", "其他"

    class Result(models.TextChoices):
        REFUNDED = "refunded", "已退款"
        EXCHANGED = "exchanged", "已换货"
        REPAIRED = "repaired", "已修理"
        COMPENSATED = "compensated", "已赔偿"
        EXPLAINED = "explained", "已说明，消费者接受"
        UNPROVEN = "unproven", "经核查不属实"
        WITHDRAWN = "withdrawn", "消费者撤回"
        UNREACHABLE = "unreachable", "多次联系不上消费者"
        DISPUTED = "disputed", "协商不成，已告知其他途径"
        OTHER = "other", "其他"

    entity = models.ForeignKey(Entity, verbose_name="被投诉的公司", on_delete=models.PROTECT, db_index=False)
    number = models.TextField("投诉编号")
    kind = models.TextField("种类", choices=Kind, default=Kind.CONSUMER)
    channel = models.TextField("来自哪里", choices=Channel)
    state = models.TextField("状态", choices=State, default=State.RECEIVED)
    is_backfilled = models.BooleanField("补录", default=False)
    is_doubtful = models.BooleanField("待筛选", default=False)
    is_discarded = models.BooleanField("不是投诉", default=False, db_default=False)
    sealed = SealedField("投诉人和内容（密文）", default=b"")
    phone_key = models.BinaryField("手机的索引", null=True)
    tail_key = models.BinaryField("手机后四位的索引", null=True)
    code_digest = models.BinaryField("查询码的摘要")
    request_key = models.BinaryField("提交的编号", null=True)
    same_key = models.BinaryField("相同内容的索引", null=True)
    origin = models.BinaryField("从哪里提交", null=True)
    times = models.PositiveBigIntegerField("提交了几次", default=1)
    wish = models.TextField("诉求", choices=Wish, blank=True, default="")
    order_no = models.TextField("订单号", blank=True, default="")
    product_said = models.TextField("产品或服务（投诉人所说）", blank=True, default="")
    happened_on = models.DateField("事情发生的日期", null=True)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        Order, verbose_name="订单", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        Product, verbose_name="产品或服务", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    holder = models.ForeignKey(
        Member, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_by = models.ForeignKey(
        Member, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField("收到时间")
    made_at = models.DateTimeField("登记时间")
    verified_at = models.DateTimeField("手机核验时间", null=True)
    cared_at = models.DateTimeField("确认和起算时间", null=True)
    decided_at = models.DateTimeField("受理或不予受理的时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    due_at = models.DateTimeField("最近的期限", null=True)
    told_at = models.DateTimeField("上次告知进度的时间", null=True)
    tell_at = models.DateTimeField("下次告知进度的时间", null=True)
    reopened = models.PositiveBigIntegerField("重新办理的次数", default=0)
    result = models.TextField("办理结果", choices=Result, blank=True, default="", db_default="")
    satisfaction = models.PositiveBigIntegerField("满意度（1至5）", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number"], name="complaint_number"),
            models.UniqueConstraint(fields=["entity", "request_key"], name="complaint_request"),
            models.UniqueConstraint(fields=["entity", "same_key"], name="complaint_same"),
            models.CheckConstraint(condition=~Q(number=""), name="complaint_numbered"),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)), name="complaint_satisfaction"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("closed", "refused"), closed_at__isnull=False)
                | (~Q(state__in=("closed", "refused")) & Q(closed_at=None)),
                name="complaint_closed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "-received_at", "-id"], name="complaint_newest"),
            models.Index(
                fields=["entity", "due_at", "id"],
                condition=~Q(state__in=("closed", "refused")),
                name="complaint_urgent",
            ),
            models.Index(fields=["entity", "holder", "due_at"], condition=Q(closed_at=None), name="complaint_in_hand"),
            models.Index(fields=["entity", "phone_key"], name="complaint_by_phone"),
            models.Index(fields=["entity", "tail_key"], name="complaint_by_tail"),
            models.Index(fields=["entity", "order_no"], condition=~Q(order_no=""), name="complaint_by_order"),
            models.Index(fields=["entity", "customer"], condition=Q(customer__isnull=False), name="complaint_customer"),
            models.Index(fields=["entity", "origin", "made_at"], name="complaint_origin"),
            models.Index(fields=["entity", "made_at"], condition=Q(cared_at=None), name="complaint_uncared"),
            models.Index(fields=["entity", "tell_at"], condition=Q(tell_at__isnull=False), name="complaint_to_tell"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Step(Row):
    """One thing that happened in a case (办理过程), in the order in which it happened.

    `sealed` holds its text. What `is_public` is shown to who complained. `data` names what changed and never a person.
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", "收到投诉"
        CONFIRMED = "confirmed", "已确认收到"
        VERIFIED = "verified", "手机已核验"
        ACCEPTED = "accepted", "受理"
        REFUSED = "refused", "不予受理"
        ASSIGNED = "assigned", "分派经办人"
        SAID = "said", "消费者留言"
        TOLD = "told", "给消费者的话"
        NOTED = "noted", "内部备注"
        PROGRESS = "progress", "进度告知"
        ANSWERED = "answered", "答复"
        AGREED = "agreed", "消费者同意"
        DISAGREED = "disagreed", "消费者不同意"
        CLOSED = "closed", "办结"
        REOPENED = "reopened", "重新办理"
        LINKED = "linked", "关联"
        RATED = "rated", "评价"
        REPEATED = "repeated", "重复提交"
        FILED = "filed", "提交文件"
        SIFTED = "sifted", "筛选：不是投诉"
        KEPT = "kept", "筛选：是投诉"
        ESCALATED = "escalated", "期限告急，已告知督办人"
        OFFERED = "offered", "提出处理结果"
        GRANTED = "granted", "审批同意"
        DENIED = "denied", "审批未同意"
        DROPPED = "dropped", "撤回处理结果"
        RETURNED = "returned", "收到退货"
        DONE = "done", "兑现处理结果"
        DRAFTED = "drafted", "起草复函"
        SENT = "sent", "复函已发出"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    complaint = models.ForeignKey(
        Complaint, verbose_name="投诉", on_delete=models.PROTECT, related_name="steps", db_index=False
    )
    kind = models.TextField("事项", choices=Kind)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        Member, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_public = models.BooleanField("消费者看得到", default=False)
    sealed = SealedField("内容（密文）", default=b"")
    data = models.JSONField("改动", default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "complaint", "at", "id"], name="step_of_complaint")]

    def __str__(self) -> str:
        return self.get_kind_display()
