"""What a company sells, what it has sold, and files with either on their way in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value

from guiju.customers.models import Customer
from guiju.database.models import Row
from guiju.kernel.sectors import CHOICES
from guiju.keys.fields import SealedField
from guiju.organisations.models import Entity, Member


class Product(Row):
    """A product or a service of one company (产品与服务).

    `approval` is the number under which it may be sold or advertised (国药准字…, 食健备…). What is no longer
    sold ends and stays: its orders point to it.
    """

    class Kind(models.TextChoices):
        PRODUCT = "product", "产品"
        SERVICE = "service", "服务"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    code = models.CharField("编码", max_length=40)
    name = models.CharField("名称", max_length=100)
    kind = models.CharField("类别", max_length=8, choices=Kind)
    sector = models.CharField("行业", max_length=20, choices=CHOICES)
    approval = models.CharField("批准文号或备案号", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=10, blank=True)
    price = models.DecimalField("标价（元）", max_digits=14, decimal_places=2, null=True)
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")
    ended_at = models.DateTimeField("下架时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "code"], name="product_code"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="product_named"),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="product_price"),
        ]
        indexes: ClassVar = [
            models.Index(F("entity"), F("price").desc(nulls_last=True), F("id").desc(), name="product_by_price"),
            models.Index(fields=["entity", "-made_at", "-id"], name="product_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class Order(Row):
    """One product of an order of a customer (订单): how much for how much, and what became of it.

    Several products under one number are several rows, for each is delivered, returned and refunded by
    itself. Money is yuan. `return_ground` says by which rule the goods came back: the clock of the refund
    hangs on it.
    """

    class Ground(models.TextChoices):
        NO_REASON = "no_reason", "七日无理由退货"
        QUALITY = "quality", "质量问题"
        AGREED = "agreed", "双方约定"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    number = models.CharField("订单号", max_length=40)
    number_keys = models.JSONField("订单号的索引", default=list, db_default=Value([], models.JSONField()))
    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        Product, verbose_name="产品或服务", on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    ordered_on = models.DateField("订单日期")
    quantity = models.DecimalField("数量", max_digits=12, decimal_places=3)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2)
    delivered_on = models.DateField("交付日期", null=True)
    returned_on = models.DateField("退货日期", null=True)
    returned_quantity = models.DecimalField("退货数量", max_digits=12, decimal_places=3, null=True)
    return_ground = models.CharField("退货原因", max_length=10, choices=Ground, blank=True)
    refunded_on = models.DateField("退款日期", null=True)
    refunded_amount = models.DecimalField("退款金额（元）", max_digits=14, decimal_places=2, null=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    made_by = models.ForeignKey(
        Member, verbose_name="登记人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "number", "product"], name="order_once"),
            models.CheckConstraint(condition=~Q(number="") & Q(quantity__gt=0, amount__gt=0), name="order_worth"),
            models.CheckConstraint(
                condition=Q(returned_on=None, returned_quantity=None)
                | Q(returned_on__isnull=False, returned_quantity__gt=0, returned_quantity__lte=F("quantity")),
                name="order_returned",
            ),
            models.CheckConstraint(
                condition=Q(refunded_on=None, refunded_amount=None)
                | Q(refunded_on__isnull=False, refunded_amount__gt=0, refunded_amount__lte=F("amount")),
                name="order_refunded",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "-ordered_on", "-id"], name="order_newest"),
            models.Index(fields=["entity", "customer", "-ordered_on"], name="order_of_customer"),
            models.Index(fields=["entity", "product", "ordered_on"], name="order_of_product"),
            GinIndex(OpClass("number_keys", name="jsonb_path_ops"), name="order_by_number"),
            models.Index(
                fields=["entity", "-ordered_on", "-id"],
                condition=Q(delivered_on=None, refunded_on=None, voided_at=None),
                name="order_open",
            ),
            models.Index(
                fields=["entity", "-ordered_on", "-id"],
                condition=Q(refunded_on__isnull=False, voided_at=None),
                name="order_refunded_newest",
            ),
            models.Index(
                fields=["entity", "-ordered_on", "-id"], condition=Q(voided_at__isnull=False), name="order_void"
            ),
            models.Index(
                fields=["entity", "-ordered_on", "-id"],
                condition=Q(delivered_on__isnull=False, returned_on=None, refunded_on=None),
                name="order_delivered",
            ),
            models.Index(fields=["entity", "-amount", "-id"], name="order_by_amount"),
            models.Index(
                fields=["entity", "returned_on"],
                condition=Q(refunded_on=None, returned_on__isnull=False),
                name="order_unrefunded",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> str:
        """How far it is, in one word."""
        if self.voided_at:
            return "已作废"
        if self.refunded_on:
            return "已退款"
        if self.returned_on:
            return "已退货，待退款"
        return "已交付" if self.delivered_on else "待交付"


class TableImport(Row):
    """A file with products or orders on its way in (产品和订单导入): read, shown, then taken in or dropped.

    `content` and `problems` are sealed: a file with orders names customers, and `sample` shows none. `mapping`
    is column title to field. Rows that are there already are counted in
    `rows_known` and not taken in twice. `made` are the ids of what it brought, one behind the other, by which it is
    taken back; `undo` says when that was, how many went, which stay and why.
    """

    class Kind(models.TextChoices):
        PRODUCTS = "products", "产品与服务"
        ORDERS = "orders", "订单"

    class State(models.TextChoices):
        PREVIEWED = "previewed", "待确认"
        RUNNING = "running", "导入中"
        DONE = "done", "已导入"
        FAILED = "failed", "未导入"
        DROPPED = "dropped", "已放弃"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("内容", max_length=10, choices=Kind)
    file_name = models.CharField("文件名", max_length=200)
    sheet = models.CharField("工作表", max_length=255, blank=True)
    sheets = models.JSONField("文件里的工作表", default=list, db_default=Value([], models.JSONField()))
    source = models.TextField("来源", blank=True, default="", db_default="")
    file_digest = models.CharField("文件摘要（SHA-256）", max_length=64)
    content = SealedField("文件内容（密文）", default=b"")
    problems = SealedField("退回的行（密文）", default=b"")
    titles = models.JSONField("列", default=list)
    notes = models.JSONField("识别情况", default=list)
    mapping = models.JSONField("列与字段", default=dict)
    sample = models.JSONField("可以导入的前几行", default=list)
    state = models.CharField("状态", max_length=10, choices=State)
    rows_total = models.PositiveIntegerField("行数", default=0)
    rows_bad = models.PositiveIntegerField("退回", default=0)
    rows_known = models.PositiveIntegerField("已有", default=0)
    rows_taken = models.PositiveIntegerField("已导入", default=0)
    outcome = models.CharField("结果", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    made = models.BinaryField("登记的行", default=b"", db_default=b"")
    undo = models.JSONField("撤销的结果", default=dict, db_default=Value({}, models.JSONField()))
