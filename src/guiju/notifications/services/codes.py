"""Codes by short message (短信验证码): who types one holds the phone. They are shown on no page.

The limits hold for the whole group: whom a dozen companies write to at once is written to a dozen times.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from guiju.database.models import new_id
from guiju.database.scope import require_scope
from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid
from guiju.kernel.identifiers import phone as mobile
from guiju.notifications.models import Code, CodeRequest, Sort
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services.posting import Contact, NewNotice, post_notice

LASTS = timedelta(minutes=5)
MOST_TRIES = 5
PER_PHONE = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
PER_ORIGIN = ((timedelta(hours=1), 30), (timedelta(days=1), 100))
A_DAY = 20_000
"""Of all together: short messages cost money, and some ask for them from a thousand addresses."""
KEPT = timedelta(days=2)
"""The limits look back one day; what is older goes."""

CODE = register_notice(
    NoticeKind(
        "notifications.code",
        "短信验证码",
        "短信验证码",
        "验证码{code}，{minutes}分钟内有效，请勿告诉他人。",
        {"code": "280417", "minutes": "5"},
        route=(Sort.SMS,),
        secret=frozenset({"code"}),
        purpose="service",
    )
)


@transaction.atomic
def send_code(*, entity_id: UUID, purpose: str, phone: str, origin: str, at: datetime) -> UUID:
    """Send a code to a phone, for one purpose of a company (发出验证码); `origin` is where the asker comes from.

    Raises `Refused` for what is no mobile number, and when too many were asked for.
    """
    require_scope()
    number = _number(phone)
    held, place = _digest("phone", number), _digest("origin", origin)
    _count(held, place, at)
    Code.objects.filter(entity_id=entity_id, made_at__lt=at - KEPT).delete()
    word = f"{secrets.randbelow(10**6):06}"
    made = Code(id=new_id(), entity_id=entity_id, purpose=purpose, phone=held, made_at=at)
    made.digest = _digest(f"code/{made.pk}", word)
    made.save(force_insert=True)
    values = {"code": word, "minutes": str(LASTS // timedelta(minutes=1))}
    wanted = NewNotice(
        CODE.code, entity_id, f"code:{made.pk}", values, contact=Contact(phone=number), valid_until=at + LASTS
    )
    post_notice(wanted, Act("notifications.post_code", None, at))
    return made.pk


def _count(held: bytes, place: bytes, at: datetime) -> None:
    """Note that a code was asked for; raises `Refused` when it was too often."""
    with connection.cursor() as cursor:
        # Two requests at once must not both be the first; in one order, or they would wait for each other.
        for lock in sorted(int.from_bytes(one[:8], signed=True) for one in (held, place)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
    for field, value, limits in (("phone", held, PER_PHONE), ("origin", place, PER_ORIGIN)):
        for span, most in limits:
            if CodeRequest.objects.filter(**{field: value}, at__gt=at - span).count() >= most:
                raise Refused("code_often", f"验证码发得太频繁，请{_words(span)}再试", field="phone")
    if CodeRequest.objects.filter(at__gt=at - timedelta(days=1)).count() >= A_DAY:
        raise Refused("code_often", "今天发出的验证码太多，请明天再试", field="phone")
    CodeRequest.objects.filter(at__lt=at - KEPT).delete()
    CodeRequest(phone=held, origin=place, at=at).save(force_insert=True)


@transaction.atomic
def check_code(*, entity_id: UUID, purpose: str, phone: str, code: str, at: datetime) -> bool:
    """Use up the newest code that a phone was sent for a purpose (核对验证码); whether this is the one.

    A wrong one returns False and raises nothing: the try has to be committed to be counted. Raises
    `Refused` when there is none any more that could be right.
    """
    require_scope()
    newest = (
        Code.objects.select_for_update(of=("self",))
        .filter(entity_id=entity_id, purpose=purpose, phone=_digest("phone", _number(phone)))
        .order_by("-made_at", "-pk")
        .first()
    )
    if newest is None or newest.used_at or at > newest.made_at + LASTS or newest.tries >= MOST_TRIES:
        raise Refused("code_over", "验证码已失效，请重新获取", field="code")
    is_right = constant_time_compare(bytes(newest.digest), _digest(f"code/{newest.pk}", code.strip()))
    if is_right:
        newest.used_at = at
    else:
        newest.tries += 1
    newest.save(update_fields=["used_at", "tries"])
    return is_right


def _number(text: str) -> str:
    try:
        return mobile.check(text)
    except Invalid as invalid:
        raise Refused("phone_invalid", invalid.sentence, field="phone") from None


def _digest(what: str, text: str) -> bytes:
    return salted_hmac(f"guiju.notifications.codes/{what}", text, algorithm="sha256").digest()


def _words(span: timedelta) -> str:
    if span < timedelta(hours=1):
        return f"{span // timedelta(minutes=1)}分钟后"
    return f"{span // timedelta(hours=1)}小时后" if span < timedelta(days=1) else "明天"
