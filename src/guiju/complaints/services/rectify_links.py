"""Who has no account mends by a link and a code (整改链接): departments and suppliers; only digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from guiju.complaints.models import Rectification, RectificationStep
from guiju.complaints.numbers import digest_of_code, new_code
from guiju.complaints.services.mending import note
from guiju.complaints.services.rectifying import Mended, locked_task, put_in
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.services.ending import every_company
from guiju.organisations.models import Member

LASTS = timedelta(days=14)
MOST_TRIES = 10
_MISSING = "没有这个链接，或者已经过期：请向发给您的人要一个新的"


@dataclass(frozen=True)
class Link:
    """The address and the code, which go different ways; shown once."""

    address: str
    code: str
    until: datetime


@transaction.atomic
def give_link(*, rectification_id: UUID, whom: str, actor: Member, at: datetime) -> Link:
    """Make a link and a code for who has no account (发给没有账号的人); an earlier one opens nothing any more."""
    found = locked_task(rectification_id, actor, at)
    name = " ".join(whom.split())
    if not name or len(name) > 60 or not name.isprintable():
        raise Refused("whom", "请写明发给谁，1到60个字", field="whom")
    if found.is_ended:
        raise Refused("rectification_state", f"这项整改{found.get_state_display()}")
    secret, code = secrets.token_urlsafe(24), new_code()
    with scope_with(found.entity_id):
        found.link_digest, found.code_digest = _digest(secret), digest_of_code(code)
        found.link_until, found.link_tries = at + LASTS, 0
        found.save(update_fields=["link_digest", "code_digest", "link_until", "link_tries"])
        note(found, RectificationStep.Kind.LINKED, Act("complaints.give_link", actor, at), text=f"发给：{name}")
    return Link(f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/rectify/{secret}/", code, found.link_until)


def company_of_link(secret: str, *, at: datetime) -> UUID:
    """Whose task a link opens; asked before any scope is set. Raises `Missing`."""
    digest = _digest(secret)
    for chunk in every_company():
        with scope(entities=chunk):
            found = Rectification.objects.filter(link_digest=digest, link_until__gt=at).first()
        if found is not None:
            return found.entity_id
    raise Missing("link_missing", _MISSING)


@transaction.atomic
def opened_task(*, secret: str, code: str, at: datetime) -> Rectification | None:
    """The task, or None for a wrong code, which is counted; in the company's scope. Raises `Missing`, `Refused`."""
    rows = Rectification.objects.select_for_update(of=("self",)).filter(link_digest=_digest(secret), link_until__gt=at)
    found = rows.first()
    if found is None:
        raise Missing("link_missing", _MISSING)
    if found.link_tries >= MOST_TRIES:
        raise Refused("code_often", "输错的次数太多，这个链接不能再用：请向发给您的人要一个新的")
    if not constant_time_compare(bytes(found.code_digest or b""), digest_of_code(code)):
        found.link_tries += 1
        found.save(update_fields=["link_tries"])
        return None
    return found


@transaction.atomic
def answer_task(*, secret: str, code: str, said: Mended, at: datetime) -> Rectification | None:
    """Write plan, measures and proof without an account (凭链接填写整改); None for a wrong code."""
    found = opened_task(secret=secret, code=code, at=at)
    return put_in(found, said, Act("complaints.answer_task", None, at)) if found else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"guiju/rectify-link/1\x00" + secret.encode()).digest()
