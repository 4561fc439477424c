"""Fields of the catalogue, and searches for data held against the law, as programs read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from guiju.privacy.fields import Field
from guiju.privacy.models import Cleanup, Refusal
from guiju.privacy.selectors.cleanup import Line


def field_answer(field: Field) -> dict[str, Any]:
    """A field with its codes, in the order of its definition."""
    return asdict(field) | {"uses": {purpose: str(basis) for purpose, basis in field.uses.items()}}


def cleanup_answer(found: Cleanup, lines: Iterable[Line]) -> dict[str, Any]:
    """A search with what it found, field by field: numbers, no values and no people."""
    return {
        "id": found.pk,
        "entity_id": found.entity_id,
        "on": found.on,
        "state": str(found.state),
        "basis": found.basis,
        "records": found.records,
        "holders": found.holders,
        "left_out": found.left_out,
        "made_at": found.made_at,
        "frozen_values": found.frozen_values,
        "disposal_id": found.disposal_id,
        "found": [
            {
                "field": line.name,
                "label": line.label,
                "found": line.found,
                "frozen": line.frozen,
                "why": [asdict(why) for why in line.whys],
            }
            for line in lines
        ],
    }


def refusal_answer(one: Refusal) -> dict[str, Any]:
    """One row of the list of those who refuse; no address, by which nobody is found."""
    names = ("id", "entity_id", "sort", "way", "means", "proof", "at", "entered_at")
    return {name: getattr(one, name) for name in names}
