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
from guiju.organisations.models import Department, Entity, Member

_MEASURES = [
    "kind",
    "is_doubtful",
    "is_discarded",
    "is_cause_confirmed",
    "is_in_time",
    "is_repeat",
    "reopened",
    "satisfaction",
]
"""What else figures are made of: with it in the index they never read the rows themselves."""


class Complaint(Row):
    """A complaint of a consumer (投诉, 消费者权益保护法 第十七条), or a letter of the authority about one.

    `sealed` holds who complains and what they wrote: name, phone, text, and the code that opens the case to them;
    `code_digest` is what the code is compared with. `request_key` is what the same sending carries again;
    `same_key` what the same words of the same phone on one day have in common. `origin` says where it was sent from,
    for counting only. Three moments are kept apart: received (收到), decided (受理或不予受理), closed (办结).

    What people looked through and found to be none is `is_discarded` (不是投诉): refused with a reason, and undone.

    `cared_at` is when it was confirmed and its clocks were started: done by the worker, so that the door only has to
    write this one row. What came in later from other systems is `is_backfilled` (补录): it starts nothing by itself.

    `cause` is why, by its code: proposed by the worker from the words until somebody confirms it. `is_unweighed` waits
    for the worker to see whether there are too many of it now. `is_in_time` and `is_repeat` are kept for counting.
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
    cause = models.TextField("原因", blank=True, default="", db_default="")
    is_cause_confirmed = models.BooleanField("原因已确认", default=False, db_default=False)
    is_unweighed = models.BooleanField("待看是否要整改", default=False, db_default=False)
    is_in_time = models.BooleanField("按目标办结", null=True)
    is_repeat = models.BooleanField("同一人再次投诉", default=False, db_default=False)

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
            models.Index(
                fields=["entity", "received_at"],
                include=["cause", "product", "channel", "holder", "closed_at", *_MEASURES],
                name="complaint_figures",
            ),
            models.Index(fields=["entity", "cause", "-received_at", "-id"], name="complaint_of_cause"),
            models.Index(fields=["entity"], condition=Q(is_unweighed=True), name="complaint_unweighed"),
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
        CAUSED = "caused", "确定原因"

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


class CompanyCause(Row):
    """What a company says of a cause (本公司的投诉原因): one of its own below a branch, or which department answers for one.

    A cause that comes with the program has neither label nor parent here. One of its own that is retired is offered
    no more, and keeps its words where it was chosen.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    code = models.TextField("编码")
    parent = models.TextField("上级", blank=True, default="")
    label = models.TextField("原因", blank=True, default="")
    words = models.JSONField("提示的词", default=list)
    is_safety = models.BooleanField("涉及安全", default=False)
    department = models.ForeignKey(
        Department, verbose_name="负责的部门", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("登记时间")
    retired_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="company_cause_code"),
            models.CheckConstraint(condition=Q(parent="", label="") | (~Q(parent="") & ~Q(label="")), name="cause_own"),
        ]

    def __str__(self) -> str:
        return self.label or self.code


class RectificationRule(Row):
    """From when on a company has to mend something (整改门槛): house rules, no statute names figures.

    Of the last `days`: a cause has this share of all and at least so many cases, or so many at all, or more than before
    beyond chance; with `by_safety` a single one of a safety cause is enough. Mended is what falls, within
    `watch_days`, below `target_percent` of how often it was.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    days = models.PositiveBigIntegerField("看最近多少天", default=30)
    share_percent = models.PositiveBigIntegerField("占比（%）", default=30)
    share_least = models.PositiveBigIntegerField("占比至少几件才算", default=10)
    count_least = models.PositiveBigIntegerField("不论占比，多少件", default=50)
    rise_least = models.PositiveBigIntegerField("上升至少几件才算", default=10)
    by_safety = models.BooleanField("涉及安全的有一件就要整改", default=True)
    due_days = models.PositiveBigIntegerField("多少天内整改", default=15)
    watch_days = models.PositiveBigIntegerField("整改后看多少天", default=30)
    target_percent = models.PositiveBigIntegerField("目标：降到原来的（%）", default=50)
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity"], name="rectification_rule_once")]

    def __str__(self) -> str:
        return "整改门槛"


class Rectification(Row):
    """One cause that has to be mended (整改任务单): opened by itself, closed by its effect alone.

    `cases` is the list of the complaints as it was; `figures` what the threshold saw, and `effect` what was measured
    last. `sealed` holds plan, measures and proof. Who has no account answers by a link and a code, of both of which
    only digests are kept.
    """

    class State(models.TextChoices):
        OPEN = "open", "待整改"
        REVIEW = "review", "待复核"
        WATCHING = "watching", "已整改，看效果"
        CLOSED = "closed", "有效，已办结"
        WITHDRAWN = "withdrawn", "已撤销：投诉改成了别的原因"

    class Ground(models.TextChoices):
        SHARE = "share", "占比超过门槛"
        COUNT = "count", "件数超过门槛"
        RISE = "rise", "上升，不是偶然"
        SAFETY = "safety", "涉及安全"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    number = models.TextField("编号")
    cause = models.TextField("原因")
    ground = models.TextField("为什么", choices=Ground)
    state = models.TextField("状态", choices=State, default=State.OPEN)
    figures = models.JSONField("门槛所见")
    cases = models.JSONField("投诉清单")
    department = models.ForeignKey(
        Department, verbose_name="负责的部门", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    holder = models.ForeignKey(
        Member, verbose_name="负责人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sealed = SealedField("方案、措施和证明（密文）", default=b"")
    opened_at = models.DateTimeField("开出时间")
    mended_at = models.DateTimeField("整改经复核的时间", null=True)
    watch_until = models.DateField("看效果到", null=True)
    effect = models.JSONField("效果", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    reopened = models.PositiveBigIntegerField("重新整改的次数", default=0)
    link_digest = models.BinaryField("链接的摘要", null=True)
    code_digest = models.BinaryField("查询码的摘要", null=True)
    link_until = models.DateTimeField("链接有效至", null=True)
    link_tries = models.PositiveBigIntegerField("输错几次", default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number"], name="rectification_number"),
            models.UniqueConstraint(
                fields=["entity", "cause"],
                condition=~Q(state__in=("closed", "withdrawn")),
                name="rectification_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("closed", "withdrawn"), closed_at__isnull=False)
                | (~Q(state__in=("closed", "withdrawn")) & Q(closed_at=None)),
                name="rectification_closed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "-opened_at", "-id"], name="rectification_newest"),
            models.Index(fields=["entity", "watch_until"], condition=Q(state="watching"), name="rectification_watched"),
            models.Index(fields=["link_digest"], condition=Q(link_digest__isnull=False), name="rectification_link"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_ended(self) -> bool:
        return self.closed_at is not None


class RectificationStep(Row):
    """One thing that happened on the way to mend it (整改过程)."""

    class Kind(models.TextChoices):
        OPENED = "opened", "开出整改任务单"
        PLANNED = "planned", "整改方案"
        MENDED = "mended", "整改措施和证明"
        ASKED = "asked", "提交复核"
        AGREED = "agreed", "复核通过"
        REFUSED = "refused", "复核不通过"
        EXTENDED = "extended", "继续看效果"
        CLOSED = "closed", "有效，办结"
        REOPENED = "reopened", "重新整改"
        LINKED = "linked", "发给没有账号的人"
        WITHDRAWN = "withdrawn", "撤销"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    rectification = models.ForeignKey(
        Rectification, verbose_name="整改任务单", on_delete=models.PROTECT, related_name="steps", db_index=False
    )
    kind = models.TextField("事项", choices=Kind)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        Member, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sealed = SealedField("内容（密文）", default=b"")
    data = models.JSONField("数字", default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "rectification", "at", "id"], name="step_of_rectification")]

    def __str__(self) -> str:
        return self.get_kind_display()
