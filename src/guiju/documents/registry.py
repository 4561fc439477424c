"""What there is to print (文书模板): parts register theirs, with a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DocumentTemplate:
    """One kind of document: `file` is a typst file, `sample` what its data look like (JSON values)."""

    code: str
    label: str
    note: str
    file: Path
    sample: Mapping[str, Any]


@dataclass(frozen=True)
class Letterhead:
    """Whose document it is (文头): the company as it is registered."""

    name: str
    unified_code: str = ""


@dataclass(frozen=True)
class Mark:
    """What the document is of (记录摘要), and its entry in the log (存证号, 条目摘要), which the address confirms.

    An entry that has no place in the log yet has neither number nor digest.
    """

    digest: str
    url: str
    number: str = ""
    entry_digest: str = ""


DOCUMENTS: dict[str, DocumentTemplate] = {}


def register_document(template: DocumentTemplate) -> DocumentTemplate:
    DOCUMENTS[template.code] = template
    return template
