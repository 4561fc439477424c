"""The causes of complaints that come with the program (随程序提供的投诉原因): house rules, no statute names any."""

from __future__ import annotations

from functools import cache
from typing import Any

from yaml import safe_load

from guiju.kernel.causes import Cause
from guiju.kernel.sectors import Sector
from guiju.rulebook import folder


@cache
def built_in_causes() -> tuple[Cause, ...]:
    """All of them, branches before what hangs below; raises `ValueError` for a list that doesn't hold together."""
    text = folder().joinpath("complaints").joinpath("causes.yaml").read_text("utf-8")
    return read_causes(safe_load(text))


@cache
def causes_of_sector(sector: str) -> tuple[Cause, ...]:
    return tuple(one for one in built_in_causes() if not one.sectors or sector in one.sectors)


def _cause(row: dict[str, Any]) -> Cause:
    listed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Cause(**listed)


def read_causes(rows: list[dict[str, Any]]) -> tuple[Cause, ...]:
    causes = tuple(_cause(one) for one in rows)
    known: dict[str, Cause] = {}
    for one in causes:
        above = known.get(one.parent)
        if one.code in known or not one.label:
            raise ValueError(f"{one.code}: twice, or without a label")
        if one.parent and (above is None or above.parent):
            raise ValueError(f"{one.code}: its branch stands before it and hangs below none")
        if set(one.sectors) - set(Sector):
            raise ValueError(f"{one.code}: no such sector")
        if above is not None and above.sectors and not set(one.sectors or Sector) <= set(above.sectors):
            raise ValueError(f"{one.code}: its branch isn't there in all of its sectors")
        known[one.code] = one
    return causes
