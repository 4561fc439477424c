"""Which tables the log commits to, and which not and why (存证范围).

A part registers each of its tables here; a table that stands in neither list fails a test, and so
does a column that is neither committed nor derived nor excluded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Model

from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.evidence import plain_value
from guiju.keys.values import sealed_values


@dataclass(frozen=True)
class Recomputed:
    """Derived columns that the verification computes again from what the row holds, by code: (ring, company, values).

    `unfilled` is what stands in those that came later, all of them together, until a task fills them.
    """

    columns: tuple[str, ...]
    of: Callable[[Keyring, UUID, Mapping[str, Any]], tuple[Any, ...]]
    unfilled: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Committed:
    """A table whose rows the log commits to.

    `fields` are the committed columns in order: the order is part of the schema version, so a
    change to it raises `version`. `spread` are columns that hold a JSON object, `sealed` columns that
    hold one in ciphertext: of both each value is committed by itself, under column.code, so that one can
    be erased or shown without the others. Records that are `is_about_people` show their values on the
    pages of their part only, to who may read them for a purpose: the log says that they changed. `derived` can
    be computed from committed columns, and `recomputed` does so where the row alone is enough; `excluded` maps a column to the reason why it stays outside.
    """

    model: type[Model]
    subject_type: str
    version: int
    fields: tuple[str, ...]
    spread: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    is_about_people: bool = False
    derived: Mapping[str, str] = field(default_factory=dict)
    recomputed: Recomputed | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call such a record: the Chinese word in its model's first line."""
        found = chinese_in(self.model.__doc__)
        return found or self.subject_type

    @property
    def schema(self) -> str:
        return f"{self.subject_type}/{self.version}"

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of which something is committed."""
        return (*self.fields, *self.spread, *self.sealed)

    def is_sealed(self, code: str) -> bool:
        """Whether a committed code is a value that lies in ciphertext, or is of a record about people."""
        return self.is_about_people or code.partition(".")[0] in self.sealed


def spread(column: str, values: Any) -> dict[str, Any]:
    """The values of an object, each under column.code, in the order of the codes.

    What somebody put in place of an object has none: the verification names it.
    """
    if not isinstance(values, Mapping):
        return {}
    return {f"{column}.{code}": values[code] for code in sorted(values)}


def committed_values(row: Model) -> dict[str, Any]:
    """What the log commits to of a row as it is now, by code; raises `Unsealable`."""
    committed = COMMITTED[type(row)]
    values = {code: plain_value(getattr(row, code)) for code in committed.fields}
    for column in committed.spread:
        values |= spread(column, getattr(row, column))
    for column in committed.sealed:
        values |= spread(column, sealed_values(row, column))
    return values


_IN_BRACKETS = re.compile(r"[（(]([^（()）]*[\u4e00-\u9fff][^（()）]*)[）)]")


def chinese_in(doc: str | None) -> str:
    """The statutory or usual Chinese term in the first line of a docstring, without what follows a comma."""
    first = (doc or "").strip().partition("\n")[0]
    found = _IN_BRACKETS.search(first)
    if found is None:
        return first if first and "\u4e00" <= first[0] <= "\u9fff" else ""
    return re.split("[,，、：:]", found[1])[0].strip()


COMMITTED: dict[type[Model], Committed] = {}
EXCLUDED: dict[str, str] = {}


def commit(committed: Committed) -> Committed:
    """Register a committed table; its columns must be named completely."""
    columns = {column.attname for column in committed.model._meta.concrete_fields}
    named = {*committed.columns, *committed.derived, *committed.excluded}
    if columns != named:
        raise ValueError(f"{committed.subject_type}: columns not decided or unknown: {sorted(columns ^ named)}")
    COMMITTED[committed.model] = committed
    return committed


def exclude(table: str, *, why: str) -> None:
    """Register a table that the log does not commit to."""
    EXCLUDED[table] = why


@dataclass(frozen=True)
class Stored:
    """Bytes beside a committed table, whose digest stands in a column of it.

    `query` gives for each row its id, the digest that is committed, and the digest of what is stored now; it
    opens nothing, so that the verifier asks it without keys.
    """

    table: str
    label: str
    query: str
    column: str


STORED: list[Stored] = []


def store(stored: Stored) -> None:
    """Register bytes that the verification compares with their digest."""
    STORED.append(stored)
