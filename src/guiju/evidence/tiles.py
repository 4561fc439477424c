"""Addresses of tiles (C2SP tlog-tiles): in groups of three digits, with the width of a ragged one."""

from __future__ import annotations

import re

from guiju.kernel.evidence.tree import WIDTH

_NUMBER = re.compile(r"((?:x\d{3}/)*)(\d{3})(?:\.p/(\d{1,3}))?")


def tile_number(text: str) -> tuple[int, int]:
    """Index and width of a tile as its address writes them: x001/x234/067.p/8 → 1234067, 8."""
    found = _NUMBER.fullmatch(text)
    if found is None or len(text) > 40:
        raise ValueError("no tile has such an address")
    index = int(found[1].replace("x", "").replace("/", "") + found[2])
    width = int(found[3]) if found[3] else WIDTH
    if tile_path(index, width) != text or not 0 < width <= WIDTH or (found[3] and width == WIDTH):
        raise ValueError("no tile has such an address")
    return index, width


def tile_path(index: int, width: int) -> str:
    """The address of a tile, in groups of three digits (C2SP tlog-tiles)."""
    path = f"{index % 1000:03}"
    while index := index // 1000:
        path = f"x{index % 1000:03}/{path}"
    return path if width == WIDTH else f"{path}.p/{width}"
