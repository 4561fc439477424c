"""The words of the law on personal information, as codes (术语)."""

from __future__ import annotations

from django.db.models import TextChoices

MARKETING = "marketing"
"""The purpose for which nobody under fourteen is asked, and addresses can be refused."""


ORDERS, TRADE = "orders", "trade"
"""What is collected for orders says who bought: it is part of the record of the trade."""


class Grade(TextChoices):
    """How a field is classified (分类分级, 个人信息保护法 第二十八条, 数据安全法 第二十一条)."""

    GENERAL = "general", "一般个人信息"
    SENSITIVE = "sensitive", "敏感个人信息"
    IMPORTANT = "important", "重要数据"
    BUSINESS = "business", "业务信息"


class Basis(TextChoices):
    """Why personal information may be handled (合法性基础): the items of 个人信息保护法 第十三条, in their order."""

    CONSENT = "consent", "取得个人同意"
    CONTRACT = "contract", "订立、履行合同所必需"
    DUTY = "duty", "履行法定职责或者法定义务所必需"
    EMERGENCY = "emergency", "应对突发事件或紧急情况所必需"
    NEWS = "news", "新闻报道、舆论监督"
    DISCLOSED = "disclosed", "已经合法公开"
    OTHER_LAW = "other_law", "法律、行政法规规定的其他情形"


RESTS_ON_LAW = frozenset({Basis.DUTY, Basis.EMERGENCY, Basis.OTHER_LAW})
"""Bases for which nobody is asked, not even about sensitive information."""


class ConsentKind(TextChoices):
    """What kind of consent a field needs (同意方式, 个人信息保护法 第十四条, 第二十九条, 第三十一条)."""

    NONE = "none", "不需要"
    CONSENT = "consent", "同意"
    SEPARATE = "separate", "单独同意"
    GUARDIAN = "guardian", "监护人同意"


ASKED_APART = frozenset({ConsentKind.SEPARATE, ConsentKind.GUARDIAN})
"""About a field of these kinds each person is asked by itself."""


class FieldState(TextChoices):
    """Where a field of the catalogue stands (状态): values are taken in for an active one only."""

    DRAFT = "draft", "草稿"
    ACTIVE = "active", "启用"
    HELD = "held", "暂停收集"
    RETIRED = "retired", "停用"


class Sort(TextChoices):
    """What a value looks like (类型)."""

    TEXT = "text", "文字"
    LONG_TEXT = "long_text", "长文字"
    NUMBER = "number", "数字"
    DAY = "day", "日期"
    CHOICE = "choice", "选项"
    YES_NO = "yes_no", "是否"
    PHONE = "phone", "手机号码"
    EMAIL = "email", "电子邮箱"
    IDENTITY_NUMBER = "identity_number", "公民身份号码"
    BANK_CARD = "bank_card", "银行卡号"
    UNIFIED_CODE = "unified_code", "统一社会信用代码"
    REGION = "region", "行政区划"


class AgeGroup(TextChoices):
    """How old a person is, as far as the law asks (年龄段, 个人信息保护法 第三十一条; 未成年人保护法 第二条)."""

    CHILD = "child", "不满十四周岁"
    TEENAGER = "teenager", "十四周岁以上的未成年人"
    ADULT = "adult", "成年人"
    UNKNOWN = "unknown", "年龄不明"


class Answerer(TextChoices):
    """Who is asked about a person (向谁征求同意, 个人信息保护法 第三十一条)."""

    PERSON = "person", "本人"
    GUARDIAN = "guardian", "父母或者其他监护人"


class Channel(TextChoices):
    """By which way a value or a consent came (渠道)."""

    COUNTER = "counter", "当面"
    PHONE = "phone", "电话"
    PAPER = "paper", "纸质"
    ONLINE = "online", "在线页面"
    IMPORT = "import", "导入文件"
    API = "api", "接口"
