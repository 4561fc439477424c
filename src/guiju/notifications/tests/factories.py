"""Companies that reach the outside, and notices to send."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.notifications.models import Attempt, Channel, Notice, SmsText, Sort
from guiju.notifications.registry import NOTICES, NoticeKind, register_notice
from guiju.notifications.sealing import seal_secret
from guiju.notifications.services import Contact, NewNotice, post_notice
from guiju.notifications.services.sending import Post
from guiju.notifications.tests.gateway import SECRET, Gateway
from guiju.organisations.models import Entity, Member
from guiju.organisations.tests.factories import AT

CUSTOMER = NOTICES.get("tests.customer") or register_notice(
    NoticeKind(
        "tests.customer",
        "给客户的通知",
        "您的投诉有了进展",
        "{name}，您的投诉{number}已受理。",
        {"name": "张三", "number": "TS-001"},
        route=(Sort.SMS, Sort.SMTP),
        purpose="complaints",
    )
)
STAFF = NOTICES.get("tests.staff") or register_notice(
    NoticeKind("tests.staff", "给员工的通知", "{what}快到期了", "{what}明天到期。", {"what": "整改"}, button="去办理")
)
URGENT = NOTICES.get("tests.urgent") or register_notice(
    NoticeKind("tests.urgent", "给员工的急事", "{what}", "{what}", {"what": "整改"}, is_urgent=True)
)

_serial = count(1)


def set_channel(entity: Entity, sort: Sort, secret: str, **settings: Any) -> Channel:
    made = Channel(id=new_id(), entity=entity, sort=sort, settings=settings, changed_at=AT)
    made.secret = seal_secret(secret, entity=entity.pk, channel=made.pk)
    with scope(entities={entity.pk}):
        made.save(force_insert=True)
        record(Act("notifications.set_up_channel", None, AT), entity_id=entity.pk, subject=made)
    return made


def set_gateway(entity: Entity, found: Gateway, **settings: Any) -> Channel:
    return set_channel(entity, Sort.SMS, SECRET, url=found.url, **settings)


def open_sms(entity: Entity) -> Channel:
    """As though the company could send short messages; none leaves."""
    return set_channel(entity, Sort.SMS, SECRET, url="https://sms.example.cn/")


def approve_texts(entity: Entity, *kinds: str, state: str = SmsText.State.APPROVED) -> None:
    with scope(entities={entity.pk}):
        for kind in ("", *kinds):
            made = SmsText(entity=entity, kind=kind, code=f"T-{kind}", text="甲食品", state=state, changed_at=AT)
            made.save(force_insert=True)
            record(Act("notifications.set_sms_text", None, AT), entity_id=entity.pk, subject=made)


def tell(entity: Entity, *, at: datetime = AT, key: str = "", phone: str = "13800138000", email: str = "") -> Notice:
    number = next(_serial)
    wanted = NewNotice(
        CUSTOMER.code,
        entity.pk,
        key or f"tests:{number}",
        {"name": "张三", "number": f"TS-{number}"},
        contact=Contact("张三", phone, email),
    )
    with scope(entities={entity.pk}):
        return post_notice(wanted, Act("notifications.post_notice", None, at))


def tell_member(member: Member, kind: NoticeKind = URGENT, *, at: datetime = AT, key: str = "") -> Notice:
    wanted = NewNotice(
        kind.code, member.entity_id, key or f"tests:{next(_serial)}", {"what": "整改"}, member=member, url="/tasks/"
    )
    with scope(entities={member.entity_id}):
        return post_notice(wanted, Act("notifications.post_notice", None, at))


def send_all(*, at: datetime = AT) -> None:
    with Post(lambda: at) as post:
        post.pick_up()
        post.empty()


def again(notice: Notice) -> Notice:
    with scope(entities={notice.entity_id}):
        return Notice.objects.get(pk=notice.pk)


def attempts(notice: Notice) -> list[tuple[str, str]]:
    with scope(entities={notice.entity_id}):
        return list(Attempt.objects.filter(notice=notice).order_by("number").values_list("sort", "state"))
