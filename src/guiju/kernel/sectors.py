"""Sectors (行业): they decide which rules speak to a company's advertising and contracts.

The same words are lawful for one product and not for another. One list for companies and texts.
"""

from __future__ import annotations

from enum import StrEnum


class Sector(StrEnum):
    GENERAL = "general"
    FOOD = "food"
    HEALTH_FOOD = "health_food"
    RETAIL = "retail"
    TECHNOLOGY = "technology"
    EDUCATION = "education"
    MEDICAL = "medical"
    MEDICAL_BEAUTY = "medical_beauty"
    DRUGS = "drugs"
    COSMETICS = "cosmetics"
    DECORATION = "decoration"
    FINANCE = "finance"
    REAL_ESTATE = "real_estate"
    LOGISTICS = "logistics"
    OTHER = "other"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Sector.GENERAL: "综合",
    Sector.FOOD: "食品",
    Sector.HEALTH_FOOD: "保健食品",
    Sector.RETAIL: "零售",
    Sector.TECHNOLOGY: "科技",
    Sector.EDUCATION: "教育培训",
    Sector.MEDICAL: "医疗",
    Sector.MEDICAL_BEAUTY: "医疗美容",
    Sector.DRUGS: "药品和医疗器械",
    Sector.COSMETICS: "化妆品",
    Sector.DECORATION: "家装",
    Sector.FINANCE: "金融",
    Sector.REAL_ESTATE: "房地产",
    Sector.LOGISTICS: "物流",
    Sector.OTHER: "其他",
}

CHOICES = [(sector.value, label) for sector, label in LABELS.items()]

_ALSO = {
    "教育": Sector.EDUCATION,
    "美妆": Sector.COSMETICS,
    "投资": Sector.FINANCE,
    "保健品": Sector.HEALTH_FOOD,
    "药品": Sector.DRUGS,
    "医疗器械": Sector.DRUGS,
}


def sector_of(text: str) -> Sector | None:
    """The sector that a code or a Chinese name means (food, 食品, 美妆); None when there is none."""
    words = text.strip()
    if words in _ALSO:
        return _ALSO[words]
    return next((sector for sector, label in LABELS.items() if words in {sector.value, label}), None)
