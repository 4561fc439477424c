"""Photos, videos and papers with a complaint: none of them ever costs it."""

from __future__ import annotations

import io
from urllib.parse import quote_plus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client, override_settings

from guiju.complaints.models import Complaint, Step
from guiju.complaints.services import files as services
from guiju.complaints.services.complainant import Key
from guiju.complaints.services.files import MOST_AT_ONCE, send_file
from guiju.complaints.tests.factories import PHONE, agent_of, complain
from guiju.database.scope import scope
from guiju.files.models import Attachment
from guiju.files.services.attachments import Upload, open_attachment
from guiju.files.tests.factories import PDF, PNG
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.web.uploads import _ROOM

pytestmark = pytest.mark.django_db


@pytest.fixture
def public():
    with override_settings(ROOT_URLCONF="guiju.project.public_urls"):
        yield Client()


def photo(name: str = "照片.png", more: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PNG + more)


def door(group: Group) -> str:
    return f"/complain/{group.company_a.unified_code}/"


def kept(group: Group) -> list[str]:
    with scope(entities={group.company_a.pk}):
        return list(Attachment.objects.order_by("made_at", "pk").values_list("name", flat=True))


def cases(group: Group) -> list[Complaint]:
    with scope(entities={group.company_a.pk}):
        return list(Complaint.objects.all())


def test_photos_come_with_the_complaint_and_staff_open_them_for_it(
    group: Group, public: Client, client: Client
) -> None:
    sent = public.post(door(group), {"text": "包装破了", "key": "k", "upload": [photo(), photo("另一张.png", b"2")]})
    assert sent.status_code == 302 and kept(group) == ["照片.png", "另一张.png"]
    assert "另一张.png" in public.get(sent["Location"]).content.decode()

    agent = agent_of(group)
    with override_settings(ROOT_URLCONF="guiju.project.urls"), acting(agent):
        row = Attachment.objects.get(name="照片.png")
        assert row.by is None and row.is_sensitive
        _, content = open_attachment(attachment_id=row.pk, purpose="complaints", reason="核对破损", actor=agent, at=AT)
        assert b"".join(content) == PNG
        with pytest.raises(Refused, match="没有为此告知"):
            open_attachment(attachment_id=row.pk, purpose="sales", reason="看看", actor=agent, at=AT)
    sign_in(client, agent.user.username)
    with override_settings(ROOT_URLCONF="guiju.project.urls"):
        page = client.get(f"/complaints/{cases(group)[0].pk}/").content.decode()
        assert "照片.png" in page and "投诉人" in page and "提交文件" in page
        assert client.get(f"/files/{row.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SimpleUploadedFile("photo.jpg", b"MZ\x90\x00" + bytes(200)), "是程序或脚本，不收"),
        (SimpleUploadedFile("photo.jpg", PNG), "文件名与内容不符"),
        (SimpleUploadedFile("空.png", b""), "是空的"),
        (SimpleUploadedFile("录像.mp4", b"\x00\x00\x00\x20ftypisom" + bytes(3 * 2**20)), "一个文件最多1 MB"),
    ],
)
def test_a_file_that_is_refused_costs_no_complaint_and_the_page_says_which_and_why(
    group: Group, public: Client, settings, file: SimpleUploadedFile, why: str
) -> None:
    settings.GUIJU_LARGEST_FILE = 2**20
    file.seek(0)
    page = public.post(door(group), {"upload": [file, photo()], "text": "包装破了", "key": "k"})

    shown = page.content.decode()
    (case,) = cases(group)
    assert page.status_code == 200 and case.number in shown and why in shown and "再传文件" in shown
    assert kept(group) == ["照片.png"]


def test_of_too_many_files_the_first_come_in(group: Group, public: Client) -> None:
    many = [photo(f"{n}.png", bytes([n])) for n in range(MOST_AT_ONCE + 120)]
    page = public.post(door(group), {"text": "包装破了", "upload": many})

    assert len(cases(group)) == 1 and len(kept(group)) == MOST_AT_ONCE
    assert f"一次最多{MOST_AT_ONCE}个文件" in page.content.decode()


def test_sent_again_by_a_browser_that_got_no_answer_no_file_is_there_twice(group: Group, public: Client) -> None:
    for _ in range(2):
        sent = public.post(door(group), {"text": "包装破了", "key": "k", "upload": [photo()]})
        assert sent.status_code == 302
    assert kept(group) == ["照片.png"] and len(cases(group)) == 1


def test_later_files_come_by_the_page_of_the_case(group: Group, public: Client) -> None:
    taken = complain(group.company_a)
    address = f"/complaint/{taken.complaint.number}/{taken.code}/"

    page = public.post(address, {"do": "file", "upload": [photo(), SimpleUploadedFile("a.exe", b"MZ\x00")]})
    assert page.status_code == 422 and "a.exe" in page.content.decode() and kept(group) == ["照片.png"]
    assert "文件已收到" in public.post(address, {"do": "file", "upload": photo("二.png", b"2")}).content.decode()
    assert "请选择文件" in public.post(address, {"do": "file"}).content.decode()
    with scope(entities={group.company_a.pk}):
        assert Step.objects.filter(kind="filed", is_public=True).count() == 2


def test_programs_send_files_beside_the_words_and_afterwards(group: Group, public: Client) -> None:
    made = public.post(
        f"/api/v1/public/{group.company_a.unified_code}/complaints",
        {"text": "包装破了", "contact_phone": PHONE, "upload": [photo(), SimpleUploadedFile("b.jpg", b"MZ\x00")]},
        headers={"Idempotency-Key": "7"},
    )
    body = made.json()
    assert made.status_code == 201 and "b.jpg" in body["files_refused"][0]
    code = body["tracking_url"].rstrip("/").rpartition("/")[2]
    more = public.post(
        f"/api/v1/public/complaints/{body['number']}/files",
        {"code": code, "upload": SimpleUploadedFile("单据.pdf", PDF)},
    )
    assert more.json() == {"files": ["照片.png", "单据.pdf"], "files_refused": []}
    with transaction.atomic():
        wrong = public.post(f"/api/v1/public/complaints/{body['number']}/files", {"code": "X", "upload": photo()})
    assert wrong.status_code == 404 and len(kept(group)) == 2


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b'{"text": 5}', 422, "text"),
        (b"[]", 422, None),
        (b'{"text": "a", "happened_on": "x"}', 422, "happened_on"),
    ],
)
def test_a_body_of_another_shape_is_named(
    group: Group, public: Client, body: bytes, status: int, field: str | None
) -> None:
    with transaction.atomic():
        told = public.post(
            f"/api/v1/public/{group.company_a.unified_code}/complaints", body, content_type="application/json"
        )
    assert told.status_code == status
    assert field is None or told.json()["problems"][0]["field"] == field


def test_ten_thousand_letters_fit_as_a_browser_sends_them(group: Group, public: Client) -> None:
    body = f"key=k&text={quote_plus('字' * 10_000)}"
    sent = public.post(door(group), body, content_type="application/x-www-form-urlencoded")

    assert len(body) > 64 * 2**10 and sent.status_code == 302


def test_what_nobody_reads_over_is_refused_before_it_is_read(group: Group, public: Client) -> None:
    for path, kind in (
        (door(group), "multipart/form-data; boundary=x"),
        (door(group), "text/plain"),
        ("/", "text/plain"),
    ):
        told = public.generic("POST", path, b"", content_type=kind, headers={"content-length": str(3 * 2**30)})
        assert told.status_code == 413


def test_of_what_was_sent_nothing_stays_on_the_disk(group: Group, public: Client, settings) -> None:
    settings.GUIJU_LARGEST_FILE = 2**20
    large = SimpleUploadedFile("a.mp4", bytes(2 * 2**20))
    public.post(door(group), {"text": "包装破了", "upload": [photo(), large]})
    public.post(door(group), {"text": "", "upload": [photo()]})

    assert _ROOM._taken == 0


def test_files_with_a_text_that_says_nothing_are_asked_for_again(group: Group, public: Client) -> None:
    page = public.post(door(group), {"text": "", "upload": [photo()]})

    assert page.status_code == 422 and "请重新选择文件" in page.content.decode() and kept(group) == []


def test_from_one_place_not_all_the_disk_is_filled(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_MOST_A_DAY", 2)

    def send(number: int, origin: str) -> None:
        taken = complain(group.company_a, f"第{number}件", phone="", origin=origin)
        content = PNG + bytes([number])
        with scope(entities={group.company_a.pk}):
            upload = Upload("a.png", io.BytesIO(content), len(content))
            send_file(key=Key(taken.complaint.number, taken.code), upload=upload, origin=origin, at=AT)

    send(1, "203.0.113.7")
    send(2, "203.0.113.7")
    with pytest.raises(Refused, match="一天内提交的文件太多"):
        send(3, "203.0.113.7")
    send(4, "203.0.113.8")


def test_the_code_of_a_case_stands_in_no_log_of_requests(group: Group, public: Client) -> None:
    from guiju.accounts.middleware import _path_of

    taken = complain(group.company_a)
    answer = public.get(f"/complaint/{taken.complaint.number}/{taken.code}/")
    assert taken.code not in _path_of(answer.wsgi_request)


def test_staff_add_files_to_a_case(group: Group, client: Client) -> None:
    agent, case = agent_of(group), complain(group.company_a).complaint
    sign_in(client, agent.user.username)
    sent = client.post(
        f"/files/of/complaint/{case.pk}/add/",
        {"upload": SimpleUploadedFile("检测报告.pdf", PDF), "grade": "general", "note": ""},
    )
    assert sent.status_code == 302 and kept(group) == ["检测报告.pdf"]
