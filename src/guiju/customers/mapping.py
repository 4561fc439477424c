"""Which column of a file goes into which field (列与字段的对应), and which columns are held back.

A column whose title or values look like sensitive information goes into a field of that kind or nowhere:
it is not poured into a harmless one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from guiju.customers.values import BIRTHDAYS
from guiju.kernel.cells import Order as DayOrder
from guiju.kernel.cells import days_order
from guiju.kernel.rules.columns import Column
from guiju.privacy.fields import Field
from guiju.privacy.terms import FieldState
from guiju.rulebook import classifier

CONSENTED, CONSENTED_ON = "@consented", "@consented_on"
"""Columns that say whether, and when, somebody consented."""

GUARDIAN, RELATION = "@guardian", "@relation"
"""Columns that say who consented for a minor: what the file says of consents is their guardian's then."""

SPECIAL = {CONSENTED: "是否同意", CONSENTED_ON: "同意日期", GUARDIAN: "监护人的姓名", RELATION: "监护人是孩子的谁"}

_SYNONYMS = {
    "name": ("姓名", "客户姓名", "客户名称", "名称", "客户", "公司名称", "单位名称", "企业名称", "会员姓名", "联系人"),
    "phone": ("手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "移动电话", "电话号码"),
    "company": ("公司", "单位", "所在单位", "公司名称", "工作单位"),
    "email": ("邮箱", "电子邮箱", "邮件", "email", "e-mail"),
    "wechat": ("微信", "微信号"),
    "level": ("等级", "客户等级", "级别", "意向等级", "意向级别", "礼品等级"),
    "source": ("来源", "客户来源", "来源渠道"),
    "region": ("地区", "所在地区", "客户区域", "区域"),
    "address": ("地址", "详细地址", "完整地址", "收货地址", "住址", "家庭住址"),
    "gender": ("性别",),
    "birthday": ("生日", "出生日期", "出生年月日"),
    "identity_number": ("身份证", "身份证号", "身份证号码"),
    "bank_card": ("银行卡", "银行卡号"),
    "position": ("职务", "职位"),
    "industry": ("行业", "行业划分"),
    "unified_code": ("统一社会信用代码", "税号", "信用代码"),
    "office": ("公司地址", "办公地址", "单位地址"),
    "switchboard": ("总机", "座机", "座机电话", "公司电话"),
}
_CONSENT_TITLES = {"是否同意": CONSENTED, "同意": CONSENTED, "同意日期": CONSENTED_ON, "同意时间": CONSENTED_ON}
_GUARDIAN_TITLES = {
    **dict.fromkeys(("监护人", "监护人姓名", "家长", "家长姓名"), GUARDIAN),
    **dict.fromkeys(("监护人关系", "与监护人关系", "家长关系", "关系"), RELATION),
}


@dataclass(frozen=True)
class ColumnPlan:
    """One column of a file: where it goes (record.code, a special one, or nowhere), and what it looks like.

    `why` says why it is held back, where it is; `days` how three bare numbers are read in it, where that can be told.
    """

    title: str
    place: int
    target: str
    category: str = "none"
    is_sensitive: bool = False
    why: str = ""
    days: DayOrder | None = None


def propose(
    titles: Sequence[tuple[int, str]],
    samples: Mapping[int, Sequence[str]],
    fields: Mapping[str, Mapping[str, Field]],
    *,
    on: date,
) -> list[ColumnPlan]:
    """Where each column of a file should go; `fields` are those of the records that the file makes, the main one first."""
    taken: set[str] = set()
    plans = []
    for place, title in titles:
        cells = tuple(samples.get(place, ()))
        verdict = classifier().classify(Column(title, title, "", cells), on=on)
        target = _target(title, verdict.category, fields, taken)
        plan = judged(title, place, target, verdict.category, verdict.sensitive, fields)
        taken.add(plan.target)
        plans.append(replace(plan, days=days_order(cells)))
    return plans


def judged(
    title: str,
    place: int,
    target: str,
    category: str,
    is_sensitive: bool,
    fields: Mapping[str, Mapping[str, Field]],
) -> ColumnPlan:
    """A column with its target, held back where what it looks like doesn't fit the field."""
    if not target or target.startswith("@"):
        why = "识别为敏感个人信息，字段台账里没有对应的字段：先登记、评估、启用，再导入" if is_sensitive else ""
        return ColumnPlan(title, place, target, category, is_sensitive, why if not target else "")
    record, _, code = target.partition(".")
    known = fields[record][code]
    if is_sensitive and not known.is_sensitive:
        why = f"识别为敏感个人信息，不能放进“{known.label}”：先在字段台账里登记它自己的字段"
        return ColumnPlan(title, place, "", category, is_sensitive, why)
    if known.state is not FieldState.ACTIVE:
        why = f"“{known.label}”没有启用：请数据专员在字段台账里办理"
        return ColumnPlan(title, place, "", category, is_sensitive, why)
    return ColumnPlan(title, place, target, category, is_sensitive)


def _target(title: str, category: str, fields: Mapping[str, Mapping[str, Field]], taken: set[str]) -> str:
    plain = title.rpartition("/")[2].strip().lower()
    if plain in _CONSENT_TITLES:
        return _CONSENT_TITLES[plain]
    if plain in _GUARDIAN_TITLES and "person" in fields and _GUARDIAN_TITLES[plain] not in taken:
        return _GUARDIAN_TITLES[plain]
    for find in (_by_label, _by_synonym, _by_category):
        for target in find(plain, category, fields):
            if target not in taken:
                return target
    return ""


def tells_birthday(title: str, fields: Mapping[str, Mapping[str, Field]]) -> bool:
    """Whether a column says when people were born, wherever it goes: a child is one in a column that stays out, too."""
    plain = title.rpartition("/")[2].strip().lower()
    known = {"person": fields.get("person", {})}
    return any(
        target.partition(".")[2] in BIRTHDAYS
        for find in (_by_label, _by_synonym)
        for target in find(plain, "none", known)
    )


def _by_label(plain: str, category: str, fields: Mapping[str, Mapping[str, Field]]) -> Iterable[str]:
    return (
        f"{record}.{code}"
        for record, known in fields.items()
        for code, field in known.items()
        if field.label.lower() == plain
    )


def _by_synonym(plain: str, category: str, fields: Mapping[str, Mapping[str, Field]]) -> Iterable[str]:
    records = list(fields)
    if plain in ("联系人", "联系人姓名", "客户联系人") and "contact" in fields:
        records = ["contact"]
    if plain in ("手机", "手机号", "电话", "联系电话") and "contact" in fields:
        records = ["contact", *records]
    return (
        f"{record}.{code}"
        for record in records
        for code, words in _SYNONYMS.items()
        if plain in words and code in fields[record]
    )


def _by_category(plain: str, category: str, fields: Mapping[str, Mapping[str, Field]]) -> Iterable[str]:
    if category in ("none", "name", "minor", "important_data"):
        return ()
    return (
        f"{record}.{code}"
        for record, known in fields.items()
        for code, field in known.items()
        if field.category == category
    )
