"""Reads one Word document in a process of its own, with a limit on memory and time.

python -I -m guiju.sheets.word < FILE          one JSON text for each paragraph, tables cell by cell
python -I -m guiju.sheets.word all < FILE      also headers, notes, comments, and what stands in boxes
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table
from lxml.etree import LxmlError

from guiju.sheets.apart import Ending, limit


def main() -> int:
    content = sys.stdin.buffer.read()
    if "EncryptedPackage".encode("utf-16-le") in content[:65536]:
        return Ending.PASSWORD
    try:
        document = Document(io.BytesIO(content))
        for text in _all_texts(document) if sys.argv[1:] == ["all"] else _texts(document):
            if text.strip():
                sys.stdout.write(json.dumps(text) + "\n")
    except MemoryError:
        return Ending.LARGE
    except (zipfile.BadZipFile, LxmlError, KeyError, ValueError, OSError):
        return Ending.DAMAGED
    return Ending.DONE


def _texts(container: Any) -> Iterator[str]:
    """Paragraphs in their order; the cells of a row are joined, a merged cell counts once."""
    for block in container.iter_inner_content():
        if not isinstance(block, Table):
            yield block.text
            continue
        for row in block.rows:
            seen: list[Any] = []
            for cell in row.cells:
                if cell._tc not in seen:
                    seen.append(cell._tc)
                    yield from _texts(cell)


def _all_texts(document: Any) -> Iterator[str]:
    for part in document.part.package.iter_parts():
        if str(part.partname).endswith(".xml"):
            for paragraph in parse_xml(part.blob).iter(qn("w:p")):
                yield "".join(one.text or "" for one in paragraph.iter(qn("w:t")))


if __name__ == "__main__":
    limit()
    sys.exit(main())
