"""A company sets up how it reaches the outside (设置通知渠道): channels, and what its provider has approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.notifications.channels import SENDERS, BadSettings
from guiju.notifications.models import Channel, SmsText, Sort
from guiju.notifications.registry import NOTICES
from guiju.notifications.sealing import open_secret, seal_secret
from guiju.notifications.services.wordings import words_forbidden
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


@transaction.atomic
def set_up_channel(
    *, entity_id: UUID, sort: Sort, values: Mapping[str, Any], secret: str, actor: Member, at: datetime
) -> Channel:
    """Set up a channel of a company, or change it (设置通知渠道); an empty secret keeps the one that is there.

    It goes only where it went before: whoever names another place has to know it. Raises `Refused` with
    the setting that can't work.
    """
    require(actor, "channel.set_up", on=entity_id)
    with scope_with(entity_id):
        known = (
            Channel.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, sort=sort, ended_at=None)
            .first()
        )
        channel = known or Channel(id=new_id(), entity_id=entity_id, sort=sort)
        if not secret and known is not None:
            try:
                secret = open_secret(bytes(known.secret), entity=entity_id, channel=known.pk)
            except Unsealable:
                raise Refused("secret_lost", "原来的密钥打不开了，请重新填写", field="secret") from None
            if secret and _place(known.settings) != _place(values):
                raise Refused("secret_again", "接收的地方变了，请重新填写密钥", field="secret")
        try:
            SENDERS[sort](values, secret)
        except BadSettings as bad:
            raise Refused("channel_settings", bad.sentence, field=bad.field) from bad
        channel.settings, channel.changed_at = dict(values), at
        channel.secret = seal_secret(secret, entity=entity_id, channel=channel.pk)
        channel.save(force_insert=known is None)
        record(Act("notifications.set_up_channel", actor, at), entity_id=entity_id, subject=channel)
    return channel


_HARMLESS = frozenset({"sender_name", "kinds"})
"""Settings that change neither where a secret goes nor how."""


def _place(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _HARMLESS and value not in ("", None)}


@transaction.atomic
def end_channel(*, entity_id: UUID, sort: Sort, actor: Member, at: datetime) -> Channel:
    """Stop using a channel of a company (停用通知渠道)."""
    require(actor, "channel.set_up", on=entity_id)
    with scope_with(entity_id):
        channel = (
            Channel.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, sort=sort, ended_at=None)
            .first()
        )
        if channel is None:
            raise Missing("channel_missing", f"这家公司没有设置{sort.label}")
        channel.ended_at = at
        channel.save(update_fields=["ended_at"])
        record(Act("notifications.end_channel", actor, at), entity_id=entity_id, subject=channel)
    return channel


@dataclass(frozen=True)
class Approved:
    """What the provider says of a signature (no kind) or a template."""

    kind: str
    text: str
    state: SmsText.State
    code: str = ""
    note: str = ""
    balance: int | None = None


@transaction.atomic
def set_sms_text(*, entity_id: UUID, wanted: Approved, actor: Member, at: datetime) -> SmsText:
    """Register what the provider holds of a company (登记短信签名与模板): its text, number there, and state."""
    require(actor, "channel.set_up", on=entity_id)
    text = wanted.text.strip().removeprefix("【").removesuffix("】") if not wanted.kind else wanted.text.strip()
    kind = NOTICES.get(wanted.kind)
    if wanted.kind and (kind is None or Sort.SMS not in kind.route):
        raise Refused("smstext_kind", "这种通知不发短信", field="kind")
    if not text:
        raise Refused("smstext_text", "请填写服务商审核的内容", field="text")
    if len(text) > (500 if wanted.kind else 20):
        raise Refused("smstext_long", "模板最多500个字，签名最多20个字", field="text")
    if wanted.kind and wanted.state == SmsText.State.APPROVED and not wanted.code.strip():
        raise Refused("smstext_code", "已通过的模板要填写服务商给的模板编号", field="code")
    if kind is not None and (sentences := words_forbidden(kind, [text], actor, day_of(at))):
        raise Refused.because([Problem("smstext_forbidden", sentence, "text") for sentence in sentences])
    with scope_with(entity_id):
        known = (
            SmsText.objects.select_for_update(of=("self",))
            .filter(entity_id=entity_id, kind=wanted.kind, ended_at=None)
            .first()
        )
        made = known or SmsText(id=new_id(), entity_id=entity_id, kind=wanted.kind)
        made.text, made.code, made.state = text, wanted.code.strip()[:60], wanted.state
        made.balance = None if wanted.kind else wanted.balance
        made.note, made.changed_at = wanted.note.strip()[:200], at
        made.save(force_insert=known is None)
        record(Act("notifications.set_sms_text", actor, at), entity_id=entity_id, subject=made)
    return made
