"""Reads of letters of authorities and our replies (监管来函)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guiju.complaints.models import Complaint, Letter
from guiju.kernel.errors import Refused
from guiju.keys.values import sealed_values


@dataclass(frozen=True)
class LetterLine:
    """A letter and the reply that was drafted."""

    letter: Letter
    title: str
    text: str


def letter_of(case: Complaint) -> LetterLine | None:
    """None for what no authority wrote."""
    found = Letter.objects.select_related("about").filter(complaint=case).first()
    if found is None:
        return None
    said = sealed_values(found, "sealed")
    return LetterLine(found, str(said.get("title", "")), str(said.get("text", "")))


def letters_about(case: Complaint) -> list[Letter]:
    """What authorities wrote about a consumer's case."""
    return list(Letter.objects.select_related("complaint").filter(about=case).order_by("dated_on", "pk"))


def paper_of(line: LetterLine) -> Mapping[str, Any]:
    """What stands in the official paper; raises `Refused` while nothing is drafted."""
    if line.letter.drafted_at is None:
        raise Refused("reply_missing", "还没有起草复函：先起草")
    return {
        "number": line.letter.our_no,
        "title": line.title,
        "to": line.letter.authority,
        "text": line.text,
        "attachments": list(line.letter.attachments),
    }
