"""Which kinds of record the catalogue covers, and what parts offer it: filled by the parts above (登记)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from guiju.privacy.fields import Field
from guiju.privacy.terms import Basis, ConsentKind, FieldState, Grade, Sort


@dataclass(frozen=True)
class RecordKind:
    """One kind of customer-facing record with its built-in fields, in the order of forms and lists.

    `needed` are those without which there is no such record. Of a record that is about a person every field
    is personal information, whatever somebody calls it.
    """

    code: str
    label: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    needed: frozenset[str] = frozenset({"name"})
    is_about_person: bool = True


RECORDS: dict[str, RecordKind] = {}

HOLDS: list[Callable[[UUID, Field], str]] = []
"""What holds a field back that is otherwise ready (备案): each answers why, or nothing. Parts above add theirs."""


def register_record(kind: RecordKind) -> RecordKind:
    RECORDS[kind.code] = kind
    return kind


class _FieldLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A built-in field as its part writes it down."""

    code: str
    label: str
    sort: str = "text"
    choices: dict[str, str] = {}
    grade: str = "general"
    category: str = "none"
    uses: dict[str, str] = {}
    consent: str = "none"
    visibility: str = "clear"
    retention: int | None = None
    sealed: bool = False
    state: str = "active"
    note: str = ""


def fields_of_file(record: str, text: str) -> dict[str, Field]:
    """The built-in fields of a part's YAML file, by code; raises `msgspec.ValidationError` for a misspelt one."""
    from yaml import safe_load

    lines: list[Any] = msgspec.convert(safe_load(text), list[_FieldLine])
    return {
        line.code: Field(
            record=record,
            code=line.code,
            label=line.label,
            sort=Sort(line.sort),
            choices=line.choices,
            grade=Grade(line.grade),
            category=line.category,
            uses={purpose: Basis(basis) for purpose, basis in line.uses.items()},
            consent=ConsentKind(line.consent),
            visibility=line.visibility,
            retention=line.retention,
            is_sealed=line.sealed,
            is_built_in=True,
            state=FieldState(line.state),
            note=line.note,
        )
        for line in lines
    }
