"""Where the values of a record lie: in columns, in its object, or sealed (字段值)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from guiju.customers.models import Customer, Holder
from guiju.customers.naming import UNREAD, name_keys_of
from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid, identity_number
from guiju.kernel.identifiers.birthday import birthday_of
from guiju.keys.ring import keyring
from guiju.keys.values import seal_into, sealed_values
from guiju.privacy.fields import Field

COLUMNS = {
    "person": ("name", "level", "source", "region"),
    "company": ("name", "level", "source", "region"),
    "contact": ("name",),
}
"""Fields with a column of their own: what lists sort and filter by."""

ERASED_NAME = "（已删除）"
"""In place of a name that went: a record has to have one."""

EVERYTHING_ELSE = "*"
"""In `origins`: all values that aren't named."""

PHONE, TAIL = "customers.phone", "customers.phone_tail"
"""What the blind indexes of phones are made for; the same for customers and contacts."""

TAIL_DIGITS = 4

MARKS = {
    "phone": ("phone_key", "手机"),
    "email": ("email_key", "电子邮箱"),
    "identity_number": ("identity_key", "证件号码"),
    "unified_code": ("identity_key", "统一社会信用代码"),
}
"""What tells one customer from another, by field: where its blind index lies, and what people call it."""


def values_of(holder: Holder) -> dict[str, str]:
    """All values of a record by field code, empty ones left out; raises `Unsealable`."""
    found = {code: getattr(holder, code) for code in COLUMNS[holder.record]}
    found |= holder.extra
    found |= sealed_values(holder, "sealed")
    return {code: value for code, value in found.items() if value not in (None, "")}


def put_values(holder: Holder, fields: Mapping[str, Field], values: Mapping[str, str]) -> None:
    """Put all values of a record where they belong; one that isn't given is gone."""
    columns = COLUMNS[holder.record]
    sealed: dict[str, str] = {}
    extra: dict[str, str] = {}
    for code in columns:
        setattr(holder, code, values.get(code, ""))
    for code, value in values.items():
        if value and code not in columns:
            (sealed if code not in fields or fields[code].is_sealed else extra)[code] = value
    holder.extra = extra
    seal_into(holder, "sealed", sealed)
    put_keys(holder, values)


def put_keys(holder: Holder, values: Mapping[str, str]) -> None:
    """Fill what a record is found by from its values: it goes with them."""
    holder.phone_key, holder.tail_key = keys_of_phone(holder.entity_id, values.get("phone", ""))
    if isinstance(holder, Customer):
        holder.plain_name, holder.name_keys, holder.pinyin = name_keys_of(holder.name, holder.kind)
        holder.email_key, holder.identity_key = _keys_of_marks(holder.entity_id, values)


def keys_of_phone(entity_id: UUID, phone: str, ring: Keyring | None = None) -> tuple[bytes | None, bytes | None]:
    """By what a phone is found that lies sealed: all its digits, and the last four."""
    if not phone:
        return None, None
    ring = ring or keyring()
    return (
        ring.index(phone, entity=entity_id, place=PHONE),
        ring.index(phone[-TAIL_DIGITS:], entity=entity_id, place=TAIL),
    )


def key_of(entity_id: UUID, code: str, value: str, ring: Keyring | None = None) -> bytes:
    """By what another customer with the same value is found."""
    place = PHONE if code == "phone" else f"customers.{code}"
    return (ring or keyring()).index(value.lower(), entity=entity_id, place=place)


def _keys_of_marks(
    entity_id: UUID, values: Mapping[str, str], ring: Keyring | None = None
) -> tuple[bytes | None, bytes | None]:
    """By what twins are found beside the phone: the address, and the number of the person or company."""
    keys = {code: key_of(entity_id, code, values[code], ring) for code in MARKS if code != "phone" and values.get(code)}
    return keys.get("email"), keys.get("identity_number") or keys.get("unified_code")


def phone_keys_again(ring: Keyring, entity_id: UUID, logged: Mapping[str, Any]) -> tuple[Any, ...]:
    """The keys of a contact from its values as the log has them; for the verification."""
    try:
        return keys_of_phone(entity_id, _logged_marks(logged).get("phone", ""), ring)
    except LookupError:
        # No key of the index any more: whatever stands there can't be right.
        return None, None


def all_keys_again(ring: Keyring, entity_id: UUID, logged: Mapping[str, Any]) -> tuple[Any, ...]:
    """The keys of a customer, in the order of `CUSTOMER_KEYS`."""
    try:
        marks = _keys_of_marks(entity_id, _logged_marks(logged), ring)
    except LookupError:
        marks = None, None
    return (*phone_keys_again(ring, entity_id, logged), *marks, *name_keys_of(logged["name"], logged["kind"]))


PHONE_KEYS = ("phone_key", "tail_key")
CUSTOMER_KEYS = (*PHONE_KEYS, "email_key", "identity_key", "plain_name", "name_keys", "pinyin")

UNFILLED = {"email_key": None, "identity_key": None, **UNREAD._asdict()}
"""What stands there of a customer of the days before these keys, until the worker comes (`read_names`)."""


def _logged_marks(logged: Mapping[str, Any]) -> dict[str, str]:
    found = {code: logged.get(f"sealed.{code}") or logged.get(f"extra.{code}") for code in MARKS}
    return {code: str(value) for code, value in found.items() if value}


def origin_of(holder: Holder, code: str) -> UUID:
    """The collection by which a value came in."""
    return collection_named(holder.origins.get(code) or holder.origins[EVERYTHING_ELSE])


collection_named = lru_cache(maxsize=10_000)(UUID)
"""A file's thousand rows name the same one."""


BIRTHDAYS = ("birthday", "identity_number")
"""Fields that say when somebody was born."""


def refuse_two_birthdays(values: Mapping[str, str]) -> None:
    """Raise `Refused` where the identity number says another birthday than the field; neither is shown."""
    if has_two_birthdays(values):
        raise Refused("two_birthdays", TWO_BIRTHDAYS, field="birthday")


TWO_BIRTHDAYS = "出生日期和身份证号里的出生日期不一样：请核对这两项，改对其中一项"


def has_two_birthdays(values: Mapping[str, str]) -> bool:
    told = birthday_of(values.get("birthday", ""))
    return told is not None and born({**values, "birthday": ""}) not in (None, told)


def born(values: Mapping[str, str]) -> date | None:
    """The birthday that these values tell: the identity number's before what was typed."""
    try:
        return identity_number.birthday_of(identity_number.check(values.get("identity_number", "")))
    except Invalid:
        return birthday_of(values.get("birthday", ""))


def logged_values(holder: Holder, logged: Mapping[str, object]) -> dict[str, str]:
    """All values of a record by field code, as one of its versions in the log has them; empty ones left out."""
    columns = COLUMNS[holder.record]
    found = {code: logged.get(code) for code in columns}
    found |= {code.partition(".")[2]: value for code, value in logged.items() if code.startswith(("extra.", "sealed."))}
    return {code: str(value) for code, value in found.items() if value not in (None, "")}
