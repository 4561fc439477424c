"""Which clocks run for a complaint, each with its ground (投诉的期限).

Two kinds that are never mixed: the house's own, and the law's. What binds the authority (市场监督管理投诉举报处理办法
第十五条, seven working days) is watched where a case came through it, and is no deadline of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from guiju.complaints.models import Complaint
from guiju.deadlines.models import Duty
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.deadlines import CIVIL_CODE, MARKET_COMPLAINTS, CountingRule


@dataclass(frozen=True)
class Clock:
    """One clock: for how long, on which ground, and how its statute counts."""

    kind: str
    label: str
    period: Period
    basis: Duty.Basis
    article: str
    rule: CountingRule = CIVIL_CODE
    may_pause: str = ""


DECIDE = Clock(
    "complaints.decide",
    "决定是否受理",
    Period(7, Unit.WORKING_DAYS),
    Duty.Basis.INTERNAL,
    "收到投诉七个工作日内决定是否受理并告知（内部规则：法律对经营者没有规定天数，七个工作日是市场监管部门的期限）",
)
SETTLE = Clock(
    "complaints.settle",
    "办结投诉",
    Period(5, Unit.DAYS),
    Duty.Basis.INTERNAL,
    "五日内办结的目标（内部规则）",
    may_pause="等待消费者寄回商品，或者等待检验结果",
)
"""The only clock that may stand still: it is our own, and we made its rule."""
REMEDY = Clock(
    "complaints.remedy",
    "答应合理的退货、换货、修理、退款或赔偿",
    Period(15, Unit.DAYS),
    Duty.Basis.STATUTORY,
    "侵害消费者权益行为处罚办法第八条（文本待核）：商品或者服务不符合质量要求的，自消费者提出要求之日起"
    "无正当理由超过十五日，视为故意拖延或者无理拒绝；是不是质量问题由经办人判断，其他的只作提醒",
)
"""The wish alone doesn't say whether the goods were at fault, and only then the statute counts from the day of the wish."""
PLATFORM = Clock(
    "complaints.platform",
    "在全国12315平台处理完",
    Period(10, Unit.WORKING_DAYS),
    Duty.Basis.INTERNAL,
    "全国12315平台在线消费纠纷解决（ODR）十个工作日（内部规则：平台的约定，没有查到法规条文）",
)
AUTHORITY = Clock(
    "complaints.authority",
    "监管部门决定是否受理",
    Period(7, Unit.WORKING_DAYS),
    Duty.Basis.AUTHORITY,
    "市场监督管理投诉举报处理办法第十五条",
    MARKET_COMPLAINTS,
)

RETURNED = Clock(
    "complaints.refund",
    "退回商品以后退款",
    Period(7, Unit.DAYS),
    Duty.Basis.STATUTORY,
    "消费者权益保护法第二十五条",
)
RETURNED_OTHERWISE = replace(RETURNED, basis=Duty.Basis.INTERNAL, article="内部规则：收到退货后七日内退款")
"""The statute counts for who sends back without a reason; where there is an order, its own clock runs instead."""

LETTER = Clock(
    "complaints.letter",
    "答复监管来函",
    Period(1, Unit.DAYS),
    Duty.Basis.INTERNAL,
    "来函要求的日期",
)
"""Until when the letter wants an answer: its period and its words come from the letter, and no statute is named."""

ALL = (DECIDE, SETTLE, REMEDY, PLATFORM, AUTHORITY, RETURNED, LETTER)

_REMEDIES = frozenset(
    {Complaint.Wish.REFUND, Complaint.Wish.EXCHANGE, Complaint.Wish.REPAIR, Complaint.Wish.COMPENSATION}
)


def clocks_of(complaint: Complaint) -> Iterator[Clock]:
    """Those that begin when a complaint is received."""
    if complaint.kind == Complaint.Kind.CONSUMER:
        yield DECIDE
        yield SETTLE
    elif complaint.kind == Complaint.Kind.TRANSFER:
        yield AUTHORITY
    if complaint.channel == Complaint.Channel.PLATFORM:
        yield PLATFORM
    if complaint.wish in _REMEDIES:
        yield REMEDY
