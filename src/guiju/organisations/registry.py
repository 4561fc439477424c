"""What there is to have rights on (资源与操作): parts register theirs; matrix, explanation and oracle read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from guiju.evidence.services import Act
    from guiju.organisations.models import Member, User

THREE_ADMINISTRATORS = {
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
}
"""三员: no person holds two of them, and whoever holds one holds no other role."""

PURPOSES = {
    "compliance": "合规检查",
    "legal": "法务",
    "complaints": "投诉处理",
    "archives": "档案保管",
    "service": "客户服务",
    "sales": "销售跟进",
    "orders": "订单履行",
    "marketing": "营销",
}
"""What personal information is handled for, and what one company may see another's records for (处理目的)."""

SHARED_SERVICES = ("legal", "complaints", "compliance", "archives")
"""集团共享服务: what a headquarters usually does for its companies, entrusted by each."""


class Treatment(StrEnum):
    """How a field is shown (字段权限): 明文, 脱敏, 不显示."""

    CLEAR = "clear"
    MASKED = "masked"
    HIDDEN = "hidden"

    @property
    def label(self) -> str:
        return {"clear": "明文", "masked": "脱敏", "hidden": "不显示"}[self.value]


class Kind(StrEnum):
    """Whose a record is.

    Structure is known within the group; business records belong to one legal person, and another
    one sees them only by a relation between the two (个人信息保护法 第二十条至第二十三条).
    """

    STRUCTURE = "structure"
    BUSINESS = "business"


@dataclass(frozen=True)
class Field:
    """A field with a treatment of its own; `mask` makes the masked form of its text."""

    label: str
    mask: Callable[[str], str]


@dataclass(frozen=True)
class Resource:
    """One kind of record.

    `actions` maps each action to the words that refusals and the matrix use. `purposes` are those
    of which a relation must name one before it opens records of this kind. `reserved` maps an
    action to the administrators' roles that alone may hold it (三员分立).
    """

    code: str
    label: str
    kind: Kind
    actions: Mapping[str, str]
    purposes: frozenset[str] = frozenset()
    fields: Mapping[str, Field] = field(default_factory=dict)
    reserved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


RESOURCES: dict[str, Resource] = {}

RIGHTS: dict[str, str] = {}
"""Every right there is, resource.action, in the words that refusals and the matrix use."""

RESERVED: dict[str, tuple[str, ...]] = {}
"""Right to the administrators' roles that alone may hold it."""


def register_resource(resource: Resource) -> Resource:
    """Add a kind of record to the matrix; a right that is registered twice is a fault."""
    for action, words in resource.actions.items():
        right = f"{resource.code}.{action}"
        if right in RIGHTS:
            raise ValueError(f"right registered twice: {right}")
        RIGHTS[right] = words
    RESERVED.update({f"{resource.code}.{action}": roles for action, roles in resource.reserved.items()})
    RESOURCES[resource.code] = resource
    return resource


def resource_of(right: str) -> Resource:
    """The resource that a right speaks of; raises `ValueError` for a right that isn't registered."""
    if right not in RIGHTS:
        raise ValueError(f"no such right: {right}")
    return RESOURCES[right.split(".")[0]]


def openable_fields() -> dict[str, str]:
    """The fields of business records that a relation can open, with their labels."""
    return {
        f"{resource.code}.{name}": f"{resource.label}：{field.label}"
        for resource in RESOURCES.values()
        if resource.kind is Kind.BUSINESS
        for name, field in resource.fields.items()
    }


BECOMING_ADMINISTRATOR: list[Callable[[User, datetime], None]] = []
"""What ends when somebody is made one of the three: other ways in, sessions. Parts above add theirs."""


@dataclass(frozen=True)
class Holding:
    """Something that a member has in hand and that another takes over when they leave (交接).

    `count` says how much of it; `hand_over` moves it from the first member to the second within an act. What can be
    let go of instead, for whoever takes it, has `release`, and where to it goes in words.
    """

    label: str
    count: Callable[[Member], int]
    hand_over: Callable[[Member, Member, Act], None]
    release: Callable[[Member, Act], None] | None = None
    release_to: str = ""


HOLDINGS: list[Holding] = []
"""Parts register what their members hold."""
