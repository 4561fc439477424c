"""What has been reviewed, and the words that a company may use because it can prove them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guiju.database.models import Row
from guiju.organisations.models import Entity, Member, User


class Kind(models.TextChoices):
    """审查的对象"""

    ADS = "ads", "广告文案"
    CLAUSES = "clauses", "合同条款"
    FIELDS = "fields", "数据字段"


class Check(Row):
    """One review of one text or file (审查记录), with its answers as they were then."""

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, verbose_name="审查人", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("对象", max_length=10, choices=Kind)
    source = models.CharField("来源", max_length=200)
    digest = models.CharField("内容摘要（SHA-256）", max_length=64)
    sector = models.CharField("行业", max_length=20, blank=True)
    channel = models.CharField("渠道", max_length=10, blank=True)
    contract_type = models.CharField("合同类型", max_length=20, blank=True)
    law_as_of = models.DateField("按哪天的法律")
    rules_version = models.CharField("规则版本", max_length=20)
    total = models.PositiveIntegerField("条数")
    blocked = models.PositiveIntegerField("禁止")
    reviewed = models.PositiveIntegerField("需复核")
    unusable = models.PositiveIntegerField("读不了的行", default=0)
    answers = models.JSONField("结果")
    made_at = models.DateTimeField("审查时间")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "-made_at"], name="check_newest")]

    def __str__(self) -> str:
        return self.source


class OwnWord(Row):
    """Words that one company may use (本公司词库), each with proof and expiry.

    广告绝对化用语执法指南 第六条: names, marks, patents, awards and graded qualities are lawful when the
    advertiser can prove them (第七条).
    """

    class Sort(models.TextChoices):
        BRAND = "brand", "品牌、商品名称"
        TRADEMARK = "trademark", "注册商标"
        PATENT = "patent", "专利"
        AWARD = "award", "奖项、称号"
        GRADE = "grade", "标准规定的分级用语"
        HEALTH_FUNCTION = "health_function", "已注册的保健功能"

    class State(models.TextChoices):
        PROPOSED = "proposed", "待决定"
        ALLOWED = "allowed", "已放行"
        REFUSED = "refused", "未放行"
        WITHDRAWN = "withdrawn", "已撤回"

    entity = models.ForeignKey(Entity, verbose_name="所属公司", on_delete=models.PROTECT, db_index=False)
    words = models.CharField("用语", max_length=60)
    sort = models.CharField("性质", max_length=20, choices=Sort)
    proof = models.CharField("证明", max_length=200)
    valid_until = models.DateField("有效期至")
    state = models.CharField("状态", max_length=10, choices=State)
    proposed_by = models.ForeignKey(Member, verbose_name="提出人", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, verbose_name="决定人", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("决定时间", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(words=""), name="own_word_words"),
            models.CheckConstraint(
                condition=Q(state__in=["allowed", "refused"], decided_by__isnull=False)
                | Q(state__in=["proposed", "withdrawn"]),
                name="own_word_decided",
            ),
            models.UniqueConstraint(
                fields=["entity", "words"],
                condition=Q(state__in=["proposed", "allowed"]),
                name="own_word_once",
            ),
        ]

    def __str__(self) -> str:
        return self.words
