"""How a review is written: text for people, one JSON object a line for programs, a workbook for offices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import click
import msgspec

from guiju.kernel.errors import Citation
from guiju.kernel.rules.columns import ColumnFinding, ColumnVerdict
from guiju.kernel.rules.text import Finding, Verdict
from guiju.review.columns import Item, answer_of_column
from guiju.review.rows import COLUMN_TITLES, COLUMN_WIDTHS, TEXT_TITLES, TEXT_WIDTHS, row_of_column, rows_of_text
from guiju.review.texts import Text
from guiju.rulebook import is_verified
from guiju.rulebook.labels import COLUMN_CATEGORIES, DECISIONS, SEVERITIES

STYLES = {"block": "red", "review": "yellow", "advise": "blue"}
_encode = msgspec.json.Encoder().encode
_SHOWN = 40
"""How many characters of a long text stand around the offending words."""


class Writer(Protocol):
    def text(self, item: Text, verdict: Verdict) -> None: ...
    def column(self, item: Item, verdict: ColumnVerdict) -> None: ...
    def close(self) -> None: ...


class JsonWriter:
    """One object a line."""

    def __init__(self, out: BinaryIO) -> None:
        self._write = out.write

    def text(self, item: Text, verdict: Verdict) -> None:
        self._write(_encode(verdict.as_answer(item.id, item.text)) + b"\n")

    def column(self, item: Item, verdict: ColumnVerdict) -> None:
        self._write(_encode(answer_of_column(item, verdict)) + b"\n")

    def close(self) -> None:
        """Nothing is left to write."""


class TextWriter:
    """The sentence with the offending words marked, the article, the mend.

    Of columns, hundreds of which fall under the same few rules, the law is told once for each rule.
    """

    def __init__(self, out: BinaryIO, *, colour: bool) -> None:
        self._out = out
        self._colour = colour
        self._told: set[str] = set()

    def text(self, item: Text, verdict: Verdict) -> None:
        if not verdict.findings:
            return
        self._line(
            f"{self._style(f'第{item.id}条' if isinstance(item.id, int) else item.id, bold=True)}  "
            f"{self._style(DECISIONS[verdict.decision], fg=STYLES.get(verdict.decision, 'blue'))}"
        )
        if len(item.text) <= 4 * _SHOWN:
            self._line(f"  {self._marked(item.text, 0, len(item.text), verdict.findings)}")
        for finding in verdict.findings:
            self._finding(item.text, finding)
        self._line("")

    def _finding(self, text: str, finding: Finding) -> None:
        label = self._style(SEVERITIES[finding.severity], fg=STYLES[finding.severity])
        place = f"“{finding.excerpt}”" if finding.excerpt else "（缺少内容）"
        self._line(f"  {label} {place}：{finding.message}")
        if len(text) > 4 * _SHOWN and finding.excerpt:
            start, end = max(0, finding.start - _SHOWN), min(len(text), finding.end + _SHOWN)
            around = self._marked(text, start, end, [finding])
            self._line(f"      …{around}…")
        if finding.law:
            self._line(f"      {_cited(finding)}")
        self._line(f"      改法：{finding.suggestion}")

    def column(self, item: Item, verdict: ColumnVerdict) -> None:
        if not verdict.findings:
            return
        named = ".".join(filter(None, (item.column.table, item.column.name)))
        label = f"（{item.column.label}）" if item.column.label else ""
        if verdict.personal:
            kind = self._style("敏感个人信息", fg="red") if verdict.sensitive else self._style("个人信息", fg="yellow")
            what = f"{kind} {COLUMN_CATEGORIES[verdict.category]}"
        else:
            what = self._style("提示", fg="blue")
        self._line(f"{self._style(named, bold=True)}{label}  {what}")
        for finding in verdict.findings:
            if finding.category != verdict.category:
                self._line(f"      {finding.message}（{finding.evidence}）")
            if finding.rule not in self._told:
                self._told.add(finding.rule)
                self._line(f"      {_cited(finding)}")
                self._line(f"      {finding.suggestion}")

    def close(self) -> None:
        """Nothing is left to write."""

    def _marked(self, text: str, start: int, end: int, findings: Iterable[Finding]) -> str:
        """A piece of the text with the words marked; overlapping ones are joined."""
        shown, at = "", start
        for finding in findings:
            if finding.end > max(at, finding.start):
                first = max(at, finding.start)
                words = text[first : finding.end]
                marked = (
                    self._style(words, fg=STYLES[finding.severity], underline=True) if self._colour else f"【{words}】"
                )
                shown += text[at:first] + marked
                at = finding.end
        return (shown + text[at:end]).replace("\n", " ")

    def _style(self, words: str, **style: Any) -> str:
        return click.style(words, **style) if self._colour else words

    def _line(self, words: str) -> None:
        self._out.write(words.encode() + b"\n")


def _cited(finding: Finding | ColumnFinding) -> str:
    return str(Citation(finding.law, finding.article, finding.quote, is_verified(finding.law, finding.article)))


class XlsxWriter:
    """A sheet with a row for each finding, and a row for each text in which nothing was found."""

    _MOST_ROWS = 1_048_575

    def __init__(self, file: Path | BinaryIO) -> None:
        import xlsxwriter

        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(file if not isinstance(file, Path) else str(file), options)
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._row = 0
        self._sheet: Any = None

    def text(self, item: Text, verdict: Verdict) -> None:
        for row in rows_of_text(verdict.as_answer(item.id, item.text)):
            self._add(TEXT_TITLES, TEXT_WIDTHS, row)

    def column(self, item: Item, verdict: ColumnVerdict) -> None:
        self._add(COLUMN_TITLES, COLUMN_WIDTHS, row_of_column(answer_of_column(item, verdict)))

    def close(self) -> None:
        if self._sheet is None:
            self._begin(TEXT_TITLES, TEXT_WIDTHS)
        self._book.close()

    def _begin(self, titles: Sequence[str], widths: Sequence[int]) -> None:
        self._sheet, self._row = self._book.add_worksheet(), 0
        self._sheet.freeze_panes(1, 0)
        for place, (title, width) in enumerate(zip(titles, widths, strict=True)):
            self._sheet.set_column(place, place, width, self._wrapped)
            self._sheet.write_string(0, place, title, self._bold)

    def _add(self, titles: Sequence[str], widths: Sequence[int], cells: Sequence[str]) -> None:
        if self._sheet is None or self._row >= self._MOST_ROWS:
            self._begin(titles, widths)
        self._row += 1
        for place, cell in enumerate(cells):
            self._sheet.write_string(self._row, place, cell[:32_767])
