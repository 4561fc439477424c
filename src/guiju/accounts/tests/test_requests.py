"""The log of requests: a line for each, by day, for more than half a year."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.accounts import requests
from guiju.accounts.requests import RequestLine, keep, lines_of
from guiju.organisations.tests.factories import AT, Group, sign_in

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    here = requests.folder()
    assert here is not None
    shutil.rmtree(here, ignore_errors=True)
    yield
    shutil.rmtree(here, ignore_errors=True)


def line(path: str = "/companies/") -> RequestLine:
    return RequestLine(AT.isoformat(), "GET", path, 200, 12, "10.0.0.1", None, None)


def test_every_request_leaves_a_line_without_what_was_asked_or_typed(group: Group, client: Client) -> None:
    client.get("/companies/?search=秘密")
    sign_in(client, "hegui")
    client.get("/people/requests/")
    client.post("/sign-in/", {"username": "secret-name"})
    client.get("/health")
    kept = [(one.method, one.path, one.status, one.user) for one in lines_of(timezone.localdate())]
    user = str(group.compliance.user_id)
    assert kept == [
        ("GET", "/companies/", 302, None),
        ("GET", "/people/requests/", 403, user),
        ("POST", "/sign-in/", 302, user),
    ]
    here = requests.folder()
    assert here is not None
    (file,) = here.iterdir()
    assert "秘密" not in file.read_text() and "secret-name" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_who_may_read_the_log_finds_a_person_and_a_page(group: Group, client: Client) -> None:
    sign_in(client, "hegui")
    client.get("/companies/")
    sign_in(client, "shenji")
    client.get("/access/")
    page = client.get("/people/requests/", {"username": "hegui"}).content.decode()
    assert "hegui（hegui）" in page and "GET /companies/" in page and "/access/" not in page.split("<tbody>")[1]
    page = client.get("/people/requests/", {"path": "/access"}).content.decode()
    assert "审小计" in page and "GET /companies/" not in page
    assert "这一天没有记录" in client.get("/people/requests/", {"username": "nobody"}).content.decode()
    assert "这一天没有记录" in client.get("/people/requests/", {"day": "2020-01-01"}).content.decode()
    assert client.get("/people/requests/", {"day": "heute"}).status_code == 200


def test_lines_of_many_at_once_stay_whole() -> None:
    def write(number: int) -> None:
        for one in range(50):
            keep(line(f"/{number}/{one}/" + "x" * 250), at=AT)

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.path for one in lines_of(TODAY)}) == 400


def test_a_day_is_packed_later_and_read_the_same_and_goes_after_half_a_year() -> None:
    for day in (0, 1, 2, 183, 200, 201):
        keep(line(f"/{day}/"), at=AT - timedelta(days=day))
    assert requests.tidy(today=TODAY) == (3, 1)
    here = requests.folder()
    assert here is not None
    kept = sorted(path.name[:10] for path in here.iterdir())
    assert kept == sorted(f"{TODAY - timedelta(days=day)}" for day in (0, 1, 2, 183, 200))
    assert [one.path for one in lines_of(TODAY - timedelta(days=183))] == ["/183/"]
    assert requests.tidy(today=TODAY) == (0, 0)


def test_a_line_that_was_cut_short_spoils_no_other() -> None:
    keep(line("/one/"), at=AT)
    here = requests.folder()
    assert here is not None
    with (here / "2026-11-24.jsonl").open("a") as file:
        file.write('{"at": "2026\n')
    keep(line("/two/"), at=AT)
    (here / "notes.txt").write_text("x")
    (here / "nonsense.jsonl").write_text("x")
    assert [one.path for one in lines_of(TODAY)] == ["/one/", "/two/"]


def test_a_disk_that_takes_no_line_stops_no_work(
    group: Group, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("guiju.accounts.middleware.keep", full)
    sign_in(client, "hegui")
    assert client.get("/companies/").status_code == 200
    assert "can't be written" in caplog.text


def test_a_file_that_was_packed_twice_stays_one() -> None:
    keep(line("/one/"), at=AT - timedelta(days=3))
    requests.tidy(today=TODAY)
    here = requests.folder()
    assert here is not None
    (packed,) = here.iterdir()
    with gzip.open(packed, "rt") as file:
        assert len(file.readlines()) == 1
