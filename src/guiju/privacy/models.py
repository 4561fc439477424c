"""The catalogue of fields, notices, and what people consented to."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, Value

from guiju.archives.models import Disposal
from guiju.database.models import Row
from guiju.keys.fields import SealedField
from guiju.keys.values import sealed_values
from guiju.organisations.models import Entity, Member, User
from guiju.privacy.ages import age_group
from guiju.privacy.terms import AgeGroup, Channel, ConsentKind, FieldState, Grade, Sort


class CatalogueField(Row):
    """A field as a company has decided it (字段台账): one of its own, or a built-in one that it changed."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    record = models.CharField("对象", max_length=30)
    code = models.CharField("代码", max_length=40)
    label = models.CharField("名称", max_length=40)
    sort = models.CharField("类型", max_length=20, choices=Sort.choices)
    choices = models.JSONField("选项", default=dict)
    grade = models.CharField("分类", max_length=12, choices=Grade.choices)
    category = models.CharField("类别", max_length=20)
    uses = models.JSONField("目的与合法性基础", default=dict)
    consent = models.CharField("同意方式", max_length=10, choices=ConsentKind.choices)
    visibility = models.CharField("默认显示", max_length=8)
    retention = models.PositiveSmallIntegerField("保存期限（关系结束后几个月）", null=True)
    may_leave = models.BooleanField("可以出境", default=False)
    is_sealed = models.BooleanField("加密存储", default=True)
    is_built_in = models.BooleanField("随程序提供", default=False)
    state = models.CharField("状态", max_length=10, choices=FieldState.choices)
    held_because = models.CharField("暂停的原因", max_length=200, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    proposal = models.JSONField("字段检查的意见", default=dict)
    made_by = models.ForeignKey(User, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "record", "code"], name="catalogue_code"),
            models.UniqueConstraint(
                fields=["entity", "record", "label"], condition=~Q(state="retired"), name="catalogue_label"
            ),
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="catalogue_code_shape"),
        ]


class Assessment(Row):
    """An impact assessment of a field before it is used (个人信息保护影响评估, 个人信息保护法 第五十五条, 第五十六条)."""

    class State(models.TextChoices):
        OPEN = "open", "待审批"
        ALLOWED = "allowed", "已通过"
        REFUSED = "refused", "未通过"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    field = models.ForeignKey(CatalogueField, verbose_name="字段", on_delete=models.PROTECT, related_name="assessments")
    necessity = models.TextField("目的、方式是否合法、正当、必要")
    impact = models.TextField("对个人权益的影响及安全风险")
    measures = models.TextField("保护措施是否合法、有效并与风险程度相适应")
    state = models.CharField("结论", max_length=10, choices=State)
    made_by = models.ForeignKey(User, verbose_name="评估人", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("评估时间")
    decided_at = models.DateTimeField("审批时间", null=True)


class PrivacyNotice(Row):
    """A privacy notice in one of its versions (隐私告知, 个人信息保护法 第十七条).

    `items` are the fields that it tells of: record.code to label, purposes and bases; `recipients` who gets what
    for what. What was published stays as it was; the next version ends it. `registered_at`: it was shown before
    this system was in use, and somebody has put it down since.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    version = models.PositiveIntegerField("版本")
    text = models.TextField("正文")
    items = models.JSONField("已收集个人信息清单", default=dict)
    recipients = models.JSONField("接收方", default=list, db_default=Value([], models.JSONField()))
    contact = models.TextField("联系方式", blank=True, default="", db_default="")
    digest = models.CharField("正文摘要（SHA-256）", max_length=64)
    registered_at = models.DateTimeField("补登时间", null=True)
    published_by = models.ForeignKey(User, verbose_name="发布人", on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField("发布时间")
    ended_at = models.DateTimeField("失效时间", null=True)
    corrected_by = models.ForeignKey(
        "self",
        verbose_name="由哪一版更正",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    """The version of what people were really shown, where this one had been put down wrongly; both stay."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "version"], name="notice_version"),
            models.UniqueConstraint(fields=["entity"], condition=Q(ended_at=None), name="notice_in_force_once"),
        ]

    def held_at(self, moment: datetime) -> bool:
        """Whether this was what people were told at a moment."""
        is_right = self.corrected_by_id is None
        return is_right and self.published_at <= moment and (self.ended_at is None or self.ended_at > moment)


IS_FROZEN = Q(frozen_at__isnull=False) | ~Q(frozen_fields={})
"""People of whom something is stored and nothing else: few, and found by an index of their own."""


class Subject(Row):
    """A person whose information a company handles (个人, 个人信息主体).

    The birthday itself lies sealed in the record; `minor_until` is the end of the month in which somebody
    comes of age, for those under eighteen only, so that lists find them without opening anything. It stays where a
    birthday is changed to an earlier one, until another person has agreed that a minor is older.
    `is_stated_adult`: somebody said so, no birthday is known. What is frozen is stored and nothing else
    (个人信息保护法 第四十七条第二款): the whole person, or `frozen_fields`, record.code to since when and why.
    Who was erased stays as an empty row to which consents and the register of disposals lead.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    minor_until = models.DateField("未成年至", null=True)
    is_stated_adult = models.BooleanField("登记为成年人", default=False)
    frozen_at = models.DateTimeField("仅存储，自", null=True)
    frozen_because = models.CharField("仅存储的原因", max_length=200, blank=True)
    frozen_fields = models.JSONField("仅存储的字段", default=dict, db_default=Value({}, models.JSONField()))
    erased_at = models.DateTimeField("删除时间", null=True)
    made_at = models.DateTimeField("建立时间")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["entity"], condition=IS_FROZEN, name="subject_frozen"),
            models.Index(
                fields=["entity", "minor_until"], condition=Q(minor_until__isnull=False), name="subject_minor"
            ),
        ]

    def is_frozen(self, name: str = "") -> bool:
        """Whether nothing of this person, or the value of one field (record.code), may be used (仅存储)."""
        return self.frozen_at is not None or name in self.frozen_fields

    def has_frozen(self, record: str) -> bool:
        """Whether anything of one kind of record may not be used: such records show whole or not at all."""
        return self.frozen_at is not None or any(name.startswith(f"{record}.") for name in self.frozen_fields)

    def age(self, born: date | None, on: date) -> AgeGroup:
        """How old this person is: by the birthday in their record, if it holds one, else by what stays known."""
        return age_group(born=born, is_stated_adult=self.is_stated_adult, on=on, minor_until=self.minor_until)


class Collection(Row):
    """How values came in (收集): by which way, told by which notice; one for a form, one for a whole file."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    channel = models.CharField("渠道", max_length=10, choices=Channel.choices)
    source = models.CharField("来源", max_length=200, blank=True)
    notice = models.ForeignKey(PrivacyNotice, verbose_name="隐私告知", null=True, on_delete=models.PROTECT)
    by = models.ForeignKey(User, verbose_name="经办人", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")


DESTROYED_PROOF = "（已销毁）"
"""In place of a proof whose time is over."""

IS_UNSEALED = ~Q(proof__in=["", DESTROYED_PROOF])
"""Consents of the days when their proof lay open; they are sealed one after the other."""


class Consent(Row):
    """A person's consent to one purpose (同意, 个人信息保护法 第十四条), or to fields one by one for it (单独同意).

    `fields` are record.code of those that were consented to separately, and empty for a consent to all that
    isn't asked about separately; `recipient` the company that
    receives, where the consent is to being provided. It ends by withdrawal (第十五条); one of several
    fields is withdrawn by a new consent to the others, which names this one as `follows`.
    The proof may name people and papers: it lies `sealed`; `proof` held it before, and says of one that was destroyed
    that it was.
    """

    class Ending(models.TextChoices):
        WITHDRAWN = "withdrawn", "撤回"
        NARROWED = "narrowed", "部分撤回"
        REPLACED = "replaced", "重新同意"
        ENTERED_WRONGLY = "entered_wrongly", "登记有误"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    # The keys with the company beside them check the same as the plain ones, which are left out.
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, related_name="consents", db_index=False, db_constraint=False
    )
    kind = models.CharField("方式", max_length=10, choices=ConsentKind.choices)
    purpose = models.CharField("目的", max_length=20)
    fields = models.JSONField("单独同意的字段", default=list)
    recipient = models.ForeignKey(Entity, verbose_name="接收方", null=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(
        PrivacyNotice, verbose_name="隐私告知", on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    channel = models.CharField("渠道", max_length=10, choices=Channel.choices)
    proof = models.CharField("凭据", max_length=200, blank=True, default="", db_default="")
    sealed = SealedField("凭据（密文）", default=b"", db_default=Value(b""))
    by_guardian = models.BooleanField("由监护人作出", default=False)
    guardian = SealedField("监护人的姓名和关系（密文）", default=b"", db_default=Value(b""))
    given_at = models.DateTimeField("同意时间")
    recorded_by = models.ForeignKey(User, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("登记时间")
    follows = models.ForeignKey("self", verbose_name="承接", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("结束时间", null=True)
    ending = models.CharField("怎样结束", max_length=16, choices=Ending, blank=True)
    ended_by = models.ForeignKey(User, verbose_name="办理人", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("given_at")), name="consent_period"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "subject"], name="consent_of_subject"),
            models.Index(fields=["entity", "purpose"], condition=Q(ended_at=None), name="consent_in_force"),
            models.Index(fields=["entity"], condition=IS_UNSEALED, name="consent_unsealed"),
        ]

    @property
    def proven_by(self) -> str:
        """The proof as it was written down."""
        return str(sealed_values(self, "sealed").get("proof", "")) or self.proof


class ConsentRequest(Row):
    """What somebody was asked to consent to (征求同意), what they were shown, and what they answered.

    `items` are purposes, each with the fields asked about one by one; `answers` says yes or no to each, in
    their order. What was shown is the notice and the questions; `digest` is that of both.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="+", db_index=False)
    notice = models.ForeignKey(PrivacyNotice, verbose_name="隐私告知", on_delete=models.PROTECT, related_name="+")
    items = models.JSONField("征求的内容", default=list)
    digest = models.CharField("展示内容的摘要（SHA-256）", max_length=64)
    made_by = models.ForeignKey(User, verbose_name="发出人", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("发出时间")
    expires_at = models.DateTimeField("有效至")
    opened_at = models.DateTimeField("打开时间", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answers = models.JSONField("答复", default=list)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "subject"], name="request_of_subject")]


class ConsentLink(models.Model):
    """Where the secret of a link leads (公开入口的路由): known before any company is, so it stands apart."""

    digest = models.BinaryField("摘要", max_length=32, primary_key=True)
    entity_id = models.UUIDField("所属公司")
    request_id = models.UUIDField("征求")
    expires_at = models.DateTimeField("有效至")


class Refusal(Row):
    """Somebody refuses commercial messages (拒收名单, 消费者权益保护法实施条例 第二十四条).

    `key` finds an address (a phone, an e-mail) without holding it, by a key of the whole group: who refused
    one company is left alone by all. A company sees its own rows; whether others hold one, a function of
    the database answers for addresses that are already known. `held_key` is by what the records of this company
    are found that have the address, so that the list says whose it is for as long as there is such a record.
    `at` is when it was said; `entered_at` when staff put it down, where they did, with `means` and the sealed proof.
    """

    class Way(models.TextChoices):
        PERSON = "person", "本人在线"
        STAFF = "staff", "工作人员登记"
        REPLY = "reply", "回复短信"
        IMPORT = "import", "导入"

    class Sort(models.TextChoices):
        PHONE = "phone", "手机"
        EMAIL = "email", "电子邮箱"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    key = models.BinaryField("地址索引", max_length=16)
    sort = models.TextField("手机或邮箱", choices=Sort, default=Sort.PHONE, db_default=Sort.PHONE.value)
    held_key = models.BinaryField("本公司的地址索引", max_length=16, null=True)
    way = models.CharField("怎样提出", max_length=8, choices=Way)
    means = models.TextField("怎样说的", blank=True, default="", db_default="")
    sealed = SealedField("凭据（密文）", default=b"", db_default=Value(b""))
    by = models.ForeignKey(User, verbose_name="登记人", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    entered_at = models.DateTimeField("登记时间", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "at"], name="refusal_key"),
            models.Index(fields=["entity", "-at", "-id"], name="refusal_newest"),
        ]

    @property
    def proof(self) -> str:
        """Which recording or letter it was, as it was written down."""
        return str(sealed_values(self, "sealed").get("proof", ""))


class Message(Row):
    """What somebody wrote on the public page of a company (本人留言): what about, and sealed, what and how they are reached.

    Nobody looks anybody up for it, so that the page tells nothing of who is registered. Once it is dealt with, the
    words are forgotten; that it was, and how, stays.
    """

    class About(models.TextChoices):
        REFUSE = "refuse", "不再接收商业短信、电话和邮件"
        WITHDRAW = "withdraw", "撤回同意"
        RIGHTS = "rights", "查阅、复制、更正或者删除我的信息"
        OTHER = "other", "其他"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    about = models.TextField("想办什么", choices=About)
    sealed = SealedField("留言（密文）", default=b"", db_default=Value(b""))
    origin = models.BinaryField("来处的摘要", max_length=32)
    made_at = models.DateTimeField("时间")
    done_at = models.DateTimeField("办结时间", null=True)
    done_by = models.ForeignKey(
        User, verbose_name="办结人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    outcome = models.TextField("怎样办的", blank=True, default="", db_default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-made_at"], name="message_newest")]


class Ending(Row):
    """Something that may not be done any more with people's information (停止处理), for those downstream who have to hear.

    Written in the transaction of what it tells of. `people` are ids of subjects, `fields` those that it is about
    (record.code), none for all; `cause_id` the consent, refusal or disposal behind it, `at` since when. `heard` are
    the hearers that have dealt with it; until all have, it is told again at `due_at`.
    """

    class Sort(models.TextChoices):
        WITHDRAWN = "withdrawn", "撤回同意"
        NARROWED = "narrowed", "部分撤回同意"
        REFUSED = "refused", "拒收商业信息"
        FROZEN = "frozen", "仅存储"
        ERASED = "erased", "删除"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    sort = models.TextField("情形", choices=Sort)
    people = models.JSONField("个人", default=list)
    purpose = models.TextField("目的", blank=True, default="")
    fields = models.JSONField("字段", default=list)
    recipient_id = models.UUIDField("接收方", null=True)
    cause_id = models.UUIDField("依据的记录")
    at = models.DateTimeField("自")
    made_at = models.DateTimeField("登记时间")
    heard = models.JSONField("已经办理的", default=list)
    tries = models.BigIntegerField("试过几次", default=0)
    due_at = models.DateTimeField("下一次", null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="ending_due"),
        ]


class Provision(Row):
    """What another company of the group saw of people for a purpose (提供、委托处理的记录, 网络数据安全管理条例 第十二条).

    It lies with the company whose people they are: one row a look, of so many `records` at most, `fields`
    (record.code) those of which something showed.
    """

    entity = models.ForeignKey(Entity, verbose_name="提供方", on_delete=models.PROTECT, db_index=False)
    receiver = models.ForeignKey(
        Entity, verbose_name="接收方", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(User, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    is_provided = models.BooleanField("提供，不是委托、共同处理")
    purpose = models.TextField("目的")
    records = models.JSONField("各条记录", default=list)
    fields = models.JSONField("字段", default=list)
    at = models.DateTimeField("时间")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-at", "-id"], name="provision_newest")]


class Cleanup(Row):
    """One search for values that are held against the law (违规数据清理), judged as of the end of a day.

    It goes on behind `cursor` until nothing is left; `counts` says of each field (record.code) how many values
    each reason found, `filled` how many there are and when the last one was written, `records` how many records
    were looked at, `left_out` what could not be judged and why. `basis` is what it judged by. `digest` covers the
    findings, in their order. Those of `on` before today are for reading: what is done about them is asked again.
    """

    class State(models.TextChoices):
        FINDING = "finding", "正在查找"
        FOUND = "found", "已查完"
        FREEZING = "freezing", "正在冻结"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    on = models.DateField("截至")
    state = models.CharField("状态", max_length=8, choices=State)
    basis = models.JSONField("判断依据", default=dict)
    cursor = models.CharField("查到哪里", max_length=80, blank=True)
    records = models.JSONField("查过的记录", default=dict)
    counts = models.JSONField("发现", default=dict)
    filled = models.JSONField("各字段的值", default=dict)
    left_out = models.JSONField("没有判断的", default=dict)
    holders = models.PositiveIntegerField("涉及的记录", default=0)
    digest = models.CharField("发现的摘要（SHA-256）", max_length=64, blank=True)
    made_by = models.ForeignKey(User, verbose_name="发起人", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("发起时间")
    found_at = models.DateTimeField("查完时间", null=True)
    frozen_by = models.ForeignKey(User, verbose_name="冻结人", null=True, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField("冻结时间", null=True)
    frozen_values = models.PositiveIntegerField("冻结的值", default=0)
    disposal = models.ForeignKey(
        Disposal, verbose_name="销毁登记", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-made_at"], name="cleanup_newest")]


class CleanupFinding(Row):
    """One record in which a search found something: field code to the rules that it breaks, no values.

    `is_whole`: all that is held of a person was found, so that the person goes as a whole.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    cleanup = models.ForeignKey(Cleanup, on_delete=models.PROTECT, related_name="findings", db_index=False)
    keeper = models.CharField("留存处", max_length=40)
    holder_id = models.UUIDField("记录")
    subject_id = models.UUIDField("个人", null=True)
    record = models.CharField("对象", max_length=30)
    flaws = models.JSONField("字段与情形", default=dict)
    is_whole = models.BooleanField("全部内容", default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "cleanup", "id"], name="cleanup_finding_of")]


class MinorAccess(Row):
    """A member may see minors' information in the clear for a purpose and a time (访问未成年人信息的审批).

    未成年人网络保护条例 第三十六条. Of one person, or without `subject` of all minors whom the member sees.
    """

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="谁", on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.ForeignKey(
        Subject, verbose_name="个人", null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    purpose = models.TextField("用途")
    reason = models.TextField("理由")
    asked_at = models.DateTimeField("申请时间")
    until = models.DateField("到哪天为止")
    allowed_by = models.ForeignKey(
        User, verbose_name="批准人", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    allowed_at = models.DateTimeField("批准时间", null=True)
    refused_at = models.DateTimeField("没有批准", null=True)
    ended_at = models.DateTimeField("提前收回", null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["member", "until"], name="minoraccess_of")]
