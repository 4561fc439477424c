"""Tables with a header: where each column stands, and the cells of a row by title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from guiju.kernel.errors import Refused
from guiju.sheets.read import Line, read_table

MOST_TITLE_LINES = 10


def header_of(name: str, table: Iterator[Line], *, needed: Sequence[str], more: Sequence[str] = ()) -> dict[str, int]:
    """Where each column stands; title lines above the header are passed over. The first needed one marks it."""
    wanted = (*needed, *more)
    for line in islice(table, MOST_TITLE_LINES):
        titles = [cell.replace(" ", "").replace("*", "") for cell in line.cells]
        if needed[0] in titles:
            missing = [title for title in needed if title not in titles]
            if missing:
                raise Refused("file_columns", f"文件“{name}”缺少列：{'、'.join(missing)}")
            twice = sorted({title for title in wanted if titles.count(title) > 1})
            if twice:
                raise Refused("file_columns", f"文件“{name}”有重复的列：{'、'.join(twice)}")
            return {title: titles.index(title) for title in wanted if title in titles}
    raise Refused("file_columns", f"文件“{name}”前10行里没有表头“{needed[0]}”：请用模板填写")


def values_of(line: Line, header: Mapping[str, int]) -> dict[str, str]:
    """The cells of the recognised columns, by title."""
    return {title: line.cells[place] if place < len(line.cells) else "" for title, place in header.items()}


def titled_rows(
    name: str, content: bytes, *, needed: Sequence[str], more: Sequence[str] = (), most: int
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that isn't empty: its number as Excel shows it, and its cells by title.

    Raises `Refused` for the file as a whole, one with more than `most` rows too.
    """
    table = read_table(name, content)
    header = header_of(name, table, needed=needed, more=more)
    count = 0
    for line in table:
        values = values_of(line, header)
        if any(values.values()):
            count += 1
            if count > most:
                raise Refused("file_long", f"文件“{name}”超过{most}行：请分成几份")
            yield line.number, values
