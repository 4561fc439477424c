"""What works on people's information by itself, each for a purpose that it declares (自动处理的用途).

Lists, files and answers to programs are read by somebody for a purpose that they name; what runs by the clock, counts
or sends has nobody to ask. It registers here when the program starts, and one that names no purpose doesn't start.
"""

from __future__ import annotations

from dataclasses import dataclass

from guiju.organisations.registry import PURPOSES


@dataclass(frozen=True)
class Use:
    """One automation, reminder or figure: for which purpose it uses people's information, and by which tasks it runs."""

    code: str
    label: str
    purpose: str
    tasks: tuple[str, ...] = ()


USES: dict[str, Use] = {}


def register_use(use: Use) -> Use:
    """Declare a use; raises `ValueError` for one that names no purpose there is, and for a code that is taken."""
    if use.purpose not in PURPOSES:
        raise ValueError(f"{use.code}: names no purpose (个人信息保护法 第六条): {use.purpose!r}")
    if USES.setdefault(use.code, use) != use:
        raise ValueError(f"use registered twice: {use.code}")
    return use
