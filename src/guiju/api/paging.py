"""Lists come in pages, counted once, in a fixed order."""

from __future__ import annotations

from typing import Annotated

from ninja import Field, Schema

MOST = 500


class PageIn(Schema):
    """Which part of a list is wanted."""

    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
