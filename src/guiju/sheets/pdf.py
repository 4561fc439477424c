"""Reads the text of one PDF in a process of its own, with a limit on memory and time.

python -I -m guiju.sheets.pdf < FILE      one JSON text for each page
"""

from __future__ import annotations

import io
import json
import sys

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from guiju.sheets.apart import Ending, limit


def main() -> int:
    try:
        reader = PdfReader(io.BytesIO(sys.stdin.buffer.read()))
        if reader.is_encrypted and not reader.decrypt(""):
            return Ending.PASSWORD
        for page in reader.pages:
            sys.stdout.write(json.dumps(page.extract_text()) + "\n")
    except (MemoryError, RecursionError):
        return Ending.LARGE
    except FileNotDecryptedError:
        return Ending.PASSWORD
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        # A broken file breaks its reader in ways of its own; here that ends this process and nothing else.
        return Ending.DAMAGED
    return Ending.DONE


if __name__ == "__main__":
    limit()
    sys.exit(main())
