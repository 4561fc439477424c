"""Customers and their contacts. What must be protected lies sealed; what lists need lies in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value

from guiju.customers.owning import OwnerChange as OwnerChange
from guiju.customers.owning import PoolPage as PoolPage
from guiju.customers.owning import PoolRule as PoolRule
from guiju.customers.owning import PoolView as PoolView
from guiju.customers.relating import Tie as Tie
from guiju.customers.showing import is_name_open, without_name
from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.keys.values import sealed_values
from guiju.organisations.models import Entity, Member
from guiju.privacy.masking import masked
from guiju.privacy.models import PrivacyNotice, Subject


class Holder(Row):
    """Whatever holds values of the catalogue (字段值的载体).

    `extra` are values without a column of their own, `sealed` those that lie in ciphertext, both by
    field code. `origins` names the collection by which each came in; `*` stands for all that aren't
    named. The keys find a phone that lies sealed: by all its digits, and by its last four.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    # Where the plain keys are left out, their twins with the company check the same; a million rows check each twice.
    subject = models.ForeignKey(
        Subject,
        verbose_name="个人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    name = models.CharField("名称", max_length=200)
    extra = models.JSONField("其他字段", default=dict)
    sealed = SealedField("加密字段", default=b"")
    origins = models.JSONField("收集来源", default=dict)
    phone_key = models.BinaryField("手机索引", null=True)
    tail_key = models.BinaryField("手机尾号索引", null=True)
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")

    name_kept_back = ""
    """In place of the name, where whoever read the record may not use it for their purpose; no column."""

    shown_tags: Sequence[str] = ()
    """The tags of a customer that whoever read them may use for their purpose; no column."""

    class Meta:
        abstract = True

    def is_frozen(self, code: str) -> bool:
        """Whether the value of a field is stored and nothing else (仅存储)."""
        return self.subject is not None and self.subject.is_frozen(f"{self.record}.{code}")

    def has_frozen(self, record: str) -> bool:
        """The same of anything that is kept of them in one kind of record: tags, notes, orders."""
        return self.subject is not None and self.subject.has_frozen(record)

    @property
    def record(self) -> str:
        """The kind of record in the catalogue."""
        raise NotImplementedError

    @property
    def shown_name(self) -> str:
        """The name as far as it may be shown: of a minor masked, unless who reads was allowed to see them."""
        if self.is_frozen("name"):
            return FROZEN_NAME
        if self.name_kept_back:
            return self.name_kept_back
        return self.name if self.is_name_open else masked("name", self.name)

    @property
    def is_name_open(self) -> bool:
        """Whether the name shows in the clear here and now."""
        return is_name_open(self)

    def without_name(self, text: str) -> str:
        """A text about a person, with their name masked in it where it is masked by itself."""
        return text if self.is_name_open else without_name(self.name, text)


FROZEN_NAME = "（仅存储）"
"""In place of the name of somebody whose data may not be used."""


class Customer(Holder):
    """A customer of one company (客户): a person or a company."""

    class Kind(models.TextChoices):
        PERSON = "person", "个人"
        COMPANY = "company", "单位"

    kind = models.CharField("性质", max_length=8, choices=Kind)
    level = models.CharField("等级", max_length=20, blank=True)
    source = models.CharField("来源", max_length=20, blank=True)
    region = models.CharField("所在地区", max_length=6, blank=True)
    owner = models.ForeignKey(
        Member,
        verbose_name="负责人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    made_by = models.ForeignKey(
        Member,
        verbose_name="登记人",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    tags = models.JSONField("标签", default=list)
    pooled_at = models.DateTimeField("进入公海", null=True)
    claimed_at = models.DateTimeField("领取时间", null=True)
    last_touch_at = models.DateTimeField("最近联系", null=True)
    next_touch_on = models.DateField("下次跟进", null=True)
    plain_name = models.TextField("名称，便于查找", default="", db_default="")
    name_keys = models.JSONField("名称的索引", default=list, db_default=Value([], models.JSONField()))
    pinyin = models.TextField("拼音", null=True, db_collation="C")
    email_key = models.BinaryField("邮箱索引", null=True)
    identity_key = models.BinaryField("证件号索引", null=True)
    ended_on = models.DateField("关系结束日期", null=True)
    erased_at = models.DateTimeField("删除时间", null=True)
    hidden_at = models.DateTimeField("不再列出，自", null=True)
    """Merged into another, or taken back with its import: no list, search or service meets it any more."""
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="customer_name")]
        indexes: ClassVar = [
            models.Index(fields=["entity", "-made_at", "-id"], name="customer_newest"),
            models.Index(fields=["entity", "owner", "-made_at"], name="customer_in_hand"),
            models.Index(fields=["entity", "phone_key"], name="customer_by_phone"),
            models.Index(fields=["entity", "tail_key"], name="customer_by_tail"),
            models.Index(fields=["entity", "subject"], name="customer_subject"),
            models.Index(fields=["entity", "owner", "next_touch_on"], name="customer_next_touch"),
            models.Index(
                fields=["entity", "-pooled_at"], condition=Q(owner=None, ended_on=None), name="customer_in_pool"
            ),
            models.Index(
                fields=["entity", "merged_into"], condition=Q(merged_into__isnull=False), name="customer_merged"
            ),
            models.Index(
                fields=["entity", "email_key"], condition=Q(email_key__isnull=False), name="customer_by_email"
            ),
            models.Index(
                fields=["entity", "identity_key"], condition=Q(identity_key__isnull=False), name="customer_by_identity"
            ),
            GinIndex(OpClass("name_keys", name="jsonb_path_ops"), name="customer_by_name"),
            GinIndex(OpClass("tags", name="jsonb_path_ops"), condition=~Q(tags=[]), name="customer_by_tag"),
            models.Index(fields=["entity", "region", "-made_at"], condition=~Q(region=""), name="customer_by_region"),
            models.Index(fields=["entity", "pinyin", "id"], name="customer_by_pinyin"),
            models.Index(fields=["entity", "id"], condition=Q(pinyin=None), name="customer_unread"),
            models.Index(F("entity"), F("last_touch_at").desc(nulls_last=True), F("id"), name="customer_last_touch"),
            models.Index(F("entity"), F("next_touch_on"), F("id").desc(), name="customer_due"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def record(self) -> str:
        return str(self.kind)


class Merge(Row):
    """Two customers that are one (合并): `gone` went into `kept`; both have kept their history.

    No row holds a value: `taken` are the fields whose values came from `gone`, `moved` the ids of what went
    along, by kind, `people` what became of the two persons behind them. `kept_version` is the version of `kept`
    just before, by which an undo finds its values in the log. `left` says in words what an undo left as it was.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    kept = models.ForeignKey(
        Customer, verbose_name="留下的客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    gone = models.ForeignKey(
        Customer, verbose_name="并入的客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    taken = models.JSONField("取自并入客户的字段", default=list)
    moved = models.JSONField("一并移过来的", default=dict)
    people = models.JSONField("个人的同意和保全", default=dict)
    kept_version = models.BigIntegerField("合并前的版本")
    at = models.DateTimeField("时间")
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.ForeignKey(
        Member, verbose_name="撤销人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    left = models.JSONField("撤销时没有恢复的", default=list)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two"),
            models.UniqueConstraint(fields=["entity", "gone"], condition=Q(undone_at=None), name="merge_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "kept"], name="merge_into")]


class NotSame(Row):
    """Somebody looked and said that two customers are not the same (不是重复); they aren't offered again."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    one = models.ForeignKey(Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey(
        Customer, verbose_name="另一位", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField("时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "one", "other"], name="not_same_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="not_same_ordered"),
        ]


class Contact(Holder):
    """A person at a company that is a customer (联系人)."""

    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="contacts", db_index=False
    )
    is_main = models.BooleanField("主要联系人", default=False)
    ended_at = models.DateTimeField("不再联系，自", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "customer"], name="contact_of_customer"),
            models.Index(fields=["entity", "phone_key"], name="contact_by_phone"),
            models.Index(fields=["entity", "tail_key"], name="contact_by_tail"),
        ]

    @property
    def record(self) -> str:
        return "contact"


ERASED_NOTE = "（已删除）"
"""In place of the text of a note that went."""

IS_UNSEALED = ~Q(text__in=["", ERASED_NOTE])
"""Notes of the days when their text lay open; they are sealed one after the other."""


class Note(Row):
    """What was said to, by or about a customer (跟进记录): a call, a visit, or a remark.

    The text is scanned before it is kept (guiju.privacy.scanning): numbers that have a field of their own
    don't stand in it. It lies `sealed`; `text` held it before, and says of one that was erased that it was.
    `next_on` is when somebody wants to be reminded.
    """

    class Way(models.TextChoices):
        NOTE = "note", "备注"
        CALL = "call", "电话"
        VISIT = "visit", "拜访"
        WECHAT = "wechat", "微信"
        SHOP = "shop", "到店"
        OTHER = "other", "其他"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="notes", db_index=False
    )
    way = models.CharField("方式", max_length=8, choices=Way)
    text = models.TextField("内容", blank=True, default="", db_default="")
    sealed = SealedField("内容（密文）", default=b"", db_default=b"")
    at = models.DateTimeField("时间")
    next_on = models.DateField("下次跟进", null=True)
    by = models.ForeignKey(Member, verbose_name="记录人", on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField("登记时间")
    removed_at = models.DateTimeField("删去时间", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "customer", "-at"], name="note_of_customer"),
            models.Index(fields=["entity"], condition=IS_UNSEALED, name="note_unsealed"),
        ]

    @property
    def content(self) -> str:
        """What was written down."""
        return str(sealed_values(self, "sealed").get("text", "")) or self.text


class BulkAct(Row):
    """One act on many customers at once (批量操作), with what it changed, so that it can be taken back.

    `changes` is customer id to what the changed columns held before.
    """

    class Sort(models.TextChoices):
        ASSIGN = "assign", "分配"
        TAG = "tag", "加标签"
        UNTAG = "untag", "去标签"
        RELEASE = "release", "放入公海"
        RETAG = "retag", "标签改名"
        CLAIM = "claim", "领取"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+")
    sort = models.CharField("操作", max_length=10, choices=Sort)
    detail = models.CharField("内容", max_length=200, blank=True)
    count = models.PositiveIntegerField("位数")
    changes = models.JSONField("原来的内容", default=dict)
    at = models.DateTimeField("时间")
    undone_at = models.DateTimeField("撤销时间", null=True)


class SavedList(Row):
    """How somebody likes to see a list (保存的筛选): what it is narrowed to, its order and columns.

    `kind` says which list it is (guiju.customers.registry.LISTS). `query` is what stands in the address of the list, without the words that are searched for: they may be
    somebody's name or phone. A shared one is a segment (客户分群) that the whole company sees.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁的", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField("哪个列表", default="customers", db_default="customers")
    name = models.TextField("名称")
    query = models.JSONField("筛选、排序和列", default=dict)
    is_shared = models.BooleanField("全公司可用", default=False)
    made_at = models.DateTimeField("建立时间")
    removed_at = models.DateTimeField("删去时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "member", "kind", "name"], condition=Q(removed_at=None), name="saved_list_once"
            )
        ]


class CustomerImport(Row):
    """A file with customers on its way in (客户导入): mapped, shown, then taken in batch by batch.

    `content` is sealed: it holds what the catalogue may not take in; so are the `samples` of its columns until it is
    decided. `mapping` is column title to target (record.code). What the sender says everybody in the file consented to, with its proof, lies `sealed`; `consents`
    held it before.
    `problems` are those of imports of before; now each batch keeps its own (`ImportProblems`).
    `line_done` is the last line that is in: after a crash the next batch begins behind it. `undo` is the same for
    taking it back: behind which customer it goes on, how many are back, which stay and why.
    """

    class State(models.TextChoices):
        MAPPING = "mapping", "待确认"
        RUNNING = "running", "导入中"
        DONE = "done", "已导入"
        FAILED = "failed", "未导入"
        DROPPED = "dropped", "已放弃"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="经办人", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("性质", max_length=8, choices=Customer.Kind)
    file_name = models.CharField("文件名", max_length=200)
    sheet = models.CharField("工作表", max_length=255, blank=True)
    sheets = models.JSONField("文件里的工作表", default=list, db_default=Value([], models.JSONField()))
    file_digest = models.CharField("文件摘要（SHA-256）", max_length=64)
    content = SealedField("文件内容（密文）")
    samples = SealedField("各列的前几格（密文）", default=b"", db_default=b"")
    titles = models.JSONField("列", default=list)
    notes = models.JSONField("识别情况", default=list)
    mapping = models.JSONField("列与字段", default=dict)
    source = models.CharField("信息的来源", max_length=200, blank=True)
    consents = models.JSONField("同意", default=list)
    sealed = SealedField("同意（密文）", default=b"", db_default=b"")
    collection_id = models.UUIDField("收集", null=True)
    state = models.CharField("状态", max_length=10, choices=State)
    line_done = models.PositiveIntegerField("已到第几行", default=0)
    rows_seen = models.PositiveIntegerField("行数", default=0)
    rows_taken = models.PositiveIntegerField("已导入", default=0)
    cells_refused = models.PositiveIntegerField("退回的单元格", default=0)
    problems = SealedField("问题（密文）", default=b"")
    outcome = models.CharField("结果", max_length=300, blank=True)
    made_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    undo = models.JSONField("撤销到哪里", default=dict, db_default=Value({}, models.JSONField()))

    @property
    def said(self) -> Sequence[Mapping[str, Any]]:
        """What everybody in the file consented to, as it was kept."""
        found: Sequence[Mapping[str, Any]] = sealed_values(self, "sealed").get("consents") or self.consents
        return found


class ImportProblems(Row):
    """What went back of one batch of an import, sealed, by line: its sentences show what stood in the cells (退回的内容)."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    source = models.ForeignKey(
        CustomerImport, verbose_name="导入", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lines = models.BigIntegerField("行数")
    problems = SealedField("问题（密文）", default=b"")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "source"], name="import_problems_of")]


class Wanting(Row):
    """A value that went back because somebody has not consented to it (待补同意), one a customer and field.

    Not the value: whom to ask for what. `request_id` is the last question that was sent. It closes when the
    value is in, when the person says no, and when the customer is gone.
    """

    class Closing(models.TextChoices):
        ENTERED = "entered", "已补录"
        REFUSED = "refused", "本人不同意"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    customer = models.ForeignKey(
        Customer, verbose_name="客户", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    record = models.TextField("对象")
    field = models.TextField("字段")
    source = models.ForeignKey(
        CustomerImport, verbose_name="导入", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField("自")
    request_id = models.UUIDField("征求", null=True)
    asked_at = models.DateTimeField("征求时间", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    closing = models.TextField("怎样结束", choices=Closing, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity", "-since", "-id"], condition=Q(closed_at=None), name="wanting_open"),
            models.Index(fields=["entity", "customer"], name="wanting_of_customer"),
        ]


class Invitation(Row):
    """A guardian is asked before anything of the child is stored (登记前征求同意, 个人信息保护法 第三十一条).

    It holds nothing of a person: who sent it, which fields it asks about for which purposes, and the customer
    that came of it. It is answered once; without a customer the answer was no.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(
        Member, verbose_name="谁发出", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    notice = models.ForeignKey(PrivacyNotice, verbose_name="隐私告知", on_delete=models.PROTECT, related_name="+")
    items = models.JSONField("征求的内容", default=list)
    digest = models.TextField("展示内容的摘要（SHA-256）")
    made_at = models.DateTimeField("发出时间")
    expires_at = models.DateTimeField("有效至")
    answered_at = models.DateTimeField("答复时间", null=True)
    customer = models.ForeignKey(
        Customer, verbose_name="登记的客户", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "member", "-made_at"], name="invitation_of")]
