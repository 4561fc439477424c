"""Long lists are counted no further than somebody looks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from guiju.organisations.models import EntityPath, User
from guiju.web import paging
from guiju.web.paging import latest_of


@pytest.fixture
def thirty(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PAGE_SIZE", 5), ("COUNTED", 10), ("LATEST", 20)):
        monkeypatch.setattr(paging, name, value)
    User.objects.bulk_create(User(username=f"yonghu{number:02}", made_at="2026-01-01T00:00Z") for number in range(30))


@pytest.mark.parametrize(
    ("asked", "shown", "told"),
    [
        ("1", "00", "超过 10"),
        ("", "00", "超过 10"),
        ("2", "05", "前 20"),
        ("4", "15", "前 20"),
        ("5", "15", "前 20"),
        ("99999999999999999999", "15", "前 20"),
        ("-1", "15", "前 20"),
        ("x", "00", "前 20"),
        ("²", "00", "前 20"),
    ],
)
def test_a_page_says_as_much_as_was_counted_for_it(thirty: None, asked: str, shown: str, told: str) -> None:
    rows = User.objects.filter(username__startswith="yonghu").order_by("username")
    page = latest_of(RequestFactory().get("/", {"page": asked}), rows)
    assert next(one.username for one in page.object_list) == f"yonghu{shown}"
    assert page.paginator.how_many == told


@pytest.mark.parametrize(("count", "told"), [(0, "共 0"), (5, "共 5"), (6, "共 6"), (10, "共 10"), (11, "超过 10")])
def test_few_rows_are_all_counted(thirty: None, count: int, told: str) -> None:
    rows = User.objects.filter(username__startswith="yonghu", username__lt=f"yonghu{count:02}").order_by("username")
    page = latest_of(RequestFactory().get("/"), rows)
    assert page.paginator.how_many == told
    assert page.has_next() == (count > 5)


def test_the_last_page_before_the_limit_leads_further(thirty: None) -> None:
    rows = User.objects.filter(username__startswith="yonghu").order_by("username")
    assert latest_of(RequestFactory().get("/", {"page": "2"}), rows).has_next()
    assert not latest_of(RequestFactory().get("/", {"page": "4"}), rows).has_next()


def test_a_short_list_is_not_counted_at_all(thirty: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = latest_of(RequestFactory().get("/"), EntityPath.objects.order_by("pk"))
        assert list(page.object_list) == [] and page.paginator.how_many == "共 0"
    assert len(asked) == 1
