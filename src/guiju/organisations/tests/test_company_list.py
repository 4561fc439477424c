"""The list of companies: who sees what, search, pages, files (公司名录)."""

from __future__ import annotations

import csv
import io
from datetime import datetime

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.organisations.cli import company as commands
from guiju.organisations.selectors import acting, companies_for, overview_for
from guiju.organisations.services import register_company
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, details, sign_in


@pytest.mark.parametrize(("username", "seen"), [("hegui", 3), ("xitong", 3), ("xiaoshou.a", 1), ("shenji", 3)])
def test_a_role_sees_as_far_as_it_reaches(group: Group, client: Client, username: str, seen: int) -> None:
    sign_in(client, username)
    page = client.get("/companies/").content.decode()
    assert f"共 {seen} 家" in page


def test_a_stranger_is_asked_to_sign_in(group: Group, client: Client) -> None:
    answer = client.get("/companies/")
    assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next=")


def test_a_company_out_of_sight_looks_like_none(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    hidden = client.get(f"/companies/{group.company_b.pk}/")
    absent = client.get("/companies/00000000-0000-7000-8000-000000000000/")
    assert hidden.status_code == absent.status_code == 404
    assert "没有这家公司" in hidden.content.decode()


def test_search_finds_by_name_and_by_code(group: Group) -> None:
    with acting(group.compliance):
        assert [one.name for one in companies_for(group.compliance, search="食品")] == ["甲食品有限公司"]
        assert list(companies_for(group.compliance, search=group.company_b.unified_code[:17])) == [group.company_b]
        assert list(companies_for(group.compliance, search="\x00没有这样的")) == []
        assert companies_for(group.compliance, search="有限 零售").get() == group.company_b
        assert companies_for(group.compliance, search=group.company_b.unified_code[8:].lower()).get() == group.company_b
        wide = "".join(chr(ord(c) + 0xFEE0) for c in group.company_b.unified_code)
        assert companies_for(group.compliance, search=wide).get() == group.company_b
        assert companies_for(group.compliance, sector="general").get() == group.headquarters
        assert companies_for(group.compliance, province="33").count() == 3


def test_a_search_without_result_says_what_to_do(group: Group, client: Client) -> None:
    page = sign_in(client, "hegui").get("/companies/?search=没有这样的").content.decode()
    assert "没有符合条件的公司" in page and "查看全部" in page


def test_the_csv_holds_what_the_list_shows(group: Group, client: Client) -> None:
    answer = sign_in(client, "hegui").get("/companies/export.csv?search=食品")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    header, row = csv.reader(io.StringIO(text))
    assert header[0] == "统一社会信用代码" and row[1] == "甲食品有限公司"
    assert row[0] == group.company_a.unified_code


def test_a_name_like_a_formula_stays_text(group: Group, client: Client) -> None:
    with acting(group.system_admin):
        register_company(
            details=details(name="=HYPERLINK(1)公司", parent_id=group.headquarters.pk), actor=group.system_admin, at=AT
        )
    sign_in(client, "hegui")
    text = b"".join(client.get("/companies/export.csv?search=HYPER").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=HYPERLINK" in text
    book = openpyxl.load_workbook(io.BytesIO(client.get("/companies/export.xlsx?search=HYPER").content))
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)公司", "s")


def test_days_are_days_in_a_workbook(group: Group, client: Client) -> None:
    content = sign_in(client, "hegui").get("/companies/export.xlsx?search=甲食品").content
    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["F2"]
    assert (cell.value, cell.number_format) == (datetime(2026, 1, 31), "yyyy-mm-dd")


def test_a_program_gets_the_names_as_they_are(group: Group) -> None:
    with acting(group.system_admin):
        register_company(
            details=details(name="=HYPERLINK(1)公司", parent_id=group.headquarters.pk), actor=group.system_admin, at=AT
        )
    with acting(group.compliance):
        secret = create_token(member=group.compliance, name="x", days=1, at=timezone.now())
    done = CliRunner().invoke(commands, ["list", "--format", "csv"], obj=secret)
    assert done.exit_code == 0 and not done.output.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(done.output)))
    assert {row["公司名称"] for row in rows} >= {"=HYPERLINK(1)公司", "甲食品有限公司"}
    assert {row["系统上线日期"] for row in rows} == {"2026-01-31"}


def test_who_may_not_export_gets_no_file(group: Group, client: Client) -> None:
    assert sign_in(client, "xiaoshou.a").get("/companies/export.csv").status_code == 403


def test_the_list_asks_the_database_as_often_for_many_companies(group: Group, client: Client) -> None:
    sign_in(client, "hegui")
    client.get("/companies/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/companies/")
    with acting(group.system_admin):
        for _ in range(30):
            register_company(details=details(parent_id=group.headquarters.pk), actor=group.system_admin, at=AT)
    with CaptureQueriesContext(connection) as many:
        client.get("/companies/")
    assert len(few) == len(many) <= 26


def test_the_overview_counts_what_the_member_sees(group: Group) -> None:
    with acting(group.compliance):
        sights = overview_for(group.compliance)
    assert sights.total == 3 and sights.by_sector == {"food": 2, "general": 1} and sights.by_province == {"33": 3}


def test_the_dashboard_links_what_it_counts(group: Group, client: Client) -> None:
    page = sign_in(client, "hegui").get("/").content.decode()
    assert "/companies/?sector=food" in page and "工作台" in page


def test_the_dashboard_counts_the_companies_once(group: Group, client: Client) -> None:
    sign_in(client, "hegui").get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    counted = [
        query["sql"] for query in queries if "COUNT(" in query["sql"] and 'FROM "organisations_entity"' in query["sql"]
    ]
    assert len(counted) == 1


def test_a_nonsense_page_number_shows_a_page(group: Group, client: Client) -> None:
    sign_in(client, "hegui")
    for page in ("0", "-1", "x", "99999999999999999999", "1%00"):
        assert client.get(f"/companies/?page={page}").status_code == 200
