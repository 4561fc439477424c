"""Who complained is told, by short message and on the page of the case (告知投诉人)."""

from __future__ import annotations

from django.conf import settings

from guiju.complaints.models import Complaint
from guiju.evidence.services import Act
from guiju.keys.values import sealed_values
from guiju.notifications.models import Sort
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services.posting import Contact, NewNotice, post_notice
from guiju.organisations.models import Entity

_SAMPLE = {"company": "东方食品有限公司", "number": "TS261129-7K3Q4M8-X2V1", "link": "https://example.com/complaint/…"}


_SMS = (Sort.SMS,)

RECEIVED = register_notice(
    NoticeKind(
        "complaints.received",
        "收到投诉的确认",
        "收到投诉的确认",
        "{company}已收到您的投诉，编号{number}。进度和留言：{link}",
        _SAMPLE,
        route=_SMS,
        purpose="complaints",
    )
)
ACCEPTED = register_notice(
    NoticeKind(
        "complaints.accepted",
        "受理投诉的告知",
        "受理投诉的告知",
        "您的投诉{number}，{company}已受理，期限{due}。进度和留言：{link}",
        _SAMPLE | {"due": "12月3日"},
        route=_SMS,
        purpose="complaints",
    )
)
REFUSED = register_notice(
    NoticeKind(
        "complaints.refused",
        "不予受理的告知",
        "不予受理的告知",
        "您的投诉{number}，{company}不予受理，理由和其他途径见：{link}",
        _SAMPLE,
        route=_SMS,
        purpose="complaints",
    )
)
PROGRESS = register_notice(
    NoticeKind(
        "complaints.progress",
        "投诉进度告知",
        "投诉进度告知",
        "您的投诉{number}：{news}。{company}，详情：{link}",
        _SAMPLE | {"news": "正在与仓库核对"},
        route=_SMS,
        purpose="complaints",
    )
)
ANSWERED = register_notice(
    NoticeKind(
        "complaints.answered",
        "投诉的答复",
        "投诉的答复",
        "您的投诉{number}，{company}已答复，请查看并说明是否同意：{link}",
        _SAMPLE,
        route=_SMS,
        purpose="complaints",
    )
)
CLOSED = register_notice(
    NoticeKind(
        "complaints.closed",
        "投诉办结的告知",
        "投诉办结的告知",
        "您的投诉{number}，{company}已办结，请评价：{link}",
        _SAMPLE,
        route=_SMS,
        purpose="complaints",
    )
)
TOLD = register_notice(
    NoticeKind(
        "complaints.told",
        "投诉的新消息",
        "投诉的新消息",
        "您的投诉{number}，{company}有新的消息：{link}",
        _SAMPLE,
        route=_SMS,
        purpose="complaints",
    )
)


def address_of(complaint: Complaint) -> str:
    """Where the case is seen by who has its code."""
    code = sealed_values(complaint, "sealed").get("code", "")
    return f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/complaint/{complaint.number}/{code}/"


def tell(complaint: Complaint, kind: NoticeKind, occasion: str, act: Act, **values: str) -> bool:
    """Tell who complained of something, once for each occasion; False where there is no phone to tell it to.

    The page of the case shows it all the same. To a phone whose complaint is doubted only what people decided goes.
    """
    said = sealed_values(complaint, "sealed")
    phone = str(said.get("phone", ""))
    if not phone or (complaint.is_doubtful and kind.code == "complaints.received"):
        return False
    company = Entity.objects.only("name").get(pk=complaint.entity_id)
    words = {"company": company.name, "number": complaint.number, "link": address_of(complaint), **values}
    post_notice(
        NewNotice(
            kind.code,
            complaint.entity_id,
            f"{kind.code}:{complaint.pk}:{occasion}",
            words,
            contact=Contact(name=str(said.get("name", "")), phone=phone),
        ),
        act,
    )
    return True
