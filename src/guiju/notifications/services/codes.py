"""Codes by short message (短信验证码): who types one holds the phone. They are shown on no page."""

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
from guiju.notifications.models import Code, Sort
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services.posting import Contact, NewNotice, post_notice

LASTS = timedelta(minutes=5)
MOST_TRIES = 5
PER_PHONE = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
PER_ORIGIN = ((timedelta(hours=1), 30), (timedelta(days=1), 100))
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
    with connection.cursor() as cursor:
        # Two requests at once must not both be the first.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(held[:8], signed=True)])
    for field, value, limits in (("phone", held, PER_PHONE), ("origin", place, PER_ORIGIN)):
        for span, most in limits:
            if Code.objects.filter(**{field: value}, made_at__gt=at - span).count() >= most:
                raise Refused("code_often", f"验证码发得太频繁，请{_words(span)}再试", field="phone")
    Code.objects.filter(entity_id=entity_id, made_at__lt=at - KEPT).delete()
    word = f"{secrets.randbelow(10**6):06}"
    made = Code(id=new_id(), entity_id=entity_id, purpose=purpose, phone=held, origin=place, made_at=at)
    made.digest = _digest(f"code/{made.pk}", word)
    made.save(force_insert=True)
    values = {"code": word, "minutes": str(LASTS // timedelta(minutes=1))}
    wanted = NewNotice(CODE.code, entity_id, f"code:{made.pk}", values, contact=Contact(phone=number))
    post_notice(wanted, Act("notifications.post_code", None, at))
    return made.pk


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
