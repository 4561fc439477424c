"""Reads the text of one PDF in a process of its own, with a limit on memory and time.

python -I -m guiju.sheets.pdf < FILE      for each page its text, and whether it shows something that is no text
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from guiju.sheets.apart import Ending, limit


def main() -> int:
    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
        if reader.is_encrypted and not reader.decrypt(""):
            return Ending.PASSWORD
        for page in reader.pages:
            text = page.extract_text()
            sys.stdout.write(json.dumps([text, _shows_more(page, text)]) + "\n")
        if reader.attachments:
            sys.stdout.write(json.dumps(["", True]) + "\n")
    except (MemoryError, RecursionError):
        return Ending.LARGE
    except FileNotDecryptedError:
        return Ending.PASSWORD
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        # A broken file breaks its reader in ways of its own; here that ends this process and nothing else.
        return Ending.DAMAGED
    return Ending.DONE


_SMALLEST = 64 * 64
"""Dots of a picture in which nobody could read anything."""


def _shows_more(page: PageObject, text: str) -> bool:
    """Whether a page shows pictures, or marks without any text: scanned, drawn, or written in outlines."""
    contents = page.get_contents()
    if not text.strip() and contents is not None and contents.get_data().strip():
        return True
    return _has_picture(page.get("/Resources"), set()) or (contents is not None and b" ID " in contents.get_data())


def _has_picture(resources: Any, seen: set[int]) -> bool:
    """Whether one of these resources is a picture, or a form that holds one."""
    known = resources.get_object() if resources is not None else {}
    forms = known.get("/XObject")
    for one in forms.get_object().values() if forms is not None else ():
        found = one.get_object()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if found.get("/Subtype") == "/Image" and int(found.get("/Width", 0)) * int(found.get("/Height", 0)) > _SMALLEST:
            return True
        if found.get("/Subtype") == "/Form" and _has_picture(found.get("/Resources"), seen):
            return True
    return False


if __name__ == "__main__":
    limit()
    sys.exit(main())
