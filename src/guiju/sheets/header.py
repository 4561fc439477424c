"""Where a table's header stands (表头), above it titles and dates, in one line or in several.

Offices merge cells: 联系方式 over 手机 and 邮箱. A column then bears both words, 联系方式/手机. What was
recognised is said in sentences, so that whoever sends the table can see whether it was read as meant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guiju.kernel.errors import Refused
from guiju.sheets.merged import Row, Span

MOST_TITLE_LINES = 10
MOST_HEADER_LINES = 3
_LONGEST_TITLE = 60
_LABELLED = re.compile(r"[^:：()（）]{1,8}[:：].*")
_LABEL_ALONE = re.compile(r".*[:：]")
_SURELY_VALUE = re.compile(
    r"\S+@\S+\.\S+|(?:\+?86|0086)?[ -]?1[3-9][0-9][ -]?[0-9*]{4}[ -]?[0-9]{4}|[0-9]{11,}|[0-9]{17}[Xx]|[0-9]\.[0-9]+[Ee]\+[0-9]+"
)
_LIKE_VALUE = re.compile(
    r"[-¥￥]?[0-9][0-9,]*(?:\.[0-9]+)?[%元万]?|[0-9]{2,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?(?:[ T][0-9:.]+)?"
)


@dataclass(frozen=True)
class Title:
    """One column: its place in the cells of a line, its name, and the lines on which the name stands."""

    place: int
    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """The columns, the rows in which they are named, and what was recognised, in sentences."""

    titles: list[Title]
    rows: list[Row]
    notes: list[str]


def header_in(where: str, rows: Sequence[Row]) -> Header:
    """The header among the first rows of a table; raises `Refused` when there is none to be recognised."""
    width = max((_count(row.own) for row in rows), default=0)
    if not width:
        raise Refused("sheet_empty", f"{where}里没有内容")
    first = _first_line(where, rows, width)
    found = _header_lines(rows, first)
    if value := _value_among(found[-1][0].cells):
        raise Refused(
            "sheet_header",
            f"{where}第{found[-1][0].number}行像是内容而不是列名（“{value}”）：请在内容上面加一行列名",
        )
    lines = [row for row, _ in found]
    names = _named(found, rows[first + len(found) :])
    over = _groups_above(rows, first, names)
    if over:
        names = {place: _joined([over[1].get(place, ""), name]) for place, name in names.items()}
        lines.insert(0, over[0])
    titles, notes = _distinct(names, lines)
    above = [row for row in rows[:first] if not row.is_empty() and row not in lines]
    return Header(titles, lines, [_told(above, lines), *notes])


def _first_line(where: str, rows: Sequence[Row], width: int) -> int:
    passed = 0
    for place, row in enumerate(rows):
        if row.is_empty():
            continue
        if not _is_title_line(row, rows[place + 1 : place + 2], width):
            return place
        passed += 1
        if passed > MOST_TITLE_LINES:
            break
    raise Refused("sheet_header", f"{where}前{MOST_TITLE_LINES}行里没有认出表头：请把各列的列名写在同一行")


def _is_title_line(row: Row, following: Sequence[Row], width: int) -> bool:
    """A title over the table, or a line such as 制表人：…  日期：…"""
    texts = [cell for cell in row.cells if cell]
    if width < 2:
        return False
    if len(set(texts)) == 1 or _is_labels(texts):
        return True
    return _count(row.own) * 2 <= width and not any(_groups(row, lower) for lower in following)


def _is_labels(texts: Sequence[str]) -> bool:
    labels = [text for text in texts if _LABELLED.fullmatch(text)]
    return len(labels) * 2 >= len(texts) and not all(_LABEL_ALONE.fullmatch(text) for text in texts)


def _header_lines(rows: Sequence[Row], first: int) -> list[tuple[Row, dict[int, str]]]:
    """The lines of the header, each with the words that reach over several columns of the next."""
    found: list[tuple[Row, dict[int, str]]] = []
    for upper, lower in zip(rows[first:], rows[first + 1 : first + MOST_HEADER_LINES], strict=False):
        groups = _groups(upper, lower)
        is_one = any(lower.cells) and not any(lower.own)
        if not groups and not is_one:
            break
        found.append((upper, groups))
    return [*found, (rows[first + len(found)], {})]


def _groups(upper: Row, lower: Row) -> dict[int, str]:
    """What stands over each column of the lower line when both are a header; empty when the lower is none.

    Every group has to part into columns with names of their own. Beside groups, a header leaves the lower
    cell empty or merges it with the upper; with merged cells on both lines it may also stand for itself.
    """
    if lower.is_empty() or _value_among(lower.cells) or any(len(cell) > _LONGEST_TITLE for cell in lower.cells):
        return {}
    over = _over(upper, lower)
    reach = Counter(over.values())
    parted = {
        head: len({lower.cells[place] for place, one in over.items() if one == head and _at(lower.cells, place)})
        for head in reach
    }
    groups = {place: head for place, head in over.items() if reach[head] > 1}
    if not groups or any(parted[head] < 2 for head in groups.values()):
        return {}
    places = range(max(len(upper.cells), len(lower.cells)))
    alone = [place for place in places if _at(upper.own, place) and _at(lower.own, place) and place not in groups]
    plain = [place for place in places if _at(upper.own, place) and not _at(lower.own, place) and place not in groups]
    joined = {place for place in plain if any(span.left <= place <= span.right for span in _shared(upper, lower))}
    if (alone and not joined) or not (plain or upper.spans):
        return {}
    return {place: _at(upper.own, head) for place, head in groups.items()}


def _over(upper: Row, lower: Row) -> dict[int, int]:
    """For each column the one whose upper cell reaches over it: by merging, or over empty cells to its right."""
    merged = {
        place: span.left
        for span in upper.spans
        if span.bottom == upper.number and span.right > span.left
        for place in range(span.left, min(span.right + 1, len(upper.cells)))
    }
    if upper.spans:
        return merged
    over: dict[int, int] = {}
    head: int | None = None
    for place in range(max(len(upper.cells), len(lower.cells))):
        if not _at(lower.cells, place):
            head = None
        elif _at(upper.cells, place):
            head = place
        if head is not None:
            over[place] = head
    return over


def _shared(upper: Row, lower: Row) -> set[Span]:
    return set(upper.spans) & set(lower.spans)


def _named(header: Sequence[tuple[Row, dict[int, str]]], body: Sequence[Row]) -> dict[int, str]:
    """The name of each column that has one, and an empty one for each that has only values."""
    rows = [row for row, _ in header]
    used = {place for row in (*rows, *body) for place, cell in enumerate(row.own) if cell}
    return {
        place: _joined([groups.get(place) or _at(row.cells, place) for row, groups in header]) for place in sorted(used)
    }


def _joined(words: Sequence[str]) -> str:
    """The words from above to below, each once: a cell merged over two lines says its word twice."""
    cleaned = [_cleaned(word) for word in words]
    return "/".join(word for place, word in enumerate(cleaned) if word and (place == 0 or word != cleaned[place - 1]))


def _cleaned(word: str) -> str:
    """Without breaks inside a Chinese word and without the asterisk that marks what has to be filled in."""
    word = re.sub(r"(?<=[^\x00-\xff])\s+(?=[^\x00-\xff])", "", word.strip("\ufeff\u200b \t\r\n*＊"))
    return re.sub(r"\s+", " ", word).strip("*＊ ")


def _groups_above(rows: Sequence[Row], first: int, names: dict[int, str]) -> tuple[Row, dict[int, str]] | None:
    """The line above when its words keep apart columns of one name; else it is a title like any other."""
    above = rows[first - 1] if first else None
    if above is None or above.is_empty() or above.spans or _is_labels([cell for cell in above.cells if cell]):
        return None
    if len(set(names.values())) == len(names):
        return None
    over: dict[int, str] = {}
    word = ""
    for place in names:
        word = _at(above.cells, place) or word
        over[place] = word
    is_apart = len({(over[place], name) for place, name in names.items() if name}) == sum(map(bool, names.values()))
    return (above, over) if is_apart and all(over.values()) else None


def _distinct(names: dict[int, str], lines: Sequence[Row]) -> tuple[list[Title], list[str]]:
    """Titles that differ, and notes on those that had to be told apart or had none."""
    numbers = tuple(row.number for row in lines)
    taken: Counter[str] = Counter()
    titles, notes = [], []
    for place, name in names.items():
        text = name or f"第{letter_of(place)}列"
        if not name:
            notes.append(f"{letter_of(place)}列有内容而没有标题，叫作“{text}”")
        elif name in taken:
            text = next(one for one in _numbered(name) if one not in taken and one not in names.values())
            notes.append(f"标题“{name}”不止一列，{letter_of(place)}列的叫作“{text}”")
        taken[text] += 1
        titles.append(Title(place, text, numbers))
    return titles, notes


def _numbered(name: str) -> Iterator[str]:
    number = 2
    while True:
        yield f"{name}({number})"
        number += 1


def _told(above: Sequence[Row], lines: Sequence[Row]) -> str:
    header = f"表头在{_span_of(lines)}"
    return f"{_span_of(above)}是标题，{header}" if above else header


def _span_of(rows: Sequence[Row]) -> str:
    first, last = rows[0].number, rows[-1].number
    return f"第{first}行" if first == last else f"第{first}–{last}行"


def letter_of(place: int) -> str:
    """The column as Excel calls it: A, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _value_among(cells: Sequence[str]) -> str:
    """A cell that can't be a title; or the first number when half of the cells are numbers and days."""
    texts = [cell for cell in cells if cell and len(cell) <= _LONGEST_TITLE]
    surely = next((text for text in texts if _SURELY_VALUE.fullmatch(text)), "")
    like = [text for text in texts if _LIKE_VALUE.fullmatch(text)]
    return surely or (like[0] if len(like) * 2 >= len(texts) and like else "")


def _count(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
