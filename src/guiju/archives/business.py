"""What a company is, as far as statutes keep its records longer for it (经营身份)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LINES = {
    "is_platform": "电子商务平台经营者：让别人在自己的平台上开店、交易",
    "is_food_maker": "食品生产企业",
    "is_food_wholesaler": "从事食品批发业务的经营企业",
    "is_food_importer": "食品、食品添加剂的进口商",
    "is_additive_maker": "食品添加剂生产者",
    "publishes_ads": "自行发布互联网广告的广告主",
}
"""Lines of business whose statutes keep records longer; who only sells their own goods online is no platform."""

FOOD = ("is_food_maker", "is_food_wholesaler", "is_food_importer", "is_additive_maker")
"""Who writes down to whom food goes; what they keep it for hangs on how long it keeps (食品安全法 第五十条)."""

FACTS = {"records_food_buyers": FOOD} | {code: (code,) for code in LINES}
"""The facts of the rules, and the lines of business that make each true."""

LONGEST_SHELF = 600


@dataclass(frozen=True)
class Lines:
    """What a company is (经营身份), and how many months its goods keep at most: none is 0, unknown is None."""

    codes: frozenset[str] = frozenset()
    shelf_months: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the rules ask about a company."""
        shelf = "unknown" if self.shelf_months is None else "stated" if self.shelf_months else "none"
        return {fact: bool(self.codes.intersection(some)) for fact, some in FACTS.items()} | {"shelf": shelf}

    @property
    def words(self) -> list[str]:
        named = [words for code, words in LINES.items() if code in self.codes]
        if self.codes.intersection(FOOD) and self.shelf_months is not None:
            named.append(f"产品最长的保质期{self.shelf_months}个月" if self.shelf_months else "产品没有明确保质期")
        return named
