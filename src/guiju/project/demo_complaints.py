"""Complaints in every state, in the companies that sell (演示投诉)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from guiju.complaints.models import Complaint
from guiju.complaints.services import handling
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import Key, say_more
from guiju.complaints.services.intake import Complained, TakenIn, receive_complaint
from guiju.database.scope import scope
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting

_STORIES = (
    ("收到的时候外包装破了，里面的也坏了两个，要求换货", "陈女士", "13800010001", "exchange", 1),
    ("买的时候说七天内可以退，现在客服说不行", "周先生", "13800010002", "refund", 2),
    ("送货比说好的晚了三天，没有人打电话说明", "吴女士", "13800010003", "apology", 4),
    ("页面上写的和实物不一样", "", "", "", 6),
)
"""Text, name, phone, wish, and how many days ago. All invented."""


def load_complaints(companies: Sequence[Entity], people: Sequence[Member], *, at: datetime) -> None:
    """One that waits for a decision, one in hand, one answered, one closed."""
    for company in companies:
        agent = next((one for one in people if one.entity_id == company.pk and one.title == "客服"), None)
        if agent is not None:
            _load(company, agent, at)


def _load(company: Entity, agent: Member, at: datetime) -> None:
    taken = []
    for story in reversed(_STORIES):
        taken.append(_complain(company, *story, at=at))
        care_for_complaints(at=taken[-1].complaint.made_at)
    third, second, first, _ = taken
    decided = (first, second, third)
    with acting(agent):
        for one in decided:
            handling.accept_complaint(complaint_id=one.complaint.pk, actor=agent, at=_after(one, 2))
    with scope(entities={company.pk}):
        key = Key(first.complaint.number, first.code)
        say_more(key=key, text="订单是上周的，发票可以拍给你们", at=_after(first, 3))
    with acting(agent):
        for one in (second, third):
            words = "已核对，是仓库发货晚了，向您道歉，退运费并送一张优惠券"
            handling.answer_complaint(complaint_id=one.complaint.pk, text=words, actor=agent, at=_after(one, 5))
        how = handling.Closing("运费已退，页面已更正", "电话里表示同意")
        handling.close_complaint(complaint_id=third.complaint.pk, how=how, actor=agent, at=_after(third, 20))


def _complain(company: Entity, text: str, name: str, phone: str, wish: str, days: int, *, at: datetime) -> TakenIn:
    with scope(entities={company.pk}):
        return receive_complaint(
            entity_id=company.pk,
            said=Complained(text, name=name, phone=phone, wish=wish),
            channel=Complaint.Channel.PAGE,
            origin="",
            at=at - timedelta(days=days),
        )


def _after(one: TakenIn, hours: int) -> datetime:
    return one.complaint.received_at + timedelta(hours=hours)
