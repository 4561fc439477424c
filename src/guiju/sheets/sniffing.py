"""What kind of file it is, by its content and not its name, and whether it may be read at all."""

from __future__ import annotations

import io
import zipfile
from enum import Enum

from guiju.kernel.errors import Refused

LARGEST_FILE = 50 * 2**20
LARGEST_UNPACKED = 500 * 2**20
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK_NAMES = (".xlsx", ".xls", ".ods")


class Kind(Enum):
    """Into what a table is written."""

    WORKBOOK = "workbook"
    TEXT = "text"


def kind_of(name: str, content: bytes) -> Kind:
    """The kind of a file in memory; raises `Refused` for one that is empty, too large or disguised."""
    if not content.strip(b"\x00\r\n\t "):
        raise Refused("file_empty", f"文件“{name}”是空的")
    refuse_large(name, len(content))
    kind = kind_by_start(name, content[:8])
    if content.startswith(ZIP):
        refuse_bomb(name, content)
    return kind


def kind_by_start(name: str, start: bytes) -> Kind:
    """The kind by the first eight bytes; raises `Refused` for what only bears the name of a workbook."""
    if start.startswith((ZIP, OLE)):
        return Kind.WORKBOOK
    if name.lower().endswith(_BOOK_NAMES):
        raise Refused("file_not_table", f"文件“{name}”不是 Excel 文件，虽然名字像：请另存为 xlsx 或 csv 再试")
    return Kind.TEXT


def refuse_large(name: str, size: int, most: int = LARGEST_FILE) -> None:
    if size > most:
        raise Refused("file_large", f"文件“{name}”有{size >> 20} MB，最多{most >> 20} MB：请分成几份")


def refuse_bomb(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Excel 另存一份再试") from None
    if unpacked > LARGEST_UNPACKED:
        raise Refused("file_large", f"文件“{name}”展开后有{unpacked >> 20} MB，最多{LARGEST_UNPACKED >> 20} MB")
