"""The words in files are searched; what is found makes them sensitive (检查)."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from docx import Document
from openpyxl import Workbook
from openpyxl.comments import Comment
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from guiju.files.models import Attachment
from guiju.files.services.attachments import change_attachment
from guiju.files.services.checking import check_attachment, left_waiting
from guiju.files.tests.factories import PNG, allow_sensitive, bomb, consent_to_sensitive, customer_of, docx, put, xlsx
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.tests.factories import publish

IDENTITY = "110101199003077571"


def pdf(text: str) -> bytes:
    """A PDF of one page with a line of Latin letters, written by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def with_entry(content: bytes, name: str) -> bytes:
    """An office file with one more part in it."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, PNG)
    return out.getvalue()


def commented(text: str) -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active["A1"] = "姓名"
    book.active["A1"].comment = Comment(text, "某某")
    book.save(out)
    return out.getvalue()


def headed(text: str) -> bytes:
    document, out = Document(), io.BytesIO()
    document.add_paragraph("正文")
    document.sections[0].header.paragraphs[0].text = text
    document.save(out)
    return out.getvalue()


def scanned(*, pictures: int, outlines: bool = False) -> bytes:
    """A PDF whose first page is text, and whose second a picture, or lines that draw letters."""
    out, writer = io.BytesIO(), PdfWriter(clone_from=io.BytesIO(pdf("a contract")))
    page = writer.add_blank_page(612, 792)
    if outlines:
        stream = DecodedStreamObject()
        stream.set_data(b"0 0 m 10 10 l S")
        page[NameObject("/Contents")] = writer._add_object(stream)
    for number in range(pictures):
        image = DecodedStreamObject()
        image.set_data(bytes(100 * 100))
        image |= {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(100),
            NameObject("/Height"): NumberObject(100),
        }
        named = DictionaryObject({NameObject(f"/I{number}"): writer._add_object(image)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): named})
    writer.write(out)
    return out.getvalue()


def checked(member: Member, row: Attachment) -> tuple[str, str, list[str]]:
    check_attachment(attachment_id=row.pk, entity_id=row.entity_id, at=AT)
    with acting(member):
        row.refresh_from_db()
    return row.reading, row.grade, row.found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("名单.txt", f"身份证 {IDENTITY}".encode("gb18030")),
        ("名单.csv", f"姓名,证件\n王,{IDENTITY}".encode()),
        ("合同.docx", docx("甲方", f"身份证 {IDENTITY}")),
        ("名单.xlsx", xlsx(["姓名", "证件"], ["王", IDENTITY])),
        ("合同.pdf", pdf(f"ID {IDENTITY}")),
    ],
)
def test_a_number_is_found_in_whatever_office_file_it_stands(group: Group, name: str, content: bytes) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), name, content, grade="general").attachment
    assert checked(group.sales_a, row) == ("read", "sensitive", ["id_card"])


def test_a_file_in_which_nothing_is_found_is_an_ordinary_one(group: Group) -> None:
    allow_sensitive(group)
    li = customer_of(group.sales_a)
    consent_to_sensitive(group.sales_a, li)
    row = put(group.sales_a, li, "说明.docx", docx("本周三上午送货，请安排两人卸车")).attachment
    assert row.is_sensitive
    assert checked(group.sales_a, row) == ("read", "general", [])
    secret = put(group.sales_a, li, "方案.txt", b"ordinary", grade="sensitive").attachment
    assert checked(group.sales_a, secret) == ("read", "sensitive", [])


def test_what_cannot_be_read_stays_undecided_and_is_treated_as_sensitive(group: Group) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    picture = put(group.sales_a, li, "照片.png", PNG).attachment
    assert (picture.reading, picture.grade, picture.is_sensitive) == ("unreadable", "unknown", True)
    for name, content in (("炸弹.docx", bomb()), ("坏.pdf", b"%PDF-1.4 nothing")):
        row = put(group.sales_a, li, name, content).attachment
        assert checked(group.sales_a, row) == ("unreadable", "unknown", [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("合同.docx", with_entry(docx("甲方：某某公司"), "word/media/image1.png")),
        ("合同.docx", with_entry(docx("甲方：某某公司"), "word/embeddings/oleObject1.bin")),
        ("名单.xlsx", with_entry(xlsx(["姓名"], ["王"]), "xl/media/image1.png")),
        ("名单.xlsx", commented("身份证见批注")),
        ("合同.pdf", scanned(pictures=1)),
        ("合同.pdf", scanned(pictures=0, outlines=True)),
    ],
)
def test_what_is_read_in_part_is_undecided_until_somebody_looked(group: Group, name: str, content: bytes) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), name, content).attachment
    assert checked(group.sales_a, row) == ("partly", "unknown", [])
    assert row.is_sensitive
    with acting(group.sales_a):
        change_attachment(attachment_id=row.pk, name="", note="", grade="general", actor=group.sales_a, at=AT)
        row.refresh_from_db()
    assert not row.is_sensitive


def test_what_is_found_in_the_part_that_was_read_counts(group: Group) -> None:
    publish(group)
    content = with_entry(docx(f"身份证 {IDENTITY}"), "word/media/image1.png")
    row = put(group.sales_a, customer_of(group.sales_a), "合同.docx", content, grade="general").attachment
    assert checked(group.sales_a, row) == ("partly", "sensitive", ["id_card"])


def test_a_pdf_of_text_pages_only_is_read_whole(group: Group) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), "合同.pdf", scanned(pictures=0)).attachment
    assert checked(group.sales_a, row) == ("read", "general", [])


def test_headers_and_boxes_of_a_document_are_read(group: Group) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), "合同.docx", headed(f"证件 {IDENTITY}")).attachment
    assert checked(group.sales_a, row) == ("read", "sensitive", ["id_card"])


def test_a_file_whose_own_task_was_lost_is_found(group: Group) -> None:
    publish(group)
    row = put(group.sales_a, customer_of(group.sales_a), "说明.txt", "你好".encode()).attachment
    assert left_waiting(at=AT) == []
    assert left_waiting(at=AT + timedelta(hours=1)) == [(row.pk, row.entity_id)]
    checked(group.sales_a, row)
    assert left_waiting(at=AT + timedelta(hours=1)) == []
