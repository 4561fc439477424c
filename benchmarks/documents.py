"""How long a list of two hundred rows takes to print, and a workbook of as many."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from tools import scratch

from guiju.documents.ready_made import LETTER, LIST
from guiju.documents.registry import Letterhead
from guiju.documents.typesetting import print_pdf
from guiju.web.tables import xlsx_bytes

ROWS = 200
TRIES = 5
HOUSE, DAY = Letterhead("甲食品有限公司"), date(2026, 11, 28)


def report() -> None:
    assert scratch.folder
    rows = [[f"第{number}项整改", "办法第十四条", "2026-12-08", "还剩6个工作日", "李𬭊"] for number in range(ROWS)]
    lists = _best(lambda: print_pdf(LIST.code, LIST.sample | {"rows": rows}, of=HOUSE, on=DAY))
    letter = _best(lambda: print_pdf(LETTER.code, LETTER.sample, of=HOUSE, on=DAY))
    book = _best(lambda: xlsx_bytes("清单", LIST.sample["columns"], rows))
    print(
        f"{ROWS} 行清单 PDF/A {lists:.2f} 秒（目标不超过 1 秒），一页函件 {letter:.2f} 秒，{ROWS} 行 xlsx {book:.2f} 秒"
    )


def _best(do: Callable[[], object]) -> float:
    found = []
    for _ in range(TRIES):
        began = time.perf_counter()
        do()
        found.append(time.perf_counter() - began)
    return min(found)
