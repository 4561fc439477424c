"""How values are masked (脱敏), by the category of their field: the same on every screen, file and answer."""

from __future__ import annotations

from collections.abc import Callable

from guiju.kernel.identifiers import bank_card, email, identity_number, phone, plate
from guiju.organisations.registry import Treatment

HIDDEN = "不显示"


def _nothing(text: str) -> str:
    return "***"


def _first(text: str) -> str:
    return text[:1] + "***"


def _place(text: str) -> str:
    """Province and city stay: 浙江省杭州市***."""
    for mark in ("市", "州", "盟", "县", "区"):
        place = text.find(mark, 1, 14)
        if place > 0:
            return text[: place + 1] + "***"
    return text[:3] + "***"


def _year(text: str) -> str:
    return text[:4] + "-**-**" if text[:4].isdigit() else "***"


def _name(text: str) -> str:
    return text[:1] + "*" * max(1, len(text) - 1)


MASKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "phone": phone.mask,
    "id_card": identity_number.mask,
    "address": _place,
    "email": email.mask,
    "bank_card": bank_card.mask,
    "wechat": _first,
    "birth": _year,
    "plate": plate.mask,
}

LABELS = {
    "phone": "电话号码",
    "email": "电子邮箱",
    "address": "住址",
    "id_card": "身份证件",
    "bank_card": "银行账户",
    "face_or_biometric": "生物识别",
    "health": "医疗健康",
    "location": "行踪轨迹",
    "religion": "宗教信仰",
    "minor": "未成年人信息",
    "wechat": "微信等账号",
    "birth": "出生日期",
    "plate": "车牌号",
    "ip": "网络地址",
    "income": "收入",
    "important_data": "重要数据",
    "other": "其他需要遮盖的字段",
}
"""The categories that roles treat one by one; what lies in none of them is treated as `other` where it is masked."""


def treated_as(category: str) -> str:
    return category if category in LABELS else "other"


def masked(category: str, text: str) -> str:
    """The masked form of a value of a category; of what has no form of its own nothing shows."""
    return MASKS.get(category, _nothing)(text) if text else ""


def shown(category: str, text: str, treatment: Treatment) -> str:
    match treatment:
        case Treatment.CLEAR:
            return text
        case Treatment.MASKED:
            return masked(category, text)
        case _:
            return HIDDEN if text else ""
