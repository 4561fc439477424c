"""Letters that the built-in fonts lack: told, and set in the company's own fonts as soon as these are there."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from pypdf import PdfReader

from guiju.documents.fonts import BUILT_IN, families, without_missing
from guiju.documents.ready_made import NOTICE
from guiju.documents.registry import Letterhead
from guiju.documents.typesetting import Printed, print_pdf
from guiju.kernel.errors import Refused

HOUSE = Letterhead("甲食品有限公司", "91330106MA0000000X")


def notice_to(name: str) -> Printed:
    return print_pdf(NOTICE.code, NOTICE.sample | {"to": name}, of=HOUSE, on=date(2026, 11, 28))


def words(made: Printed) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made.content)).pages)


def fonts_in(made: Printed) -> set[str]:
    pages = PdfReader(io.BytesIO(made.content)).pages
    return {font.get_object()["/BaseFont"] for page in pages for font in page["/Resources"]["/Font"].values()}


def font_with(letter: str, family: str, *, licence: int = 0) -> bytes:
    """A font of one letter, which looks like another."""
    font, out = TTFont(BUILT_IN / "NotoSerifSC-Regular.otf"), io.BytesIO()
    cut = Subsetter()
    cut.populate(text="王")
    cut.subset(font)
    glyph = font.getBestCmap()[ord("王")]
    letters = CmapSubtable.newSubtable(12)  # which holds what lies beyond the first plane
    letters.platformID, letters.platEncID, letters.language, letters.cmap = 3, 10, 0, {ord(letter): glyph}
    forms = CmapSubtable.newSubtable(14)
    forms.platformID, forms.platEncID, forms.language, forms.cmap = 0, 5, 0xFF, {}
    forms.uvsDict = {0xE0101: [(ord(letter), glyph)]}
    font["cmap"].tables = [forms, letters]
    for name in font["name"].names:
        if name.nameID in (1, 6, 16):
            name.string = family.replace(" ", "") if name.nameID == 6 else family
    font["OS/2"].fsType = licence
    font.save(out)
    font.close()
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which a company puts its fonts."""
    monkeypatch.setattr("guiju.documents.typesetting._folder", lambda: tmp_path)
    return tmp_path


def test_rare_names_are_printed_and_letters_that_no_font_has_are_told() -> None:
    made = notice_to("李𬭊、张㛃")
    assert "李𬭊、张㛃" in words(made) and made.missing == ()
    lost = notice_to("王𠮷")
    assert lost.missing == ("𠮷",) and "王〓" in words(lost)
    assert "U+20BB7" in words(lost)


def test_a_font_of_the_company_s_own_is_used_from_the_moment_that_it_is_there(folder: Path) -> None:
    (folder / "broken.ttf").write_bytes(b"no font")
    assert notice_to("王𠮷").missing == ("𠮷",) and families(folder) == []
    (folder / "own.ttf").write_bytes(font_with("𠮷", "House Names"))
    assert without_missing("𠮷", folder) == ("𠮷", []) and families(folder) == ["House Names"]
    made = notice_to("王𠮷")
    assert any("House" in name for name in fonts_in(made)) and made.missing == ()
    (folder / "own.ttf").write_bytes(font_with("𠮶", "House Names"))
    assert notice_to("王𠮷𠮶").missing == ("𠮷",)
    (folder / "own.ttf").unlink()
    assert notice_to("王𠮶").missing == ("𠮶",)


def test_a_font_that_turns_out_to_be_damaged_is_told_in_a_sentence(folder: Path) -> None:
    content = bytearray(font_with("𠮷", "House Names"))
    place = int.from_bytes(content[(at := content.index(b"head")) + 8 : at + 12], "big")
    content[place : place + 54] = bytes(54)
    (folder / "own.ttf").write_bytes(content)
    with pytest.raises(Refused, match=r"“告知书”没能排成 PDF：.*字体"):
        notice_to("王𠮷")
    assert notice_to("王").missing == ()


def test_a_font_that_may_not_be_embedded_has_no_letters_and_the_log_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "own.ttf").write_bytes(font_with("𠮷", "House Names", licence=2))
    assert notice_to("王𠮷").missing == ("𠮷",) and families(folder) == []
    assert "own.ttf" in caplog.text and "不允许嵌入" in caplog.text
    (folder / "own.ttf").write_bytes(font_with("𠮷", "House Names", licence=4))
    assert notice_to("王𠮷").missing == ()


def test_the_choice_of_a_form_that_no_font_has_is_no_lost_letter(folder: Path) -> None:
    made = notice_to("李\U000e0100明\ufe0f")
    assert made.missing == () and "李明" in words(made)
    assert notice_to("\ufe0f王𠮷\U000e0101").missing == ("𠮷",)
    (folder / "own.ttf").write_bytes(font_with("𠮷", "House Names"))
    assert without_missing("𠮷\U000e0101\U000e0100", folder) == ("𠮷\U000e0101", [])
    assert notice_to("王𠮷\U000e0101").missing == ()
