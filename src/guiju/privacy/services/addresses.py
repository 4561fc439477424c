"""Phones and e-mail addresses out of what people type, paste and upload (手机和邮箱名单)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guiju.kernel.cells import phone_text
from guiju.kernel.errors import Refused
from guiju.kernel.identifiers import Invalid, email
from guiju.sheets.read import Line, read_table

MOST_LINES = 20_000
MOST_TOLD = 100
"""So many wrong lines are named one by one."""


@dataclass(frozen=True)
class Given:
    """The addresses of a list, each once, and the lines that hold none with what is wrong with them."""

    addresses: Sequence[str]
    wrong: Sequence[tuple[int, str]]


def address_in(text: str) -> str:
    """A phone or an e-mail address in standard spelling; raises `Refused` for what is neither, beside its field."""
    try:
        return _address(text)
    except Invalid as invalid:
        raise Refused(invalid.code, invalid.sentence, field="email" if "@" in text else "phone") from None


def _address(text: str) -> str:
    # E-mail addresses differ in nothing by their capitals.
    return email.check(text).lower() if "@" in text else phone_text(text)


def addresses_in_file(name: str, content: bytes) -> Given:
    """The addresses of a file: one a line, in whichever column; a first line without any is its header."""
    return _given(read_table(name, content))


def addresses_in_text(text: str) -> Given:
    """The addresses of a block that somebody pasted, one a line."""
    lines = text.replace("\x00", "").splitlines()
    return _given(Line(number, line.replace(",", "\t").split("\t")) for number, line in enumerate(lines, 1))


def _given(lines: Iterable[Line]) -> Given:
    found: dict[str, None] = {}
    wrong: list[tuple[int, str]] = []
    count = 0
    for line in lines:
        cells = [cell.strip() for cell in line.cells if cell.strip()]
        if not cells:
            continue
        count += 1
        if count > MOST_LINES:
            raise Refused("file_long", f"名单超过{MOST_LINES}行：请分成几份", field="file")
        some, why = _of_line(cells)
        if some:
            found |= dict.fromkeys(some)
        elif count > 1 or any(any(letter.isdigit() or letter == "@" for letter in cell) for cell in cells):
            wrong.append((line.number, why))
    return Given(list(found), wrong)


def _of_line(cells: Sequence[str]) -> tuple[list[str], str]:
    """All addresses of a line, and what is wrong with the first cell that looks like one where there are none."""
    some, whys = [], []
    for cell in cells:
        try:
            some.append(_address(cell))
        except Invalid as invalid:
            if "@" in cell or any(letter.isdigit() for letter in cell):
                whys.append(invalid.sentence)
    return some, whys[0] if whys else "没有手机，也没有电子邮箱"
