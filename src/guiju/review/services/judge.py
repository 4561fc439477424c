"""A file or a pasted text is read and judged, as one answer for each text or column (审查)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from guiju.kernel.errors import Refused
from guiju.kernel.rules.model import Occasion
from guiju.kernel.rules.text import Exemption
from guiju.review.columns import Item, answer_of_column, read_columns
from guiju.review.engine import classify_column, review_ad, review_clause
from guiju.review.models import Kind
from guiju.review.services.checks import Outcome
from guiju.review.texts import Reading, Text, Unusable, read_texts

MOST = 2000
"""More texts than a page can show; the command line takes any number."""


def judge_content(
    *,
    kind: str,
    name: str,
    content: bytes,
    occasion: Occasion,
    on: date,
    exemptions: Sequence[Exemption] = (),
    as_one: bool = False,
) -> Outcome:
    """The answers of one file; raises `Refused` when it can't be used or is too long for a page.

    Lines that can't be read come as answers with a `problem`.
    """
    reading = Reading(occasion=occasion, as_one=as_one)
    stream = io.BytesIO(content)
    items: Iterator[Text | Item | Unusable]
    items = read_columns(name, stream) if kind == Kind.FIELDS else read_texts(name, stream, reading)
    answers: list[dict[str, Any]] = []
    unusable = 0
    for item in items:
        if len(answers) >= MOST:
            raise Refused("too_many_texts", f"一次最多审查{MOST}条：更多的请用命令 guiju check", field="file")
        if isinstance(item, Unusable):
            unusable += 1
            answers.append({"id": item.line, "problem": item.sentence})
        elif isinstance(item, Item):
            answers.append(answer_of_column(item, classify_column(item.column, on=on)))
        else:
            judge = review_clause if kind == Kind.CLAUSES else review_ad
            verdict = judge(item.text, on=on, occasion=item.occasion, exemptions=exemptions)
            answers.append(verdict.as_answer(item.id, item.text) | {"facts_missing": list(verdict.facts_missing)})
    if not answers:
        raise Refused("file_empty", f"“{name}”里没有可审查的文字", field="file")
    return Outcome(kind, name, hashlib.sha256(content).hexdigest(), occasion, on, answers, unusable)
