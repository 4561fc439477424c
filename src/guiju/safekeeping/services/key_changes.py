"""Keys are changed while work goes on: a company's, and the master key (更换密钥)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.errors import Missing, Refused
from guiju.keys.changing import destroy, is_still_in_hand, retire_and_replace, wrap_anew
from guiju.keys.masters import masters
from guiju.keys.models import DataKey
from guiju.keys.resealing import NOBODY, SealedColumn, reseal, sealed_columns, under_another_key
from guiju.keys.ring import fresh_keyring
from guiju.organisations.permissions import required_root
from guiju.safekeeping.models import KeyChange

LONGEST_REASON = 200


@transaction.atomic
def change_data_key(*, entity_id: UUID, account: str, reason: str, at: datetime) -> KeyChange:
    """From now on a company's values are sealed under another key (更换数据密钥); the earlier ones follow.

    `account` is the operating system's account that runs the command: there is nobody else to ask.
    """
    reason = reason_for(reason)
    with scope(entities={entity_id}):
        if KeyChange.objects.filter(entity_id=entity_id, kind=KeyChange.Kind.VALUES, ended_at=None).exists():
            raise Refused("key_changing", "这家公司的上一次换密钥还没有完成：用 guiju keys list 看进度", field="entity")
        keys = retire_and_replace(entity_id, masters=masters(), at=at)
        if keys is None:
            raise Missing("no_key_yet", "这家公司还没有加密过的数据，没有密钥可换", field="entity")
        made = KeyChange(
            id=new_id(),
            entity_id=entity_id,
            kind=KeyChange.Kind.VALUES,
            earlier=keys[0].number,
            present=keys[1].number,
            account=account[:100],
            reason=reason,
            began_at=at,
        )
        made.save(force_insert=True)
        record(Act("safekeeping.change_data_key", None, at), entity_id=entity_id, subject=made)
    return made


def reseal_everything(*, change_id: UUID, entity_id: UUID) -> int:
    """Seal what lies under an earlier key anew, some records a transaction; returns how many were.

    Safe to be broken off and begun again, and beside people who work: what they save meanwhile stays.
    """
    with scope(entities={entity_id}):
        change = KeyChange.objects.get(pk=change_id)
    ring = fresh_keyring()
    return sum(_reseal(place, change, ring) for place in sealed_columns())


def _reseal(place: SealedColumn, change: KeyChange, ring: Keyring) -> int:
    assert change.present is not None
    done, last = 0, NOBODY
    while True:
        with scope(entities={change.entity_id}):
            records = under_another_key(place, entity_id=change.entity_id, key=change.present, after=last)
            if not records:
                return done
            sealed = reseal(place, records, ring=ring, entity_id=change.entity_id)
            KeyChange.objects.filter(pk=change.pk).update(done=F("done") + sealed)
        done, last = done + sealed, records[-1]


def end_key_change(*, change_id: UUID, entity_id: UUID, at: datetime) -> bool:
    """Destroy the earlier key when nothing can lie under it any more (销毁旧密钥); False while something may.

    Asked in this order: first that nobody is at work who had the earlier key at hand, then what is left.
    """
    with scope(entities={entity_id}):
        change = KeyChange.objects.select_for_update().get(pk=change_id)
        if change.ended_at is not None:
            return True
        assert change.earlier is not None and change.present is not None
        earlier = DataKey.objects.filter(number=change.earlier).first()
        if earlier is not None and is_still_in_hand(earlier):
            return False
        for place in sealed_columns():
            if under_another_key(place, entity_id=entity_id, key=change.present, at_once=1):
                return False
        if earlier is not None:
            destroy(earlier)
        change.ended_at = at
        change.save(update_fields=["ended_at"])
        record(Act("safekeeping.end_key_change", None, at), entity_id=entity_id, subject=change)
    return True


@transaction.atomic
def change_master(*, known: Sequence[str], under: str) -> int:
    """Wrap every company's key under the next master key; returns how many there are. Asked again it does no harm."""
    return wrap_anew(known, under=under)


@transaction.atomic
def keep_master_change(*, account: str, reason: str, began_at: datetime, keys: int, at: datetime) -> KeyChange:
    """Log that the master key was changed (更换主密钥), and for how many companies' keys."""
    root = required_root()
    with scope(entities={root}):
        made = KeyChange(
            id=new_id(),
            entity_id=root,
            kind=KeyChange.Kind.MASTER,
            account=account[:100],
            reason=reason_for(reason),
            began_at=began_at,
            done=keys,
            ended_at=at,
        )
        made.save(force_insert=True)
        record(Act("safekeeping.change_master", None, at), entity_id=root, subject=made)
    return made


def reason_for(reason: str) -> str:
    """Why a key is changed, as it is written down; raises `Refused`."""
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("reason_empty", "请用 --reason 写明为什么要换密钥", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused("reason_long", f"原因请写在{LONGEST_REASON}字以内", field="reason")
    return reason
