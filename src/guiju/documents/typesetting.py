"""Data and a template become a PDF/A-2b (ISO 19005-2) or pictures of its pages.

Data reach typst as JSON and never as its code: whatever a customer is called, it is printed and not run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import segno
import typst
from django.conf import settings

from guiju.documents.fonts import State, families, font_folders, printable, state_of, without_missing
from guiju.documents.registry import DOCUMENTS, DocumentTemplate, Letterhead, Mark
from guiju.kernel.errors import Missing, Refused

_log = logging.getLogger("guiju.documents")
_HERE = Path(__file__).parent
_PICTURE_DPI = 72.0
_one_at_a_time = Lock()
"""The compiler refuses a second caller; a page takes some hundredths of a second."""


@dataclass(frozen=True)
class Printed:
    """A document and the letters that no font has, which stand in it as 〓."""

    content: bytes
    missing: tuple[str, ...] = ()


def template_of(code: str) -> DocumentTemplate:
    found = DOCUMENTS.get(code)
    if found is None:
        raise Missing("no_such_document", f"没有“{code}”这种文书")
    return found


def print_pdf(
    code: str,
    data: Mapping[str, Any],
    *,
    of: Letterhead,
    on: date,
    mark: Mark | None = None,
    is_sample: bool = False,
) -> Printed:
    """A PDF/A-2b with its fonts in it (打印文书); `on` is the date that it bears.

    Every page of a sample (样张) says that it has no force, whatever its letterhead and its seal say.
    """
    text, missing = _inputs(code, data, of, on, mark, is_sample)
    made = _compiled(code, text, format="pdf", pdf_standards=["a-2b"])
    assert isinstance(made, bytes)
    return Printed(made, tuple(missing))


def print_pictures(
    code: str,
    data: Mapping[str, Any],
    *,
    of: Letterhead,
    on: date,
    mark: Mark | None = None,
    is_sample: bool = False,
) -> list[bytes]:
    """Its pages as PNG, one after the other."""
    text, _ = _inputs(code, data, of, on, mark, is_sample)
    made = _compiled(code, text, format="png", ppi=_PICTURE_DPI)
    return [one for one in (made if isinstance(made, list) else [made]) if one is not None]


def _compiled(code: str, text: str, **wanted: Any) -> Any:
    template, more = template_of(code), _folder()
    try:
        with _one_at_a_time:
            return _compiler(more, state_of(more)).compile(
                input=str(template.file), sys_inputs={"document": text}, **wanted
            )
    except typst.TypstError as fault:
        # What a template can't do is found by its tests; what is left are fonts that nobody here has seen.
        _log.error("%s: %s", code, fault.message)
        raise Refused(
            "document_fault", f"“{template.label}”没能排成 PDF：多半是数据文件夹 fonts 里有字体已损坏，原因记在日志里"
        ) from None


def _folder() -> Path | None:
    return settings.GUIJU_FOLDER.path / "fonts" if settings.GUIJU_FOLDER else None


@lru_cache(maxsize=2)
def _compiler(more: Path | None, _fonts: State) -> typst.Compiler:
    """Reads its fonts once, and so holds as long as they do."""
    return typst.Compiler(
        root=str(_HERE.parent),
        font_paths=[str(one) for one in font_folders(more)],
        ignore_system_fonts=True,
    )


def _inputs(
    code: str, data: Mapping[str, Any], of: Letterhead, on: date, mark: Mark | None, is_sample: bool
) -> tuple[str, list[str]]:
    _check_rows(data)
    whole: dict[str, Any] = {
        "data": _texts(data),
        "company": _texts(asdict(of)),
        "on": [on.year, on.month, on.day],
        "title": template_of(code).label,
        "families": families(_folder()),
        "mark": None,
        "is_demo": settings.GUIJU_IS_DEMO,
        "is_sample": is_sample,
    }
    if mark is not None:
        whole["mark"] = {**asdict(mark), "picture": segno.make(mark.url, error="m").svg_inline(border=0)}
    _, missing = without_missing(json.dumps(whole, ensure_ascii=False), _folder())
    whole["missing"] = [f"U+{ord(one):04X}" for one in missing]
    return without_missing(json.dumps(whole, ensure_ascii=False), _folder())


def _check_rows(data: Mapping[str, Any]) -> None:
    """Every row as wide as the table: typst would put what is left over or missing into the next one, without a word."""
    if "columns" not in data:
        return
    columns = len(data["columns"])
    if len(data.get("widths", data["columns"])) != columns:
        raise ValueError(f"there are {len(data['widths'])} widths, and there are {columns} columns")
    for number, row in enumerate(data["rows"], 1):
        if len(row) != columns:
            raise ValueError(f"row {number} has {len(row)} cells, and there are {columns} columns")


def _texts(value: Any) -> Any:
    """The same with a text in every place, as the templates expect: empty for None."""
    if isinstance(value, Mapping):
        return {str(name): _texts(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(one) for one in value]
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else printable(str(value))
