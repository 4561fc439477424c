"""Companies from a table: read, shown, taken in or dropped (公司导入)."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import date

import openpyxl
import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from guiju.database.provision import Database
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.exports import error_file
from guiju.organisations.models import CompanyImport, Entity
from guiju.organisations.selectors import acting
from guiju.organisations.services.company_import import (
    accept_company_import,
    drop_company_import,
    preview_company_import,
    run_company_import,
)
from guiju.organisations.services.company_table import COLUMNS, date_of
from guiju.organisations.tasks import run_company_import as run_as_job
from guiju.organisations.tests.factories import AT, Group, let, make_group, new_code, sign_in
from guiju.sheets.read import read_table
from guiju.web.tables import xlsx_bytes

Line = Sequence[object]


def good(**changes: str) -> list[str]:
    row = {
        "统一社会信用代码": new_code(),
        "公司名称": f"导入公司{new_code()}",
        "区划代码": "330106",
        "行业": "食品",
        "系统上线日期": "2026-01-31",
        "上级公司代码": "",
    }
    return list({**row, **changes}.values())


def xlsx(*rows: Line) -> bytes:
    return xlsx_bytes("公司", COLUMNS, rows)


def preview(group: Group, content: bytes, name: str = "公司.xlsx") -> CompanyImport:
    return preview_company_import(name=name, content=content, actor=group.system_admin, at=AT)


def take_in(group: Group, found: CompanyImport, mode: str = "good_rows") -> CompanyImport:
    accept_company_import(found=found, mode=mode, actor=group.system_admin)
    return run_company_import(import_id=found.pk, actor=group.system_admin, at=AT)


def test_a_preview_registers_nothing(group: Group) -> None:
    with acting(group.system_admin):
        before = Entity.objects.count()
        found = preview(group, xlsx(good(), good()))
        assert (found.rows_total, found.rows_bad) == (2, 0)
        assert Entity.objects.count() == before


def test_good_rows_go_in_and_bad_ones_come_back(group: Group) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good(), good(区划代码="110103"), good()))
        done = take_in(group, found)
        assert done.outcome == "导入2家公司，退回1行"
        assert list(done.problems) == ["3"]
        assert done.problems["3"][0]["field"] == "区划代码"
        rows = [line.cells for line in read_table("错.xlsx", error_file(done))]
    assert rows[0] == ["行号", *COLUMNS, "问题"]
    assert rows[1][0] == "3" and "110101" in rows[1][-1]


def test_the_error_file_can_be_mended_and_uploaded_again(group: Group) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good(区划代码="110103", 公司名称="改后导入公司")))
        book = openpyxl.load_workbook(io.BytesIO(error_file(found)))
        assert (book.active["A2"].value, book.active["B2"].number_format) == (2, "@")
        book.active["D2"] = "110101"
        mended = io.BytesIO()
        book.save(mended)
        done = take_in(group, preview(group, mended.getvalue()))
        assert done.rows_taken == 1
        assert Entity.objects.get(name="改后导入公司").region == "110101"


def test_all_or_nothing_takes_nothing_when_a_row_is_bad(group: Group) -> None:
    with acting(group.system_admin):
        before = Entity.objects.count()
        found = preview(group, xlsx(good(), good(行业="军火")))
        with pytest.raises(Refused, match="有1行不对"):
            accept_company_import(found=found, mode="all_or_nothing", actor=group.system_admin)
        assert Entity.objects.count() == before


def test_a_row_that_turned_bad_since_the_preview_stops_all_or_nothing(group: Group) -> None:
    rows = [good(), good()]
    with acting(group.system_admin):
        first, second = preview(group, xlsx(*rows)), preview(group, xlsx(rows[0]))
        take_in(group, second)
        done = take_in(group, first, mode="all_or_nothing")
        assert (done.state, done.rows_taken) == (CompanyImport.State.FAILED, 0)
        assert "又有1行不对" in done.outcome


def test_running_twice_registers_once(group: Group) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good()))
        take_in(group, found)
        before = Entity.objects.count()
        again = run_company_import(import_id=found.pk, actor=group.system_admin, at=AT)
        assert again.rows_taken == 1 and Entity.objects.count() == before


def test_a_row_may_stand_below_one_above_it(group: Group) -> None:
    parent = good()
    with acting(group.system_admin):
        take_in(group, preview(group, xlsx(parent, good(上级公司代码=parent[0], 公司名称="孙公司"))))
        child = Entity.objects.select_related("parent").get(name="孙公司")
    assert child.parent is not None and child.parent.unified_code == parent[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"统一社会信用代码": "91330106MA2B0K3Y00"}, "校验位"),
        ({"公司名称": ""}, "没有填写"),
        ({"行业": "军火"}, "没有“军火”这个行业"),
        ({"系统上线日期": "下周一"}, "不是日期"),
        ({"上级公司代码": "91330106MA2B0K3Y2B"}, "不在系统中"),
        ({"区划代码": "330000"}, "请选到县、区"),
    ],
)
def test_each_wrong_cell_is_named(group: Group, changes: dict[str, str], words: str) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good(), good(**changes)))
    [(number, problems)] = found.problems.items()
    assert number == "3" and words in problems[0]["sentence"]


def test_a_code_twice_in_one_file_is_a_problem_of_the_second(group: Group) -> None:
    code = new_code()
    with acting(group.system_admin):
        found = preview(group, xlsx(good(统一社会信用代码=code), good(统一社会信用代码=code)))
    assert list(found.problems) == ["3"]


def test_what_offices_really_send_is_read(group: Group) -> None:
    """A title line above the header, stars, spaces in it, real dates, full-width digits, GB18030."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["附件1：下属企业名录"])
    sheet.append(["序号", "统一社会信用代码 *", "公司名称*", "区 划代码", "行业", "系统上线日期", "备注"])
    sheet.append([1, new_code().lower(), "真实表格公司", 330106, "食品", date(2026, 3, 1), ""])
    file = io.BytesIO()
    book.save(file)
    text = (
        "，".join(COLUMNS[:5]).replace("，", ",") + f"\r\n{new_code()},国标编码公司,３３０１０６,零售,2026年3月1日\r\n"
    )
    with acting(group.system_admin):
        assert preview(group, file.getvalue()).rows_bad == 0
        assert preview(group, text.encode("gb18030"), "公司.csv").rows_bad == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.xlsx", b"", "是空的"),
        ("假.xlsx", b"hello", "不是 Excel 文件"),
        ("坏.xlsx", b"PK\x03\x04" + b"\x00" * 200, "打不开"),
        ("无表头.csv", "甲,乙\n1,2\n".encode(), "没有表头"),
        ("缺列.csv", "统一社会信用代码,公司名称\nx,y\n".encode(), "缺少列：区划代码、行业、系统上线日期"),
        ("只有表头.csv", (",".join(COLUMNS) + "\n").encode(), "只有表头"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    group: Group, name: str, content: bytes, words: str
) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match=words):
        preview(group, content, name)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026年1月31日", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
        ("202611", None),
        ("460821", None),
        ("2026-13-01", None),
        ("", None),
    ],
)
def test_no_day_is_guessed(text: str, day: date | None) -> None:
    assert date_of(text) == day


def test_rows_bear_the_numbers_of_the_sheet(group: Group) -> None:
    book = openpyxl.Workbook()
    for column, title in enumerate(COLUMNS, 2):
        book.active.cell(3, column, title)
    for column, cell in enumerate(good(行业="军火"), 2):
        book.active.cell(7, column, cell)
    file = io.BytesIO()
    book.save(file)
    with acting(group.system_admin):
        assert list(preview(group, file.getvalue()).problems) == ["7"]


def test_a_repeated_row_names_the_earlier_one(group: Group) -> None:
    row = good()
    with acting(group.system_admin):
        found = preview(group, xlsx(row, good(), row))
    assert [problem["sentence"] for problem in found.problems["4"]] == [
        "与第2行的统一社会信用代码相同",
        "与第2行的公司名称相同",
    ]


def test_the_preview_shows_rows_that_would_go_in_and_can_be_let_go(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    row = good()
    page = client.post("/companies/import/", {"file": SimpleUploadedFile("公司.xlsx", xlsx(row))}, follow=True)
    assert row[0] in page.content.decode() and "浙江省 杭州市 西湖区" in page.content.decode()
    address = page.redirect_chain[-1][0]
    after = client.post(f"{address}drop/", follow=True).content.decode()
    assert "已放弃" in after
    with acting(group.system_admin):
        found = CompanyImport.objects.get()
        assert bytes(found.content) == b"" and found.problems == {}
        with pytest.raises(Refused, match="已经处理过"):
            drop_company_import(found=found, actor=group.system_admin, at=AT)


def test_the_template_as_it_is_registers_nothing(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    template = client.get("/companies/import/template.xlsx").content
    with acting(group.system_admin):
        found = preview(group, template)
    assert (found.rows_total, found.rows_bad) == (1, 1)


def test_who_may_only_import_below_registers_nowhere_else(group: Group) -> None:
    """The right to register is asked for each parent, not only the right to import."""
    let("sales", "company.import", "company")
    with acting(group.sales_a):
        content = xlsx(good(), good(上级公司代码=group.company_a.unified_code))
        found = preview_company_import(name="公司.xlsx", content=content, actor=group.sales_a, at=AT)
    assert {one["sentence"] for problems in found.problems.values() for one in problems} == {
        "您的角色不能在这家上级公司下登记公司"
    }


def test_an_import_whose_member_left_ends_with_the_reason(group: Group) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good()))
        accept_company_import(found=found, mode="good_rows", actor=group.system_admin)
    run_as_job(
        import_id=str(found.pk),
        entity_id=str(found.entity_id),
        member_id=str(group.sales_a.pk),
        user_id=str(group.system_admin.user_id),
    )
    with acting(group.system_admin):
        found.refresh_from_db()
    assert (found.state, found.outcome) == ("failed", "经办人已离开公司，这项工作没有继续")


def test_others_of_the_company_see_nothing_of_a_file(group: Group, client: Client) -> None:
    with acting(group.system_admin):
        found = preview(group, xlsx(good(行业="军火")))
    sign_in(client, "hegui")
    for address in ("", "errors.xlsx"):
        assert client.get(f"/companies/import/{found.pk}/{address}").status_code == 403


def test_only_who_may_import_imports(group: Group) -> None:
    with acting(group.compliance), pytest.raises(NotAllowed):
        preview_company_import(name="公司.xlsx", content=xlsx(good()), actor=group.compliance, at=AT)


def test_the_pages_lead_from_upload_to_outcome(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    upload = SimpleUploadedFile("公司.xlsx", xlsx(good(), good(行业="军火")))
    page = client.post("/companies/import/", {"file": upload}, follow=True)
    assert "没有“军火”这个行业" in page.content.decode()
    address = page.redirect_chain[-1][0]
    running = client.post(address, {"mode": "good_rows"}, follow=True)
    assert "正在导入" in running.content.decode()
    with acting(group.system_admin):
        found = CompanyImport.objects.get()
        run_company_import(import_id=found.pk, actor=group.system_admin, at=AT)
    assert "导入1家公司，退回1行" in client.get(address).content.decode()
    errors = client.get(f"{address}errors.xlsx")
    assert errors.status_code == 200 and errors.content.startswith(b"PK")


def test_an_unusable_upload_is_told_beside_the_field(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    page = client.post("/companies/import/", {"file": SimpleUploadedFile("假.xlsx", b"hello")})
    assert page.status_code == 422 and "不是 Excel 文件" in page.content.decode()


def test_the_template_can_be_filled(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    template = client.get("/companies/import/template.xlsx").content
    assert next(read_table("模板.xlsx", template)).cells == list(COLUMNS)
    columns = openpyxl.load_workbook(io.BytesIO(template)).active.column_dimensions
    assert [columns[name].number_format for name in "ACFE"] == ["@", "@", "@", "yyyy-mm-dd"]


def test_a_large_import_into_a_small_group_does_not_read_its_tables_over_and_over(own_database: Database) -> None:
    """The session has planned its checks for a handful of rows, as it stands after weeks of small work."""
    group = make_group()
    with psycopg.connect(own_database.conninfo("superuser"), autocommit=True) as admin:
        admin.execute("ANALYZE")
        with acting(group.system_admin):
            for _ in range(8):
                take_in(group, preview(group, xlsx(good())))
        read = admin.execute("SELECT sum(seq_tup_read) FROM pg_stat_user_tables").fetchone()
        with acting(group.system_admin):
            take_in(group, preview(group, xlsx(*[good() for _ in range(4000)])))
        connection.close()
        again = admin.execute("SELECT sum(seq_tup_read) FROM pg_stat_user_tables").fetchone()
    assert read and again
    assert again[0] - read[0] < 40 * 4000


MANY = 50_000 if os.environ.get("GUIJU_PROVE") == "1" else 10_000


@pytest.mark.prove
def test_many_thousand_rows_with_some_hundred_bad_ones(own_database: object) -> None:
    """Whatever was chosen: the rest goes in and the bad ones come back, or nothing goes in."""
    group = make_group()
    bad = {*range(100, MANY, 167), MANY - 1}
    rows = [good(区划代码="110103") if number in bad else good() for number in range(MANY)]
    content = xlsx(*rows)
    with acting(group.system_admin):
        found = preview(group, content)
        assert (found.rows_total, found.rows_bad) == (MANY, len(bad))
        with pytest.raises(Refused, match=f"{len(bad)}行不对"):
            accept_company_import(found=found, mode="all_or_nothing", actor=group.system_admin)
        done = take_in(group, found)
        assert done.outcome == f"导入{MANY - len(bad)}家公司，退回{len(bad)}行"
        assert Entity.objects.count() == MANY - len(bad) + 3
        assert len(list(read_table("错.xlsx", error_file(done)))) == len(bad) + 1
        print(f"rows={MANY} bad={len(bad)} result=ok")
