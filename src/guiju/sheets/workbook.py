"""Reads one workbook in a process of its own, with a limit on memory and time.

A workbook of two cells, the second a million rows below the first, makes its reader fill in
everything between: a kilobyte becomes gigabytes. Here that ends this process and not the caller's.

    python -I -m guiju.sheets.workbook < FILE      one JSON list of texts for each row
"""

from __future__ import annotations

import io
import json
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from guiju.sheets.apart import Ending, limit

MOST_CELLS = 10_000_000
_LONGEST_CELL = 32_767
"""Excel's own limit."""


def main() -> int:
    content = sys.stdin.buffer.read()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            return Ending.EMPTY
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except PasswordError:
        return Ending.PASSWORD
    except MemoryError:
        return Ending.LARGE
    except (CalamineError, OSError, ValueError):
        # An encrypted workbook is an OLE file whose stream bears this name.
        return Ending.PASSWORD if "EncryptedPackage".encode("utf-16-le") in content[:65536] else Ending.DAMAGED
    if rows and len(rows) * len(rows[0]) > MOST_CELLS:
        return Ending.LARGE
    for row in rows:
        sys.stdout.write(json.dumps([text_of(cell)[:_LONGEST_CELL] for cell in row], ensure_ascii=True) + "\n")
    return Ending.DONE


def text_of(cell: object) -> str:
    """A cell as people read it: numbers without a trailing `.0`, dates in ISO form."""
    match cell:
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell).strip()


if __name__ == "__main__":
    limit()
    sys.exit(main())
