"""Customers with files."""

from __future__ import annotations

import io
import zipfile

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.files.models import Attachment
from guiju.files.services.attachments import FileDetails, SavedFile, Upload, add_attachment
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nhello\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def customer_of(member: Member, name: str = "李小明", kind: str = "person", **values: str) -> Customer:
    with acting(member):
        how = How(is_stated_adult=True)
        return add_customer(kind=kind, values={"name": name, **values}, how=how, actor=member, at=AT).customer


def put(
    member: Member,
    customer: Customer,
    name: str = "合同.pdf",
    content: bytes = PDF,
    *,
    note: str = "",
    grade: str = "unknown",
) -> SavedFile:
    with acting(member):
        return add_attachment(
            owner_kind="customer",
            owner_id=customer.pk,
            upload=Upload(name, io.BytesIO(content), len(content)),
            details=FileDetails(note, grade),
            actor=member,
            at=AT,
        )


def general(member: Member, customer: Customer, name: str = "合同.pdf", content: bytes = PDF) -> Attachment:
    return put(member, customer, name, content, grade="general").attachment


def docx(*paragraphs: str) -> bytes:
    from docx import Document

    document, out = Document(), io.BytesIO()
    for one in paragraphs:
        document.add_paragraph(one)
    document.save(out)
    return out.getvalue()


def xlsx(*rows: list[str]) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """A workbook of a few kilobytes that would unpack to more than anybody has."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"\x00" * (600 * 2**20))
    return out.getvalue()
