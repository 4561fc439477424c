"""What may not be used any more, and can't be deleted yet, is stored and nothing else (仅存储, 个人信息保护法 第四十七条第二款)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.archives.services.holds import reason_of
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.privacy.models import Subject
from guiju.privacy.registry import RECORDS
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.services.endings import announce_frozen


@transaction.atomic
def freeze_subject(
    *, subject_id: UUID, fields: Sequence[str] = (), reason: str, actor: Member, at: datetime
) -> Subject:
    """Let nothing of a person be used, or nothing of some fields (record.code) of theirs (冻结，仅存储)."""
    subject, reason = _locked(subject_id, actor), reason_of(reason)
    with scope_with(subject.entity_id):
        known = {f"{kind}.{code}" for kind, found in catalogue_of(subject.entity_id).items() for code in found}
        if unknown := sorted(set(fields) - known):
            raise Refused("field_missing", f"字段台账里没有“{unknown[0][:40]}”", field="fields")
        if subject.frozen_at or (fields and set(fields) <= subject.frozen_fields.keys()):
            raise Refused("frozen_already", "已经是仅存储")
        if fields:
            frozen = {name: {"since": at.isoformat(), "because": reason} for name in fields}
            subject.frozen_fields = {**frozen, **subject.frozen_fields}
        else:
            subject.frozen_at, subject.frozen_because = at, reason
        act = Act("privacy.freeze_subject", actor, at, (), reason)
        announce_frozen(subject, fields, act)
        return _written(subject, act)


@transaction.atomic
def unfreeze_subject(
    *, subject_id: UUID, fields: Sequence[str] = (), reason: str, actor: Member, at: datetime
) -> Subject:
    """Let a person's values be used again (解冻), or some fields of theirs."""
    subject, reason = _locked(subject_id, actor), reason_of(reason)
    if fields and not set(fields) <= subject.frozen_fields.keys():
        raise Refused("not_frozen", "这些字段不是仅存储", field="fields")
    if not fields and subject.frozen_at is None:
        raise Refused("not_frozen", "这位客户不是仅存储")
    if fields:
        subject.frozen_fields = {name: one for name, one in subject.frozen_fields.items() if name not in fields}
    else:
        subject.frozen_at, subject.frozen_because = None, ""
    with scope_with(subject.entity_id):
        return _written(subject, Act("privacy.unfreeze_subject", actor, at, (), reason))


def store_only(subject_id: UUID, fields: Sequence[str], because: str, act: Act) -> None:
    """Let these fields only be stored, for services that have asked permission; those that are so already stay so."""
    found = Subject.objects.select_for_update().get(pk=subject_id)
    frozen = {name: {"since": act.at.isoformat(), "because": because} for name in fields}
    found.frozen_fields = {**frozen, **found.frozen_fields}
    _written(found, act)
    announce_frozen(found, fields, act)


def refuse_frozen(subject: Subject | None, record: str = "") -> None:
    """Raise `Refused` where a person's data may only be stored, or what is kept of them in one kind of record."""
    if subject is not None and (subject.frozen_at or subject.erased_at):
        raise Refused("subject_frozen", "这位客户的信息仅存储，不能修改（个人信息保护法第四十七条）：先解冻")
    if subject is not None and record and subject.has_frozen(record):
        label = RECORDS[record].label
        raise Refused("subject_frozen", f"这位客户的{label}仅存储，不能修改（个人信息保护法第四十七条）：先解冻")


def _locked(subject_id: UUID, actor: Member) -> Subject:
    found = Subject.objects.select_for_update().filter(pk=subject_id, erased_at=None).first()
    if found is None:
        raise Missing("subject_missing", "没有这位客户，或您的角色看不到")
    require(actor, "subject.freeze", on=found.entity_id)
    return found


def _written(subject: Subject, act: Act) -> Subject:
    subject.save(update_fields=["frozen_at", "frozen_because", "frozen_fields"])
    record(act, entity_id=subject.entity_id, subject=subject)
    return subject
