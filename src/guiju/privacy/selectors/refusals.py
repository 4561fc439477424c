"""Reads of the list of those who refuse commercial messages (拒收名单): yes or no, for addresses that are known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from guiju.keys.ring import keyring
from guiju.organisations.permissions import root_of

PLACE = "privacy.refusal"


def key_of(address: str, entity_id: UUID) -> bytes:
    """By what an address is found in the whole group, however many companies there are."""
    return keyring().index(address.casefold(), entity=root_of(entity_id), place=PLACE)


def refused_among(addresses: Iterable[str], entity_id: UUID) -> dict[str, datetime]:
    """Which of these addresses refused, to whichever company of the group, and when last."""
    keys = {key_of(address, entity_id): address for address in addresses if address}
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, since FROM privacy_refused_among(%s)", [list(keys)])
        return {keys[bytes(key)]: since for key, since in cursor.fetchall()}
