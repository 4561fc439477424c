"""Complaints in every state, in the companies that sell (演示投诉)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from guiju.complaints.models import Complaint
from guiju.complaints.services import handling
from guiju.complaints.services.care import care_for_complaints
from guiju.complaints.services.complainant import Key, say_more
from guiju.complaints.services.groups import tie_cases
from guiju.complaints.services.intake import Complained, TakenIn, receive_complaint
from guiju.complaints.services.letters import Received, Reply, add_letter, draft_reply
from guiju.complaints.services.remedies import Offer, note_agreement, offer_remedy
from guiju.complaints.services.snippets import Words, put_snippet
from guiju.database.scope import scope
from guiju.kernel.calendar.clock import day_of
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
        _work_on(first, second, agent, at)


def _work_on(first: TakenIn, second: TakenIn, agent: Member, at: datetime) -> None:
    """What was offered and agreed, two that are about one thing, a letter of an authority, words for answers."""
    one, other = first.complaint.pk, second.complaint.pk
    offer_remedy(
        complaint_id=one, offer=Offer("exchange", "换一盒新的，快递上门取旧的"), actor=agent, at=_after(first, 4)
    )
    offer_remedy(complaint_id=other, offer=Offer("other", "送一张优惠券"), actor=agent, at=_after(second, 6))
    note_agreement(complaint_id=other, how="电话里同意", actor=agent, at=_after(second, 7))
    tie_cases(complaint_ids=[one, other], title="发货和包装", actor=agent, at=at)
    words = Words("正在核实", "{称呼}，您的投诉{编号}我们正在核实，{期限}前答复您。")
    put_snippet(words=words, actor=agent, at=at)
    today = day_of(at)
    letter = add_letter(
        said=Received(
            "inquiry",
            "上城区市场监督管理局",
            today - timedelta(days=2),
            "请说明近期包装破损投诉的处理情况，并附整改材料。",
            "杭上市监询〔2026〕8号",
            today + timedelta(days=8),
        ),
        actor=agent,
        at=at,
    )
    reply = Reply(
        "关于包装破损投诉处理情况的复函",
        "贵局来函收悉。现将有关情况函复如下：\n一、投诉均已受理，正在换货。",
        attachments=["投诉清单"],
    )
    draft_reply(complaint_id=letter.complaint_id, reply=reply, actor=agent, at=at)


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
