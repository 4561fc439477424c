"""Which tables the log commits to, and which not and why (存证范围).

A part registers each of its tables here; a table that stands in neither list fails a test, and so
does a column that is neither committed nor derived nor excluded.
"""

from __future__ import annotations

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
    def schema(self) -> str:
        return f"{self.subject_type}/{self.version}"


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
