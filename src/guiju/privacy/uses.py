"""What works on people's information by itself, each for a purpose that it declares (自动处理的用途).

Lists, files and answers to programs are read by somebody for a purpose that they name; what runs by the clock, counts
or sends has nobody to ask. It registers here when the program starts, and one that names no purpose doesn't start.
"""

from __future__ import annotations

from dataclasses import dataclass

from guiju.kernel.errors import Refused
from guiju.kernel.rules.facts import gate
from guiju.organisations.registry import PURPOSES
from guiju.rulebook import LATEST, rules_at

ACTS = ("publishes", "uses_public_images", "goes_abroad")
"""What each person is asked about by itself (个人信息保护法 第二十五条, 第二十六条, 第三十九条)."""


@dataclass(frozen=True)
class Use:
    """One automation, reminder or figure: for which purpose it uses people's information, and by which tasks it runs.

    `acts` are those of `ACTS` that it is; `asks_separately` that each person is asked about this very act before.
    """

    code: str
    label: str
    purpose: str
    tasks: tuple[str, ...] = ()
    acts: frozenset[str] = frozenset()
    asks_separately: bool = False


USES: dict[str, Use] = {}


def register_use(use: Use) -> Use:
    """Declare a use; raises `ValueError` for one that names no purpose there is, for a code that is taken, and for an act
    that asks for a separate consent which nobody is asked for."""
    if use.purpose not in PURPOSES:
        raise ValueError(f"{use.code}: names no purpose (个人信息保护法 第六条): {use.purpose!r}")
    _refuse_unasked(use)
    if USES.setdefault(use.code, use) != use:
        raise ValueError(f"use registered twice: {use.code}")
    return use


def _refuse_unasked(use: Use) -> None:
    if unknown := use.acts - set(ACTS):
        raise ValueError(f"{use.code}: no such act: {sorted(unknown)}")
    facts = {act: act in use.acts for act in ACTS} | {"has_separate_consent": use.asks_separately}
    try:
        gate(rules_at("privacy.declare_use"), facts, on=LATEST)
    except Refused as refusal:
        raise ValueError(f"{use.code}: {refusal.sentence}") from None
