"""What pages, API and command line ask: the verdict on one text or one column (审查)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from guiju.kernel.rules.columns import Column, ColumnVerdict
from guiju.kernel.rules.model import UNKNOWN, Occasion
from guiju.kernel.rules.text import Exemption, Verdict
from guiju.rulebook import classifier, reviewer


def review_ad(text: str, *, on: date, occasion: Occasion = UNKNOWN, exemptions: Sequence[Exemption] = ()) -> Verdict:
    """Judge a piece of advertising copy as of a day (广告审查, 广告法)."""
    return reviewer("ads").review(text, on=on, occasion=occasion, exemptions=exemptions)


def review_clause(
    text: str, *, on: date, occasion: Occasion = UNKNOWN, exemptions: Sequence[Exemption] = ()
) -> Verdict:
    """Judge a clause or a whole contract with consumers as of a day (合同格式条款审查, 消费者权益保护法 26)."""
    return reviewer("clauses").review(text, on=on, occasion=occasion, exemptions=exemptions)


def classify_column(column: Column, *, on: date) -> ColumnVerdict:
    """Which personal information a column holds (字段分类, 个人信息保护法 4, 28)."""
    return classifier().classify(column, on=on)
