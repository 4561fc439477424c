"""What both the pages and the command line ask: the verdict on one text."""

from __future__ import annotations

from datetime import date

from guiju.kernel.rules.text import Verdict
from guiju.rulebook import reviewer

DECISIONS = {"pass": "未发现已知问题", "review": "需复核", "block": "禁止"}
SEVERITIES = {"block": "禁止", "review": "需复核", "advise": "建议"}

SECTORS = {
    "general": "综合",
    "food": "食品",
    "health_food": "保健食品",
    "cosmetics": "化妆品",
    "medical": "医疗",
    "medical_beauty": "医疗美容",
    "education": "教育、培训",
    "finance": "金融、投资",
    "real_estate": "房地产",
    "retail": "零售",
    "technology": "科技",
    "decoration": "家装",
    "other": "其他",
}
"""Sectors that rules know; the same words are lawful for one product and not for another."""


def review_ad(text: str, *, on: date, sector: str | None = None, channel: str | None = None) -> Verdict:
    """Judge a piece of advertising copy as of a day (广告审查, 广告法)."""
    return reviewer("ads").review(text, on=on, sector=sector, channel=channel)
