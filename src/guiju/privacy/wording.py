"""The text of a privacy notice, made from the catalogue (隐私告知的正文, 双清单).

个人信息保护法 第十七条 says what has to be told, 第三十条 what more of sensitive information; the lists are
those of 网络数据安全管理条例 第二十一条.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from guiju.organisations.registry import PURPOSES
from guiju.privacy.children import ChildCare, child_rules
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.terms import Basis, FieldState

PERSON = "person"
"""The kind of record in which children are held."""


@dataclass(frozen=True)
class Handler:
    """Who handles the information and how to reach them (个人信息处理者)."""

    name: str
    contact: str
    children: str = ""
    care: ChildCare | None = None
    """Where the company handles children's information, or may."""


@dataclass(frozen=True)
class Recipient:
    """Who else gets the information, by which relation, for what (第三方共享清单)."""

    name: str
    relation: str
    purposes: Sequence[str]
    fields: Sequence[str]


def told_fields(catalogue: Mapping[str, Mapping[str, Field]]) -> list[Field]:
    """The fields of which people are told: personal, with a purpose, taken in now."""
    return [
        field
        for fields in catalogue.values()
        for field in fields.values()
        if field.is_personal and field.uses and field.state is FieldState.ACTIVE
    ]


def items_of(fields: Iterable[Field]) -> dict[str, dict[str, Any]]:
    """What a notice keeps of each field that it tells of."""
    return {
        f"{field.record}.{field.code}": {
            "label": field.label,
            "uses": dict(field.uses),
            "grade": str(field.grade),
            "consent": str(field.consent),
            "retention": field.retention,
        }
        for field in fields
    }


def notice_text(
    handler: Handler, fields: Sequence[Field], recipients: Sequence[Recipient], *, version: int, day: date, more: str
) -> str:
    """Plain text, a line a sentence or a row: what the person is shown, on any screen."""
    lines = [
        f"{handler.name}隐私告知（第{version}版，{day:%Y年%m月%d日}起生效）",
        "",
        "一、我们是谁",
        f"处理您个人信息的是{handler.name}。联系方式：{handler.contact}。",
        "",
        "二、我们收集哪些信息、用来做什么（已收集个人信息清单）",
    ]
    lines += [_line(number, field) for number, field in enumerate(fields, 1)]
    sensitive = [field for field in fields if field.is_sensitive]
    if sensitive:
        names = "、".join(field.label for field in sensitive)
        lines += [
            "",
            "三、敏感个人信息",
            f"{names}是敏感个人信息，一旦泄露或者被非法使用，可能使您的人格尊严、人身或者财产安全受到损害。",
            *(f"{field.label}：{field.note}" for field in sensitive if field.note),
            "每一项都单独征求您的同意；不同意的，不影响您使用不需要它的产品和服务。",
        ]
    else:
        lines += ["", "三、敏感个人信息", "我们不收集敏感个人信息。"]
    lines += ["", "四、我们提供给谁（与第三方共享个人信息清单）"]
    if recipients:
        lines += [
            f"{number}. {one.name}（{one.relation}）：用于{'、'.join(PURPOSES[code] for code in one.purposes)}；"
            f"信息种类：{'、'.join(one.fields) or '基本信息'}"
            for number, one in enumerate(recipients, 1)
        ]
    else:
        lines.append("我们不向其他单位提供您的个人信息。")
    lines += [
        "",
        "五、保存多久",
        "保存期限从您与我们的关系结束时起算，见上面各项；期满后删除或者匿名化，法律另有规定的从其规定。",
        "",
        "六、您的权利",
        "您可以查阅、复制、更正、删除您的个人信息，可以随时撤回同意，撤回和同意一样方便；撤回不影响撤回之前的处理。",
        f"请通过上述联系方式提出，或者在我们给您的页面上直接办理。{'拒绝的，我们会说明理由。'}",
        "",
        "七、未成年人",
        *_of_minors(handler, fields),
    ]
    if more.strip():
        lines += ["", "八、其他", more.strip()]
    return "\n".join(lines)


def _of_minors(handler: Handler, fields: Sequence[Field]) -> list[str]:
    if handler.care is not None:
        people = [one for one in fields if one.record == PERSON]
        return child_rules(handler.care, people, RECORDS[PERSON].needed, _kept)
    said = "不满十四周岁的，由父母或者其他监护人同意后我们才处理其个人信息。"
    return [said + (f"儿童个人信息保护由{handler.children}负责。" if handler.children else "")]


def _line(number: int, field: Field) -> str:
    uses = "；".join(f"{PURPOSES[purpose]}（{Basis(basis).label}）" for purpose, basis in field.uses.items())
    asked = f"；{field.consent.label}" if field.asks_separately else ""
    return f"{number}. {field.label}：用于{uses}{asked}；保存期限：{_kept(field)}"


def _kept(field: Field) -> str:
    return "法律、行政法规规定的期限" if field.retention is None else _months(field.retention)


def _months(months: int) -> str:
    if months == 0:
        return "关系结束即删除"
    years, rest = divmod(months, 12)
    words = (f"{years}年" if years else "") + (f"{rest}个月" if rest else "")
    return f"关系结束后{words}"


def digest_of(text: str) -> str:
    """SHA-256 of the text in UTF-8, hexadecimal: what a person was shown is named by it."""
    return hashlib.sha256(text.encode()).hexdigest()
