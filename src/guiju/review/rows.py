"""Answers as rows of a table: for the workbook of the command line and that of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guiju.rulebook import is_verified
from guiju.rulebook.labels import COLUMN_CATEGORIES, DECISIONS, SEVERITIES

TEXT_TITLES = ("编号", "结论", "程度", "问题文字", "说明", "改法", "法律", "条", "法条原文", "规则", "原文")
TEXT_WIDTHS = (8, 16, 10, 18, 30, 40, 18, 10, 40, 24, 60)
COLUMN_TITLES = ("编号", "表", "字段", "注释", "类别", "个人信息", "敏感", "依据", "法律", "条", "要求")
COLUMN_WIDTHS = (8, 18, 22, 24, 14, 10, 8, 14, 18, 10, 50)


def rows_of_text(answer: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each finding; one for a text in which nothing was found or that can't be read."""
    known = str(answer["id"])
    if "problem" in answer:
        yield (known, "读不了", "", "", answer["problem"], *[""] * 6)
        return
    decision, text = DECISIONS[answer["decision"]], answer["text"]
    if not answer["findings"]:
        yield (known, decision, *[""] * 8, text)
    for finding in answer["findings"]:
        yield (
            known,
            decision,
            SEVERITIES[finding["severity"]],
            finding["excerpt"] or "（缺少内容）",
            finding["message"],
            finding["suggestion"],
            finding["law"],
            finding["article"],
            finding["quote"] + ("" if is_verified(finding["law"], finding["article"]) else "（文本待核）"),
            finding["rule"],
            text,
        )


def row_of_column(answer: Mapping[str, Any]) -> tuple[str, ...]:
    if "problem" in answer:
        return (str(answer["id"]), *[""] * 9, answer["problem"])
    findings = answer["findings"]
    return (
        str(answer["id"]),
        answer["table"],
        answer["column"],
        answer["comment"],
        COLUMN_CATEGORIES[answer["category"]],
        "是" if answer["personal"] else "否",
        "是" if answer["sensitive"] else "否",
        *("；".join(finding[key] for finding in findings) for key in ("evidence", "law", "article", "suggestion")),
    )
