"""What both the pages and the command line ask: the verdict on one text."""

from __future__ import annotations

from datetime import date

from guiju.kernel.rules.text import Verdict
from guiju.rulebook import reviewer

DECISIONS = {"pass": "未发现已知问题", "review": "需复核", "block": "禁止"}
SEVERITIES = {"block": "禁止", "review": "需复核", "advise": "建议"}


def review_ad(text: str, *, on: date, sector: str | None = None, channel: str | None = None) -> Verdict:
    """Judge a piece of advertising copy as of a day (广告审查, 广告法)."""
    return reviewer("ads").review(text, on=on, sector=sector, channel=channel)
