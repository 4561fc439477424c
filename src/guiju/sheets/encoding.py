"""In which characters a text file is written (编码): UTF-8, UTF-16 with mark, else GB18030.

The whole file is decoded strictly before a row of it is used: a file whose last line is in another
encoding is refused, and not read wrongly.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from guiju.kernel.errors import Refused

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHUNK = 1 << 20
_SURELY = 20
"""So many bytes beyond one a character are UTF-8 by no accident: text in GB18030 breaks its rules sooner."""

NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}
"""As people call them."""


@dataclass(frozen=True)
class _Fault:
    """Where decoding stopped: the line, and how many bytes more than characters came before."""

    line: int
    beyond: int


def encoding_of(name: str, opened: Callable[[], BinaryIO]) -> str:
    """The encoding by Python's name; anything but these four is refused."""
    with opened() as file:
        start = file.read(4)
    marked = next((encoding for mark, encoding in _MARKS.items() if start.startswith(mark)), None)
    for attempt in (marked,) if marked else ("utf-8", "gb18030"):
        fault = _fault(opened, attempt)
        if fault is None:
            return attempt
        if attempt == "utf-8-sig" or (attempt == "utf-8" and fault.beyond >= _SURELY):
            raise Refused(
                "file_encoding",
                f"文件“{name}”是 UTF-8 的，但第{fault.line}行混进了别的编码或已损坏：请另存为 UTF-8 再试",
            )
    raise Refused("file_encoding", f"文件“{name}”不是文本，或编码不是 UTF-8、GB18030：请另存为 UTF-8 再试")


def _fault(opened: Callable[[], BinaryIO], encoding: str) -> _Fault | None:
    """The first place that isn't in this encoding; a NUL is in no text."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines, beyond = 1, 0
    with opened() as file:
        for chunk in iter(partial(file.read, _CHUNK), b""):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as fault:
                good = fault.object[: fault.start]
                return _Fault(lines + good.count(b"\n"), beyond + len(good) - len(good.decode(encoding, "ignore")))
            if "\x00" in text:
                return _Fault(lines, 0)
            lines += chunk.count(b"\n")
            beyond += len(chunk) - len(text)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _Fault(lines, beyond)
    return None
