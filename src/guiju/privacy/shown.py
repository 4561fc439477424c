"""Fields of the catalogue as programs read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from guiju.privacy.fields import Field


def field_answer(field: Field) -> dict[str, Any]:
    """A field with its codes, in the order of its definition."""
    return asdict(field) | {"uses": {purpose: str(basis) for purpose, basis in field.uses.items()}}
