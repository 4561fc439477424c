"""The words in an office file, whatever its kind: for searching them, not for showing them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, lines_apart, read_apart
from guiju.sheets.read import decode, read_paragraphs
from guiju.sheets.sniffing import ZIP, refuse_bomb

MOST_LETTERS = 5_000_000
"""Of one file; whoever hides something behind so many letters hides it from readers, too."""

_PLAIN = frozenset({"text/plain", "text/csv"})
_PDF = "application/pdf"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BOOKS = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
READABLE = _PLAIN | _BOOKS | {_PDF, _WORD}
"""The media types of which the words can be read."""


@dataclass(frozen=True)
class Words:
    """What was read of a file, and whether that is all that somebody sees who opens it."""

    texts: list[str]
    is_whole: bool


def words_of_file(name: str, media_type: str, content: bytes) -> Words:
    """The words, paragraph by paragraph, row by row, or page by page; raises `Refused` for what can't be read at all."""
    is_whole = True
    if media_type in _PLAIN:
        found: Iterator[str] = iter(decode(name, content).split("\n"))
    elif media_type == _WORD:
        found = iter(read_paragraphs(name, content, everything=True))
    elif media_type == _PDF:
        pages, is_whole = _pages(name, content)
        found = iter(pages)
    elif media_type in _BOOKS:
        found = _rows(name, content)
    else:
        raise Refused("file_unreadable", f"文件“{name}”里的文字读不出来")
    texts, letters = [], 0
    for text in found:
        letters += len(text)
        if letters > MOST_LETTERS:
            raise Refused("file_large", f"文件“{name}”的文字太多，没有读完")
        texts.append(text)
    return Words(texts, is_whole and not _holds_more(media_type, content))


_UNREAD = ("word/media/", "word/embeddings/", "xl/media/", "xl/embeddings/", "xl/drawings/", "xl/comments", "Pictures/")
"""Where office files keep what is no text in a paragraph or cell: pictures, other files, boxes, comments."""

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1")


def _holds_more(media_type: str, content: bytes) -> bool:
    """Whether an office file holds something beside its text: what isn't read may be an identity card."""
    if media_type in _PLAIN or media_type == _PDF:
        return False
    if not content.startswith(ZIP):
        return any(one in content for one in _PICTURES)
    with ZipFile(BytesIO(content)) as archive:
        return any(name.startswith(_UNREAD) or "/Object " in f"/{name}" for name in archive.namelist())


def _pages(name: str, content: bytes) -> tuple[list[str], bool]:
    ending, lines = read_apart("guiju.sheets.pdf", content)
    if ending != Ending.DONE:
        raise _unreadable(name, ending)
    pages = [json.loads(line) for line in lines]
    if not any(text.strip() for text, _ in pages):
        raise Refused("file_empty", f"文件“{name}”里没有文字：内容是图片的，请先识别成文字")
    return [text for text, _ in pages], not any(shows_more for _, shows_more in pages)


def _rows(name: str, content: bytes) -> Iterator[str]:
    """The rows of all sheets, hidden ones too: what a reader of the file finds, we find."""
    if content.startswith(ZIP):
        refuse_bomb(name, content)
    ending, sheets = read_apart("guiju.sheets.workbook", content, "sheets")
    if ending != Ending.DONE:
        raise _unreadable(name, ending)
    for title in (json.loads(line)[0] for line in sheets):
        yield title
        work = lines_apart("guiju.sheets.workbook", content, "rows", json.dumps(title))
        next(work, None)
        while True:
            try:
                yield "\t".join(json.loads(next(work))[0])
            except StopIteration as end:
                if end.value != Ending.DONE:
                    raise _unreadable(name, end.value) from None
                break


def _unreadable(name: str, ending: int) -> Refused:
    why = {Ending.PASSWORD: "有密码", Ending.LARGE: "展开后太大", Ending.EMPTY: "没有内容"}.get(
        Ending(ending), "可能已损坏"
    )
    return Refused("file_unreadable", f"文件“{name}”读不出来：{why}")
