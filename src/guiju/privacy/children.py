"""The rules of a company for children's information, as its notice tells them (专门的个人信息处理规则).

个人信息保护法 第三十一条第二款 asks for such rules; what is told follows 儿童个人信息网络保护规定 第十条. All of it
comes from the catalogue, or from what the company wrote down: nothing is said that the program doesn't do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from guiju.organisations.registry import PURPOSES
from guiju.privacy.fields import Field
from guiju.privacy.terms import MARKETING


@dataclass(frozen=True)
class ChildCare:
    """What a company that handles children's information says beside its catalogue."""

    responsible: str
    stored_in: str
    withdraw_at: str
    contact: str
    treats_unknown_as_children: bool


def child_rules(
    care: ChildCare, fields: Sequence[Field], needed: Collection[str], kept: Callable[[Field], str]
) -> list[str]:
    """The section, a line a sentence or a row; `fields` are those about persons, `needed` (record.code) those without
    which nobody is registered, `kept` says how long one is."""
    basics = "、".join(one.label for one in fields if f"{one.record}.{one.code}" in needed)
    sealed = "、".join(one.label for one in fields if one.is_sealed)
    unknown = "年龄不明的学员按儿童对待。" if care.treats_unknown_as_children else ""
    return [
        "这一部分是不满十四周岁的儿童的个人信息处理规则（个人信息保护法第三十一条）。"
        f"父母或者其他监护人同意以后，我们才处理儿童的个人信息，监护人可以拒绝。{unknown}",
        "处理的目的和范围，逐项征求监护人的同意：",
        *(
            f"{one.label}：用于{'、'.join(PURPOSES[code] for code in uses)}；保存期限：{kept(one)}"
            for one in fields
            if (uses := [code for code in one.uses if code != MARKETING])
        ),
        "我们不征求对营销的同意（内部规则）。",
        f"存储的地点：{care.stored_in}。期满后删除或者匿名化，法律另有规定的从其规定。",
        "安全保障措施："
        + (f"{sealed}加密存储；" if sealed else "")
        + "工作人员查看未成年人的信息要经审批，每次查看都有记录（未成年人网络保护条例第三十六条）。",
        f"拒绝的后果：不同意{basics}的，我们无法登记和提供服务；其余的不同意，只是不保存、不使用那一项。",
        f"怎样撤回：在征求同意的链接里{f'，或者凭登记的手机在 {care.withdraw_at} ' if care.withdraw_at else ''}随时撤回；"
        f"也可以联系我们：{care.contact}。",
        f"投诉、举报：{care.contact}。儿童个人信息保护由{care.responsible}负责。",
    ]
