"""Files of customers: sent up, known by their content, kept sealed, opened for a purpose (附件)."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from guiju.files import cli
from guiju.files.models import Attachment, Chunk
from guiju.files.services.attachments import change_attachment, open_attachment, remove_attachment
from guiju.files.tests.factories import PDF, PNG, allow_sensitive, consent_to_sensitive, customer_of, docx, general, put
from guiju.kernel.errors import GuijuError, Missing, NotAllowed, Refused
from guiju.organisations.models import Disclosure, Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.services.minors import ask_minor_access
from guiju.privacy.tests.factories import data_officer, publish
from guiju.work.models import Approval, Task
from guiju.work.services.approvals import decide_approval

IDENTITY = "110101199003077571"


def read(member: Member, row: Attachment, purpose: str = "sales", reason: str = "") -> bytes:
    with acting(member):
        _, content = open_attachment(attachment_id=row.pk, purpose=purpose, reason=reason, actor=member, at=AT)
        return b"".join(content)


def refused(member: Member, *arguments: object, **more: object) -> str:
    with pytest.raises(GuijuError) as refusal:
        put(member, *arguments, **more)  # type: ignore[arg-type]
    return refusal.value.code if not isinstance(refusal.value, Refused) else refusal.value.problems[0].code


def sensitive_of(group: Group, note: str = "") -> Attachment:
    """A sensitive file of somebody who consented to it."""
    allow_sensitive(group)
    li = customer_of(group.sales_a)
    consent_to_sensitive(group.sales_a, li)
    return put(group.sales_a, li, note=note, grade="sensitive").attachment


def test_what_was_sent_up_comes_back_and_lies_nowhere_in_the_clear(group: Group) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    content = PDF + os.urandom(2 * 2**20) + b"a secret at the end"
    row = general(group.sales_a, li, content=content)
    assert (row.size, row.digest, row.media_type) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
        "application/pdf",
    )
    assert read(group.sales_a, row) == content
    with acting(group.sales_a):
        stored = [bytes(one.sealed) for one in Chunk.objects.order_by("number")]
    assert len(stored) == 3 and not any(b"%PDF" in one or b"a secret" in one for one in stored)


@pytest.mark.parametrize("size", [1, 2**20 - 1, 2**20, 2**20 + 1, 2 * 2**20])
def test_a_content_of_any_size_comes_back_whole(group: Group, size: int) -> None:
    publish(group)
    content = os.urandom(size - 1) + b"\x00"
    assert read(group.sales_a, general(group.sales_a, customer_of(group.sales_a), "x.bin", content)) == content


def test_a_content_under_sm4_comes_back_too(group: Group, settings: Any) -> None:
    publish(group)
    settings.GUIJU_ALGORITHM = "SM4_GCM"
    assert read(group.sales_a, general(group.sales_a, customer_of(group.sales_a))) == PDF


def test_pieces_of_another_file_or_in_another_order_do_not_open(group: Group) -> None:
    publish(group)
    row = general(group.sales_a, customer_of(group.sales_a), "x.bin", os.urandom(2 * 2**20 + 5) + b"\x00")
    with acting(group.sales_a):
        first, second, _ = Chunk.objects.order_by("number")
        first.sealed, second.sealed = second.sealed, first.sealed
        first.save()
        second.save()
        with pytest.raises(Refused) as refusal:
            open_attachment(attachment_id=row.pk, purpose="sales", actor=group.sales_a, at=AT)
    assert refusal.value.code == "file_altered"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.pdf", b"", "file_empty"),
        ("setup.exe", b"MZ\x90\x00\x03", "file_program"),
        ("发票.pdf.exe", PDF, "file_program"),
        ("合同.pdf", b"MZ\x90\x00\x03", "file_program"),
        ("页面.html", b"<p>hi</p>", "file_program"),
        ("图.txt", b"  <SVG onload=alert(1)>", "file_program"),
        ("图.svg", b"<svg/>", "file_program"),
        ("脚本", b"#!/bin/sh\nrm", "file_program"),
        ("合同.pdf", PNG, "file_disguised"),
        ("照片.png", PDF, "file_disguised"),
        ("表.docx", b"hello", "file_disguised"),
    ],
)
def test_what_is_no_harmless_file_stays_outside(group: Group, name: str, content: bytes, code: str) -> None:
    publish(group)
    assert refused(group.sales_a, customer_of(group.sales_a), name, content) == code


def test_a_file_that_is_too_large_is_refused_in_one_sentence(group: Group, settings: Any) -> None:
    publish(group)
    settings.GUIJU_LARGEST_FILE = 2**20
    li = customer_of(group.sales_a)
    with pytest.raises(Refused) as refusal:
        put(group.sales_a, li, "大.pdf", PDF + bytes(2**20))
    assert refusal.value.code == "file_large" and "最多1 MB" in refusal.value.sentence


def test_the_same_content_twice_is_told_and_not_kept_twice(group: Group) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    put(group.sales_a, li)
    assert refused(group.sales_a, li, "又一份.pdf") == "file_twice"
    with acting(group.sales_a):
        assert Attachment.objects.count() == 1 and Chunk.objects.count() == 1
    put(group.sales_a, customer_of(group.sales_a, "王丽"))


def test_nothing_is_taken_in_of_which_people_were_not_told(group: Group) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    officer = data_officer(group)
    with acting(officer), connection.cursor() as cursor:
        cursor.execute("UPDATE privacy_privacynotice SET items = items - 'file.content'")
    assert refused(group.sales_a, li) == "privacy.told_first"


def test_a_file_is_used_only_for_what_it_was_taken_in_for(group: Group) -> None:
    publish(group)
    row = general(group.sales_a, customer_of(group.sales_a))
    for purpose in ("marketing", "compliance"):
        with pytest.raises(Refused) as refusal:
            read(group.sales_a, row, purpose)
        assert refusal.value.code == "purpose_not_told"


def test_a_sensitive_file_is_opened_with_a_right_a_purpose_and_a_reason_and_it_is_logged(group: Group) -> None:
    row = sensitive_of(group)
    with pytest.raises(Refused) as refusal:
        read(group.sales_a, row)
    assert refusal.value.code == "reason_empty"
    assert read(group.sales_a, row, reason="核对合同签字") == PDF
    with acting(group.sales_a):
        seen = Disclosure.objects.get()
    assert (seen.code, seen.subject_id, seen.purpose, seen.reason) == ("file.unmask", row.pk, "sales", "核对合同签字")
    marketing = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    with pytest.raises(NotAllowed) as refusal_of_role:
        read(marketing, row, reason="核对合同签字")
    assert "敏感" in refusal_of_role.value.sentence


def test_files_of_somebody_under_age_are_opened_by_approval_and_with_a_reason_whatever_they_hold(group: Group) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    row = general(group.sales_a, li)
    with acting(group.sales_a):
        subject = li.subject
        assert subject is not None
        subject.minor_until, subject.is_stated_adult = AT.date() + timedelta(days=900), False
        subject.save()
    with pytest.raises(Refused, match="未成年人网络保护条例第三十六条") as refusal:
        read(group.sales_a, row, reason="核对合同签字")
    assert refusal.value.code == "minor_unapproved"
    with acting(group.sales_a):
        asked = ask_minor_access(
            subject_id=subject.pk, purpose="sales", until=AT.date(), reason="核对签字", actor=group.sales_a, at=AT
        )
    officer = data_officer(group)
    with acting(officer):
        approval = Approval.objects.get(subject_id=asked.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="", actor=officer, at=AT)
    with pytest.raises(Refused) as refusal:
        read(group.sales_a, row)
    assert refusal.value.code == "reason_empty"
    assert read(group.sales_a, row, reason="核对合同签字") == PDF


def test_numbers_in_a_name_are_masked_and_make_the_file_sensitive(group: Group) -> None:
    allow_sensitive(group)
    li = customer_of(group.sales_a)
    consent_to_sensitive(group.sales_a, li)
    saved = put(group.sales_a, li, f"李小明{IDENTITY}.pdf", grade="general")
    assert saved.attachment.name == "李小明110＊＊＊＊＊＊＊＊＊＊＊7571.pdf"
    assert (saved.attachment.grade, saved.attachment.found) == ("sensitive", ["id_card"])
    assert "已遮盖" in saved.told[0]


def test_who_does_not_see_the_customer_sees_no_file_of_it(group: Group) -> None:
    publish(group)
    row = general(group.sales_a, customer_of(group.sales_a))
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    for stranger in (colleague, group.sales_b, group.compliance):
        with pytest.raises((Missing, NotAllowed)):
            read(stranger, row)
        with acting(stranger), pytest.raises((Missing, NotAllowed)):
            remove_attachment(attachment_id=row.pk, reason="不要了不要了", actor=stranger, at=AT)


def test_a_file_is_renamed_and_keeps_its_ending(group: Group) -> None:
    row = sensitive_of(group)

    def change(**said: str) -> Attachment:
        wanted = {"name": row.name, "note": row.note, "grade": row.grade, **said}
        with acting(group.sales_a):
            return change_attachment(attachment_id=row.pk, actor=group.sales_a, at=AT, **wanted).attachment

    assert change(name="2026年合同.exe").name == "2026年合同.exe.pdf"
    with pytest.raises(Refused) as refusal:
        change(grade="general")
    assert refusal.value.code == "reason_empty"
    assert change(grade="general", reason="是空白的样本").grade == "general"
    with acting(group.sales_a), pytest.raises(Refused) as same:
        change_attachment(attachment_id=row.pk, name=row.name, note="", grade="general", actor=group.sales_a, at=AT)
    assert same.value.code == "nothing_changed"


def test_who_may_not_propose_leaves_a_task_and_the_file_is_out_of_use_at_once(group: Group) -> None:
    publish(group)
    row = general(group.sales_a, customer_of(group.sales_a))
    with acting(group.sales_a):
        remove_attachment(attachment_id=row.pk, reason="传错了客户", actor=group.sales_a, at=AT)
    with pytest.raises(Missing):
        read(group.sales_a, row)
    officer = data_officer(group)
    with acting(officer):
        task = Task.objects.get(kind="files.after_removal")
    assert task.subject_id == row.pk


def test_the_pages_lead_from_upload_to_download(group: Group, client: Client) -> None:
    allow_sensitive(group)
    li = customer_of(group.sales_a)
    consent_to_sensitive(group.sales_a, li)
    sign_in(client, "xiaoshou.a")
    address = f"/files/of/customer/{li.pk}/add/"
    assert client.get(address).status_code == 200
    sent = client.post(
        address,
        {
            "upload": [
                SimpleUploadedFile("合同.pdf", PDF),
                SimpleUploadedFile("空.txt", b""),
                SimpleUploadedFile("说明.txt", "客户来电说明".encode()),
            ],
            "note": "第一批",
            "grade": "general",
        },
    )
    page = sent.content.decode()
    assert sent.status_code == 422 and "其中2个已上传" in page and "“空.txt”是空的" in page and "第一批" in page
    shown = client.get(f"/customers/{li.pk}/").content.decode()
    assert "合同.pdf" in shown and "说明.txt" in shown and "上传“合同.pdf”" in shown
    with acting(group.sales_a):
        row = Attachment.objects.get(name="合同.pdf")
    assert "application/pdf" in client.get(f"/files/{row.pk}/").content.decode()
    answer = client.get(f"/files/{row.pk}/content/")
    assert b"".join(answer) == PDF  # type: ignore[call-overload]
    assert answer["Content-Disposition"].startswith("attachment;") and answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    changed = client.post(f"/files/{row.pk}/change/", {"name": "合同二.pdf", "note": "", "grade": "sensitive"})
    assert changed.status_code == 302
    asked = client.get(f"/files/{row.pk}/content/")
    assert "写明用途和理由才能打开" in asked.content.decode()
    assert client.post(f"/files/{row.pk}/content/", {"purpose": "sales", "reason": ""}).status_code == 422
    opened = client.post(f"/files/{row.pk}/content/", {"purpose": "sales", "reason": "核对合同签字"})
    assert b"".join(opened) == PDF  # type: ignore[call-overload]
    assert client.post(f"/files/{row.pk}/remove/", {"reason": "传错了客户"}).status_code == 302
    gone = client.get(f"/customers/{li.pk}/").content.decode()
    assert f"/files/{row.pk}/" not in gone and client.get(f"/files/{row.pk}/").status_code == 404


def test_what_is_typed_and_chosen_is_pointed_out(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    sent = {"name": [f"身份证{IDENTITY}.pdf"], "note": "孩子5岁，对花生过敏"}
    page = client.post("/files/scan/", sent).content.decode()
    assert all(word in page for word in ("身份证件", "医疗健康", "未成年人信息"))


def test_an_upload_that_breaks_off_or_has_no_file_is_told(group: Group, client: Client) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    sign_in(client, "xiaoshou.a")
    address = f"/files/of/customer/{li.pk}/add/"
    missing = client.post(address, {"note": "忘了选", "grade": "unknown"})
    assert missing.status_code == 422 and "请选择文件" in missing.content.decode()
    torn = (
        b'--x\r\nContent-Disposition: form-data; name="upload"; filename="a.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF-1.4 half of"
    )
    broken = client.post(address, torn, content_type="multipart/form-data; boundary=x")
    assert broken.status_code < 500
    with acting(group.sales_a):
        assert not Attachment.objects.exists()


def test_programs_list_send_and_fetch_files(group: Group, client: Client) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="附件", days=10, at=AT)
    header = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    sent = {"note": "扫描件", "file": SimpleUploadedFile("合同.docx", docx("合同正文"))}
    made = client.post(f"/api/v1/files/of/customer/{li.pk}", sent, **header)
    assert made.status_code == 201, made.content
    listed = client.get(f"/api/v1/files/of/customer/{li.pk}", **header).json()
    assert [one["name"] for one in listed] == ["合同.docx"] and listed[0]["grade"] == "unknown"
    address = f"/api/v1/files/{made.json()['id']}/content"
    assert client.get(f"{address}?purpose=sales", **header).status_code == 422
    fetched = client.get(f"{address}?purpose=sales&reason=核对合同签字", **header)
    assert hashlib.sha256(b"".join(fetched)).hexdigest() == listed[0]["digest"]  # type: ignore[call-overload]


def test_files_are_listed_sent_and_fetched_on_the_command_line(group: Group, tmp_path: Path) -> None:
    publish(group)
    li = customer_of(group.sales_a)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="附件", days=10, at=AT)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli.file, arguments, obj=secret)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.stdout

    sent = tmp_path / "合同.pdf"
    sent.write_bytes(PDF)
    made = json.loads(run("add", str(li.pk), str(sent), "--format=json"))
    assert made["id"] in run("list", str(li.pk)) and "待定" in run("list", str(li.pk))
    with pytest.raises(Refused):
        run("get", made["id"], str(tmp_path / "out.pdf"), "--purpose=sales")
    run("get", made["id"], str(tmp_path / "out.pdf"), "--purpose=sales", "--reason=核对合同签字")
    assert (tmp_path / "out.pdf").read_bytes() == PDF
    assert (tmp_path / "out.pdf").stat().st_mode & 0o077 == 0


def test_what_shows_masked_is_kept_when_it_comes_back_as_it_was_shown(group: Group, client: Client) -> None:
    row = sensitive_of(group, note="对花生过敏")
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/files/{row.pk}/change/").content.decode()
    assert "花生" not in page and "有按权限遮盖的内容" in page
    sent = {"name": "体检.pdf", "note": "***", "grade": "sensitive"}
    assert client.post(f"/files/{row.pk}/change/", sent).status_code == 302
    with acting(group.sales_a):
        row.refresh_from_db()
    assert (row.name, row.note) == ("体检.pdf", "对花生过敏")
