"""Customers with files."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.files.models import Attachment
from guiju.files.records import SENSITIVE_NAME
from guiju.files.services.attachments import FileDetails, SavedFile, Upload, add_attachment
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.services.catalogue import activate_field, assess_field
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nhello\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def customer_of(member: Member, name: str = "李小明", kind: str = "person", **values: str) -> Customer:
    with acting(member):
        how = How(is_stated_adult=True)
        return add_customer(kind=kind, values={"name": name, **values}, how=how, actor=member, at=AT).customer


def allow_sensitive(group: Group) -> None:
    """The company takes sensitive files: assessed, allowed by somebody else, in use, and told of."""
    officer = data_officer(group)
    approver = join(group.company_a, "legal", "fawu.files", group.system_admin, group.security_admin)
    field: dict[str, Any] = {"entity_id": officer.entity_id, "record_kind": "file", "code": "sensitive", "at": AT}
    with acting(officer):
        made = assess_field(
            necessity="办理业务要核对证件原件，没有别的办法",
            impact="泄露可能被冒用身份，造成财产损失",
            measures="分块加密存储，打开要权限、用途和理由",
            actor=officer,
            **field,
        )
        approval = Approval.objects.get(subject_id=made.pk)
    with acting(approver):
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=approver, at=AT)
    with acting(officer):
        activate_field(actor=officer, **field)
    publish(group)


def consent_to_sensitive(member: Member, customer: Customer, *purposes: str) -> None:
    """The customer agrees, by itself, that sensitive files are kept and used."""
    with acting(member):
        agreed = [given(purpose, SENSITIVE_NAME) for purpose in purposes or ("sales", "service")]
        record_customer_consent(customer_id=customer.pk, consents=agreed, actor=member, at=AT)


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
