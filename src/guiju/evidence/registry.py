"""Which tables the log commits to, and which not and why (存证范围).

A part registers each of its tables here; a table that stands in neither list fails a test, and so
does a column that is neither committed nor derived nor excluded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Model


@dataclass(frozen=True)
class Committed:
    """A table whose rows the log commits to.

    `fields` are the committed columns in order: the order is part of the schema version, so a
    change to it raises `version`. `derived` can be computed from committed ones; `excluded` maps
    a column to the reason why it stays outside.
    """

    model: type[Model]
    subject_type: str
    version: int
    fields: tuple[str, ...]
    derived: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What people call such a record: the Chinese word in its model's first line."""
        found = chinese_in(self.model.__doc__)
        return found or self.subject_type

    @property
    def schema(self) -> str:
        return f"{self.subject_type}/{self.version}"


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
    named = {*committed.fields, *committed.derived, *committed.excluded}
    if columns != named:
        raise ValueError(f"{committed.subject_type}: columns not decided or unknown: {sorted(columns ^ named)}")
    COMMITTED[committed.model] = committed
    return committed


def exclude(table: str, *, why: str) -> None:
    """Register a table that the log does not commit to."""
    EXCLUDED[table] = why
