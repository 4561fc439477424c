"""The text of a privacy notice, made from the catalogue (隐私告知的正文, 双清单).

个人信息保护法 第十七条 says what has to be told, 第三十条 what more of sensitive information; the lists are
those of 网络数据安全管理条例 第二十一条.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from guiju.backups.layout import BACKUP_DAYS
from guiju.organisations.registry import PURPOSES
from guiju.privacy.children import ChildCare, child_rules
from guiju.privacy.fields import Field
from guiju.privacy.registry import RECORDS
from guiju.privacy.terms import Basis, FieldState

PERSON, CONTACT = "person", "contact"
"""The kind of record in which children are held, and the one in which none are; all others are about customers."""


@dataclass(frozen=True)
class Handler:
    """Who handles the information and how to reach them (个人信息处理者).

    `page` is where people see and withdraw their consents by a code to their phone; where none can be sent, `writing`
    is where they leave a message. `notices` is where everybody finds this text and the earlier ones.
    """

    name: str
    contact: str
    children: str = ""
    page: str = ""
    writing: str = ""
    notices: str = ""
    care: ChildCare | None = None
    """Where the company handles children's information, or may."""


@dataclass(frozen=True)
class Recipient:
    """Who else gets the information, by which relation, for what (第三方共享清单).

    `asks` where it is another handler, for whose getting it each person is asked (个人信息保护法 第二十三条),
    `is_joint` where both decide together (第二十条).
    """

    name: str
    relation: str
    purposes: Sequence[str]
    fields: Sequence[str]
    contact: str = ""
    asks: bool = False
    is_joint: bool = False


@dataclass(frozen=True)
class Impact:
    """Why a sensitive field is needed and what it may do to people, as its assessment says (第三十条)."""

    necessity: str
    impact: str


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


@dataclass(frozen=True)
class Told:
    """All that a notice is made from."""

    handler: Handler
    fields: Sequence[Field]
    recipients: Sequence[Recipient] = ()
    impacts: Mapping[str, Impact] = field(default_factory=dict)
    """By record.code of the sensitive fields."""

    takes_files: bool = False
    more: str = ""


def notice_text(told: Told, *, version: int, day: date) -> str:
    """Plain text, a line a sentence or a row: what the person is shown, on any screen."""
    handler = told.handler
    parts = [
        ("我们是谁", [f"处理您个人信息的是{handler.name}。联系方式：{handler.contact}。"]),
        (
            "我们收集哪些信息、用来做什么（已收集个人信息清单）",
            [_line(number, one) for number, one in enumerate(told.fields, 1)],
        ),
        ("处理方式", _manner(told)),
        ("敏感个人信息", _sensitive(told)),
        ("我们提供给谁（与第三方共享个人信息清单）", _shared(told.recipients)),
        ("出境和转移", _moved(told.fields)),
        ("保存多久", _kept_for()),
        ("您的权利和办理方法", _rights(handler)),
        ("未成年人", _of_minors(handler, told.fields)),
    ]
    if told.more.strip():
        parts.append(("其他", [told.more.strip()]))
    lines = [f"{handler.name}隐私告知（第{version}版，{day:%Y年%m月%d日}起生效）"]
    for number, (title, content) in zip(_NUMBERS, parts, strict=False):
        lines += ["", f"{number}、{title}", *content]
    return "\n".join(lines)


_NUMBERS = "一二三四五六七八九十"


def _manner(told: Told) -> list[str]:
    """处理方式 (第十七条第一款第二项), and what is said of decisions by machine (第二十四条)."""
    ways = ["收集", "存储", "使用", "加工"]
    ways += dict.fromkeys(one.relation for one in told.recipients)
    return [
        f"{'、'.join([*ways, '删除'])}。由有权限的工作人员在客户系统里办理，手机、证件号等加密存储，按权限遮盖，"
        "查看被遮盖的内容、查看未成年人的信息和导出留有记录。",
        "客户系统不对您作自动化决策；要作的，我们先告知您，并提供不针对个人特征的选项或者拒绝的方式。",
    ]


def _sensitive(told: Told) -> list[str]:
    """What is sensitive, why it is needed, and what it may do (第二十八条, 第三十条); never denied where it can come in."""
    sensitive = [one for one in told.fields if one.is_sensitive]
    lines = []
    if sensitive:
        names = "、".join(one.label for one in sensitive)
        lines = [
            f"{names}是敏感个人信息，一旦泄露或者被非法使用，可能使您的人格尊严、人身或者财产安全受到损害。",
            *(line for one in sensitive for line in _impact(one, told.impacts.get(f"{one.record}.{one.code}"))),
            *_asked([one.label for one in sensitive if not one.rests_on_law]),
            *_by_law([one.label for one in sensitive if one.rests_on_law]),
        ]
    else:
        lines = ["除下面说明的以外，我们不主动收集敏感个人信息。"]
    if told.takes_files and not any(one.record == "file" for one in sensitive):
        lines.append(
            "您交给我们的合同、证明等文件里可能有证件号码、健康等敏感个人信息：发现以后，没有您的单独同意不使用。"
        )
    return [
        *lines,
        "不满十四周岁未成年人的个人信息都是敏感个人信息：只在为其提供产品和服务所必需时处理，泄露或者滥用可能影响其"
        "人身安全和成长，由父母或者其他监护人同意后才处理，查看要经过批准。",
    ]


def _asked(labels: Sequence[str]) -> list[str]:
    said = f"{'、'.join(labels)}：每一项都单独征求您的同意；不同意的，不影响您使用不需要它的产品和服务。"
    return [said] if labels else []


def _by_law(labels: Sequence[str]) -> list[str]:
    said = f"{'、'.join(labels)}：依照法律、行政法规的规定处理（法定职责、法定义务或者紧急情况），不征求同意。"
    return [said] if labels else []


def _impact(one: Field, known: Impact | None) -> list[str]:
    if known is not None:
        return [f"{one.label}：必要性——{known.necessity}；对您的影响——{known.impact}"]
    return [f"{one.label}：{one.note}"] if one.note else []


def _shared(recipients: Sequence[Recipient]) -> list[str]:
    if not recipients:
        return ["我们不向其他单位提供您的个人信息。"]
    return [
        f"{number}. {one.name}（{one.relation}）{f'，联系方式：{one.contact}' if one.contact else ''}："
        f"用于{'、'.join(PURPOSES[code] for code in one.purposes)}；处理方式：在客户系统里查看和使用；"
        f"信息种类：{'、'.join(one.fields) or '基本信息'}{'；另外取得您对它的单独同意' if one.asks else ''}"
        f"{'；您可以向其中任何一方行使权利' if one.is_joint else ''}"
        for number, one in enumerate(recipients, 1)
    ]


def _moved(fields: Sequence[Field]) -> list[str]:
    """第三十九条, 第二十二条."""
    leaving = "、".join(one.label for one in fields if one.may_leave)
    abroad = (
        f"{leaving}可能向境外提供：提供之前，另外告知境外接收方的名称、联系方式、目的、方式、种类和您行使权利的方法，"
        "并取得您的单独同意。"
        if leaving
        else "我们不向境外提供您的个人信息。"
    )
    return [
        abroad,
        "因合并、分立、解散等原因需要转移个人信息的，告知您接收方的名称和联系方式，由接收方继续履行这些义务。",
    ]


def _kept_for() -> list[str]:
    """保存期限 (第十七条第一款第二项, 网络数据安全管理条例 第二十一条第一款第三项), also of what outlives the rest."""
    return [
        "保存期限从您与我们的关系结束时起算，见上面各项；期满后删除或者匿名化，法律另有规定的从其规定。您的信息收集以后我们"
        "把期限改长的，仍然按收集时告知的期限。",
        f"为了防止丢失而做的备份是加密的，只存储，不作别的使用；已经删除的内容在备份里最多再留{BACKUP_DAYS}天，随旧的备份一起删除。"
        "其间要从备份恢复的，先补办删除和撤回才使用。",
        "同意、撤回、征求和答复的记录，在您的信息删除以后再保存3年，用来证明我们没有过错，期满销毁。",
        "您拒收商业信息的，拒收名单里不留号码本身，只留一个认得出这个手机、邮箱的索引，以及哪天、怎样提出、谁登记的，一直保存，"
        "只用来不再打扰您；登记时写下的凭据（录音、信件的编号）加密保存，随您的信息一起删除。",
        "您在网上给我们留言的，内容加密保存，办结时清除，没有办结的满6个月清除；办了什么一直保存。",
        "查看和导出的记录一直保存，里面没有看到的内容。",
    ]


def _rights(handler: Handler) -> list[str]:
    """第十五条, 第四十四条至第五十条; 消费者权益保护法实施条例 第二十四条."""
    asking = "通过上述联系方式提出" + (f"，或者在 {handler.writing} 给我们留言" if handler.writing else "")
    refusing = f"在 {handler.page} 选择拒收，或者{asking}" if handler.page else asking
    return [
        "您可以查阅、复制您的个人信息，要求转移、更正、补充、删除，要求我们解释说明这份告知；近亲属可以为自身的合法、正当"
        "利益对死者的个人信息行使查阅、复制、更正、删除的权利。",
        "您可以限制或者拒绝我们处理您的个人信息，法律、行政法规另有规定的除外。",
        f"不想再收到商业短信和电话的，{refusing}，我们立即停止。",
        "您可以随时撤回同意，可以只撤回其中一项，撤回和同意一样方便；撤回不影响撤回之前的处理。",
        f"办理方法：{asking}{f'，或者在 {handler.page} 用手机验证码直接查看和撤回' if handler.page else ''}。"
        "我们及时答复；不能办理的，说明理由，您可以依法向人民法院提起诉讼。",
        *([f"现行的告知和以前的各版公开在 {handler.notices}。"] if handler.notices else []),
    ]


def _of_minors(handler: Handler, fields: Sequence[Field]) -> list[str]:
    """The rules for children's information where the company handles it (第三十一条第二款)."""
    if handler.care is not None:
        people = [one for one in fields if one.record != CONTACT]
        needed = [f"{PERSON}.{code}" for code in RECORDS[PERSON].needed]
        return child_rules(handler.care, people, needed, _kept)
    said = "不满十四周岁的，由父母或者其他监护人同意后我们才处理其个人信息。"
    return [said + (f"儿童个人信息保护由{handler.children}负责。" if handler.children else "")]


def _line(number: int, field: Field) -> str:
    uses = "；".join(f"{PURPOSES[purpose]}（{Basis(basis).label}）" for purpose, basis in field.uses.items())
    asked = f"；{field.consent.label}" if field.asks_separately and not field.rests_on_law else ""
    return f"{number}. {field.label}：用于{uses}{asked}；保存期限：{_kept(field)}"


def _kept(field: Field) -> str:
    if RECORDS[field.record].goes_along:
        return "与您的其他信息相同，最后一项期满时一并删除"
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
