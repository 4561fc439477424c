"""Log lines without the values of records: what is erased from the database stays in no log either."""

from __future__ import annotations

import logging
import re
from types import TracebackType

_VALUES = re.compile(r"^(?:DETAIL|CONTEXT|HINT|LINE \d+):.*(?:\n(?!\S).*)*\n?", re.MULTILINE)


class WithoutValues(logging.Formatter):
    """Takes out of a traceback what PostgreSQL says about the row and the statement."""

    def formatException(  # noqa: N802 -- the name of logging
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return _VALUES.sub("", super().formatException(ei))
