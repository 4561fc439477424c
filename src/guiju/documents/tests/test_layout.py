"""What is printed stays on the paper and in its cell."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pypdf import PageObject, PdfReader

from guiju.documents.ready_made import LETTER, LIST, NOTICE, sample_mark
from guiju.documents.registry import DOCUMENTS, Letterhead
from guiju.documents.typesetting import print_pdf

HOUSE = Letterhead("甲食品有限公司", "91330106MA0000000X")
DAY = date(2026, 11, 28)
LONG = {
    "letters": "W" * 90,
    "figures": "9" * 300,
    "an address": "https://example.com/" + "a" * 300,
    "points": "！" * 90,
    "dashes": "—" * 90,
    "just longer than a narrow cell": "W" * 15,
}


def pages_of(pdf: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(pdf)).pages)


def words(page: PageObject) -> str:
    return "".join(page.extract_text().replace("\u200b", "").split())


def runs_of(page: PageObject) -> list[tuple[float, float]]:
    """Where each piece of text begins and ends, in points from the left edge of the paper."""
    runs: list[tuple[float, float]] = []
    font: list[Any] = []

    def note(operator: bytes, operands: list[Any], matrix: list[float], text_matrix: list[float]) -> None:
        if operator == b"Tf":
            font[:] = [widths_of(page["/Resources"]["/Font"][operands[0]].get_object()), float(operands[1])]
        if operator in (b"TJ", b"Tj"):
            widths, size = font
            pieces = operands[0] if operator == b"TJ" else operands
            wide = sum(
                -float(one) if not isinstance(one, (bytes, str)) else sum(widths(code) for code in codes_of(one))
                for one in pieces
            )
            left = text_matrix[4] * matrix[0] + matrix[4]
            runs.append((left, left + wide * size / 1000 * text_matrix[0] * matrix[0]))

    page.extract_text(visitor_operand_before=note)
    return runs


def codes_of(text: bytes | str) -> Iterator[int]:
    raw = text if isinstance(text, bytes) else text.original_bytes  # type: ignore[attr-defined]
    return (int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2))


def widths_of(font: Any) -> Any:
    """How wide each glyph of a font is, in thousandths of its size (ISO 32000-1, 9.7.4.3)."""
    below = font["/DescendantFonts"][0].get_object()
    known: dict[int, float] = {}
    rest = list(below.get("/W", []))
    while rest:
        first, then = rest.pop(0), rest.pop(0)
        if isinstance(then, list):
            known |= {first + place: float(one) for place, one in enumerate(then)}
        else:
            known |= dict.fromkeys(range(first, then + 1), float(rest.pop(0)))
    return lambda code: known.get(code, float(below.get("/DW", 1000)))


def longer(value: Any, word: str) -> Any:
    """Every text of a sample with the word at its end."""
    return f"{value} {word}" if isinstance(value, str) else [longer(one, word) for one in value]


@pytest.mark.parametrize("code", sorted(DOCUMENTS))
@pytest.mark.parametrize("word", LONG.values(), ids=LONG)
def test_a_word_longer_than_its_line_is_broken_and_stays_within_the_margins(code: str, word: str) -> None:
    data = {name: longer(value, word) for name, value in DOCUMENTS[code].sample.items() if name != "widths"}
    data = DOCUMENTS[code].sample | data | ({"rows": data["rows"][:2]} if code == LIST.code else {})
    made = print_pdf(code, data, of=Letterhead(f"{HOUSE.name} {word}"), on=DAY, mark=sample_mark())
    for page in pages_of(made.content):
        start, end = (51, 51) if page.mediabox.width > page.mediabox.height else (79, 73)
        for left, right in runs_of(page):
            # The empty half of a point at the end of a line counts as width here, up to 26 pt / 2.
            assert left > start - 1 and right < page.mediabox.width - end + 14


def test_a_long_word_stays_in_its_cell() -> None:
    row = ["W" * 90, "9" * 90, "https://example.com/" + "a" * 90, "！" * 90, "W" * 15]
    [page] = pages_of(print_pdf(LIST.code, LIST.sample | {"rows": [row], "note": ""}, of=HOUSE, on=DAY).content)
    ends = [51.0]
    for width in LIST.sample["widths"]:
        ends.append(ends[-1] + width / 14 * 261 / 25.4 * 72)

    in_cells = [run for run in runs_of(page) if any(abs(run[0] - end - 5) < 1 for end in ends)]
    assert len(in_cells) > 20
    for left, right in in_cells:
        assert right < next(end for end in ends if end > left)
    assert words(page).count("W") == 105, "nothing is lost"


def test_what_fits_is_not_broken() -> None:
    made = print_pdf(LIST.code, LIST.sample, of=HOUSE, on=DAY, mark=sample_mark())
    lines = [line for page in pages_of(made.content) for line in page.extract_text().splitlines()]
    assert any(sample_mark().digest in line for line in lines) and any("2026-12-08" in line for line in lines)


FILLED = [
    *((LETTER.code, {"text": "\n".join(["字" * 20] * count)}) for count in range(8, 16)),
    *((LETTER.code, {"text": "字" * count, "attachments": []}) for count in range(420, 660, 30)),
    *((LETTER.code, {"attachments": ["字" * 20] * count}) for count in range(3, 12)),
    *((NOTICE.code, {"ways": "字" * count}) for count in range(420, 660, 30)),
    *((NOTICE.code, {"ways": "", "facts": [["字字", "字"]] * count}) for count in range(17, 25)),
    *((LIST.code, {"rows": [["字"] * 5] * count, "widths": [1] * 5}) for count in range(16, 25)),
]
"""Text that ends around the end of a page."""


@pytest.mark.parametrize(("code", "data"), FILLED)
def test_the_page_with_the_seal_has_text_above_it_and_bears_the_digest(code: str, data: dict[str, Any]) -> None:
    *_, last = pages_of(print_pdf(code, DOCUMENTS[code].sample | data, of=HOUSE, on=DAY, mark=sample_mark()).content)
    above, _, below = words(last).partition("2026年11月28日（盖章）")
    assert "字" in above and sample_mark().digest in below


def test_a_letter_of_a_page_is_on_one_page() -> None:
    assert len(pages_of(print_pdf(LETTER.code, LETTER.sample, of=HOUSE, on=DAY, mark=sample_mark()).content)) == 1


def test_a_last_row_higher_than_a_page_is_printed_whole() -> None:
    data = {"rows": [["字"] * 5, ["字" * 3000, *["字"] * 4]], "widths": [1] * 5}
    pages = pages_of(print_pdf(LIST.code, LIST.sample | data, of=HOUSE, on=DAY, mark=sample_mark()).content)
    assert "".join(map(words, pages)).count("字") == 3009
