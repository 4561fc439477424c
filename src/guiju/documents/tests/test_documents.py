"""Documents are PDF/A with their fonts in them, whatever somebody is called; Word templates can only print."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pypdf import PdfReader

from guiju.documents.cli import document as commands
from guiju.documents.ready_made import DEADLINE, LETTER, LIST, NOTICE, sample_mark
from guiju.documents.registry import DOCUMENTS, Letterhead
from guiju.documents.tests.test_docx import word_file
from guiju.documents.typesetting import print_pdf, print_pictures
from guiju.kernel.calendar import Period, Unit, WorkCalendar, deadline
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group, sign_in

HOUSE = Letterhead("甲食品有限公司", "91330106MA0000000X")
DAY = date(2026, 11, 28)
PICTURES = Path("build/documents")


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("code", sorted(DOCUMENTS))
def test_every_document_is_pdf_a_with_its_fonts_its_pages_numbered_and_its_digest(code: str) -> None:
    made = print_pdf(code, DOCUMENTS[code].sample, of=HOUSE, on=DAY, mark=sample_mark())
    reader = PdfReader(io.BytesIO(made.content))
    about = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    text = words(made.content)

    assert "<pdfaid:part>2</pdfaid:part>" in about and "<pdfaid:conformance>B</pdfaid:conformance>" in about
    fonts = [font for page in reader.pages for font in fonts_of(page)]
    assert fonts
    for font in fonts:
        assert "/FontFile3" in font["/DescendantFonts"][0]["/FontDescriptor"]
    assert f"第1页共{len(reader.pages)}页" in text and "2026年11月28日" in text
    assert HOUSE.name in text and sample_mark().digest in text and not made.missing


@pytest.mark.parametrize("code", sorted(DOCUMENTS))
def test_every_document_can_be_looked_at(code: str) -> None:
    pages = print_pictures(code, DOCUMENTS[code].sample, of=HOUSE, on=DAY, mark=sample_mark())
    PICTURES.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages, 1):
        assert page.startswith(b"\x89PNG") and len(page) > 5_000, "more than an empty sheet"
        (PICTURES / f"{code}-{number}.png").write_bytes(page)


def fonts_of(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_in_the_demo_every_page_says_that_it_has_no_force(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "演示数据" not in words(print_pdf(LETTER.code, LETTER.sample, of=HOUSE, on=DAY).content)
    monkeypatch.setattr(settings, "GUIJU_IS_DEMO", True)
    for page in PdfReader(io.BytesIO(print_pdf(LETTER.code, LETTER.sample, of=HOUSE, on=DAY).content)).pages:
        assert "演示数据" in page.extract_text()


def test_every_page_of_a_sample_says_that_it_is_one_and_its_code_leads_to_this_installation() -> None:
    mark = sample_mark()
    made = print_pdf(LIST.code, LIST.sample, of=HOUSE, on=DAY, mark=mark, is_sample=True)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages]
    assert len(pages) > 1 and all("样张　没有效力" in page for page in pages)
    assert mark.url.startswith(f"{settings.GUIJU_CONSUMER_URL}/proof/") and mark.url in words(made.content)
    assert "样张" not in words(print_pdf(LIST.code, LIST.sample, of=HOUSE, on=DAY, mark=mark).content)


def test_the_sample_of_a_deadline_is_counted_right() -> None:
    found = deadline(WorkCalendar(), date(2026, 9, 28), Period(7, Unit.DAYS))
    assert DEADLINE.sample["proof"] == found.proof and found.due == date(2026, 10, 8)


@examples(max_examples=15)
@given(st.text(max_size=30))
def test_whatever_is_written_is_printed_and_never_run(text: str) -> None:
    data = LETTER.sample | {"to": f"#panic() $x$ *b* {text}", "text": f'{text}\n#import "x.typ" <a> @b'}
    made = print_pdf(LETTER.code, data, of=HOUSE, on=DAY)
    assert "#panic()$x$*b*" in words(made.content)


def test_a_table_of_two_hundred_rows_repeats_its_head_on_every_page() -> None:
    rows = [[f"第{number}项", "办法第十四条", "2026-12-08", "还剩6个工作日", "李明"] for number in range(200)]
    made = print_pdf(LIST.code, LIST.sample | {"rows": rows}, of=HOUSE, on=DAY)
    reader = PdfReader(io.BytesIO(made.content))

    assert len(reader.pages) > 3
    assert all("要办的事" in page.extract_text() for page in reader.pages)
    assert "第199项" in words(made.content)


def test_figures_and_empty_values_are_printed_as_text() -> None:
    row = [1, 2.5, None, date(2026, 12, 8), True]
    made = print_pdf(LIST.code, LIST.sample | {"rows": [row], "note": None}, of=HOUSE, on=DAY)
    assert "经办人12.52026-12-08是" in words(made.content)
    for code in (LETTER.code, NOTICE.code):
        plain = DOCUMENTS[code].sample
        empty = plain | {name: None for name, value in plain.items() if isinstance(value, str)} | {"title": "函"}
        assert "函" in words(print_pdf(code, empty, of=HOUSE, on=DAY).content)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": [["一"] * 5, ["一"] * 4]}, "row 2 has 4 cells, and there are 5 columns"),
        ({"rows": [["一"] * 6]}, "row 1 has 6 cells"),
        ({"widths": [1, 2]}, "2 widths, and there are 5 columns"),
    ],
)
def test_a_row_that_does_not_fit_its_columns_is_a_fault_of_the_program(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        print_pdf(LIST.code, LIST.sample | changes, of=HOUSE, on=DAY)


def test_several_are_printed_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = threads.map(
            lambda code: print_pictures(code, DOCUMENTS[code].sample, of=HOUSE, on=DAY), [*DOCUMENTS] * 4
        )
        assert all(pages[0].startswith(b"\x89PNG") for pages in made)


@pytest.mark.django_db
def test_the_gallery_shows_every_document(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    page = client.get(reverse("document_gallery")).text
    for code, one in DOCUMENTS.items():
        assert one.label in page
        sample = client.get(reverse("document_sample", args=[code]))
        assert sample["Content-Type"] == "application/pdf" and "样张没有效力" in words(sample.content)
        assert client.get(reverse("document_picture", args=[code])).content.startswith(b"\x89PNG")
    assert client.get(reverse("document_sample", args=["nobody"])).status_code == 404


@pytest.mark.django_db
def test_the_command_prints_a_sample(group: Group, tmp_path: Path) -> None:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    run, out = CliRunner(), tmp_path / "x.pdf"
    assert "公文函件" in run.invoke(commands, ["list"], obj=secret).output
    done = run.invoke(commands, ["render", "letter", "--sample", "--output", str(out)], obj=secret)
    assert done.exit_code == 0 and f"样张没有效力{group.company_a.name}" in words(out.read_bytes())
    template, data, filled = tmp_path / "t.docx", tmp_path / "d.json", tmp_path / "f.docx"
    template.write_bytes(word_file("致{{ 客户 }}"))
    data.write_text('{"客户": "张三"}', "utf-8")
    asked = ["fill", str(template), "--data", str(data), "--output", str(filled)]
    assert run.invoke(commands, asked, obj=secret).exit_code == 0
    assert Document(filled).paragraphs[0].text == "致张三"
    data.write_text("[1]", "utf-8")
    assert isinstance(run.invoke(commands, asked, obj=secret).exception, Refused)
    assert isinstance(run.invoke(commands, ["render", "nobody", "--sample"], obj=secret).exception, Missing)
    assert isinstance(run.invoke(commands, ["render", "letter"], obj=secret).exception, Refused)
