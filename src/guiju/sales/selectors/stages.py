"""The stages that an opportunity goes through, and why one is lost (销售阶段, 输单原因): built in, and a company's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from guiju.sales.models import Pipeline

WON_LABEL, LOST_LABEL = "赢单", "输单"
ERASED = "erased"
"""The reason of what ended with the deletion of its customer; nobody chooses it."""
MERGED = "merged"
"""The reason of a lead whose customer became one with another that had an open one; nobody chooses it."""


@dataclass(frozen=True)
class Stage:
    """One stage: `probability` is that of winning what stands in it, in percent."""

    code: str
    label: str
    probability: int


@dataclass(frozen=True)
class Reason:
    """Why something is lost; one that `is_offered` no more keeps its words for what was lost by it."""

    code: str
    label: str
    is_offered: bool = True


BUILT_IN = (
    Stage("lead", "意向", 10),
    Stage("contact", "初步接触", 20),
    Stage("need", "需求确认", 40),
    Stage("quote", "方案报价", 60),
    Stage("negotiation", "谈判", 80),
)
BUILT_IN_REASONS = (
    Reason("price", "价格"),
    Reason("rival", "选了竞争对手"),
    Reason("budget", "没有预算"),
    Reason("no_need", "需求取消"),
    Reason("no_answer", "联系不上"),
    Reason("product", "产品不合适"),
    Reason("other", "其他"),
)

_OWN_REASONS = {ERASED: "客户信息已删除", MERGED: "客户合并，并入另一条线索"}


@dataclass(frozen=True)
class Stages:
    """What holds in a company: its stages in their order, and its reasons."""

    stages: tuple[Stage, ...] = BUILT_IN
    reasons: tuple[Reason, ...] = BUILT_IN_REASONS

    @property
    def first(self) -> Stage:
        return self.stages[0]

    def __contains__(self, code: str) -> bool:
        return any(one.code == code for one in self.stages)

    def label(self, code: str) -> str:
        return next((one.label for one in self.stages if one.code == code), code)

    def from_on(self, code: str) -> list[str]:
        """The codes of a stage and of all behind it."""
        codes = [one.code for one in self.stages]
        return codes[codes.index(code) :] if code in codes else []

    @property
    def offered(self) -> Mapping[str, str]:
        return {one.code: one.label for one in self.reasons if one.is_offered}

    def reason(self, code: str) -> str:
        if code in _OWN_REASONS:
            return _OWN_REASONS[code]
        return next((one.label for one in self.reasons if one.code == code), code)


def stages_of(entity_id: UUID) -> Stages:
    """What holds in a company now; the built-in ones where it has set none."""
    found = Pipeline.objects.filter(entity_id=entity_id).first()
    if found is None:
        return Stages()
    return Stages(
        tuple(Stage(one["code"], one["label"], one["probability"]) for one in found.stages),
        tuple(Reason(one["code"], one["label"], one["is_offered"]) for one in found.reasons),
    )
