"""Tables as files: what a spreadsheet would change stays as it is, and figures and days are such."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from guiju.web.tables import attachment, csv_lines, csv_response, safe_cell, write_table, xlsx_bytes


def csv_rows(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[list[str]]:
    answer = csv_response("表.csv", header, rows)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[arg-type]
    assert text.startswith("\ufeff"), "the mark that Excel needs"
    return list(csv.reader(io.StringIO(text[1:])))


def cells_of(rows: list[tuple[Any, ...]], **more: Any) -> list[Any]:
    content = xlsx_bytes("表", ("甲",) * len(rows[0]), rows, **more)
    return next(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2))


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 138", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]
)
def test_no_cell_of_a_csv_runs_as_a_formula(text: str) -> None:
    assert safe_cell(text) == "'" + text
    assert csv_rows(("甲",), [(text,)])[1] == ["'" + text]


@pytest.mark.parametrize("text", ["110101199001011234", "9" * 16, "913301061234567E12"])
def test_excel_shows_a_code_of_a_csv_with_all_its_digits(text: str) -> None:
    assert safe_cell(text) == "\t" + text


@pytest.mark.parametrize("text", ["13812345678", "9" * 15, "91330106MA0000000X", "2026-11-28", "1１" * 9])
def test_what_excel_leaves_as_it_is_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


def test_the_lines_for_programs_are_what_was_stored() -> None:
    row = ("=1+1", "110101199001011234", None, date(2026, 11, 28), "a,b")
    assert "".join(csv_lines(("甲", "乙", "丙", "丁", "戊"), [row])).splitlines() == [
        "甲,乙,丙,丁,戊",
        '=1+1,110101199001011234,,2026-11-28,"a,b"',
    ]


def test_text_is_text_in_a_workbook_and_stays_so_when_it_is_changed_there() -> None:
    cells = cells_of([("=1+1", "13812345678", "110101199001011234")])
    assert [(one.value, one.data_type, one.number_format) for one in cells] == [
        (text, "s", "@") for text in ("=1+1", "13812345678", "110101199001011234")
    ]


def test_what_is_written_below_the_rows_is_of_the_kind_of_the_first() -> None:
    content = xlsx_bytes("表", ("代码", "上线日期", "家数"), [("1", date(2026, 11, 28), 3)], widths=(22,))
    columns = openpyxl.load_workbook(io.BytesIO(content)).active.column_dimensions
    assert [columns[name].number_format for name in "ABC"] == ["@", "yyyy-mm-dd", "#,##0"]
    assert columns["A"].width > 22


def test_figures_and_days_are_such_in_a_workbook_and_what_no_cell_can_hold_is_text() -> None:
    at = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
    row = (1234, Decimal("268.50"), date(2026, 11, 28), at, 0.25, True, None, date(1899, 1, 1), at.replace(year=1899))
    content = xlsx_bytes("表", ("甲",) * len(row), [row])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    cells = next(sheet.iter_rows(min_row=2))

    assert [one.value for one in cells] == [
        *(1234, 268.5, datetime(2026, 11, 28), datetime(2026, 11, 28, 9, 30), 0.25),
        *("是", "", "1899-01-01", str(at.replace(year=1899))),
    ]
    assert [one.number_format for one in cells[:5]] == [
        *("#,##0", "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "General"),
    ]
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (10**15 - 1, 10**15 - 1),
        (10**15 + 1, "1000000000000001"),
        (10**18, str(10**18)),
        (-(10**14), -(10**14)),
        (Decimal("1.0000000000000000000"), 1),
        (Decimal("123456789012.345"), 123456789012.345),
        (Decimal("1234567890123.4567"), "1234567890123.4567"),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal("1E400"), "1E+400"),
        (Decimal("NaN"), "NaN"),
        (Decimal("-Infinity"), "-Infinity"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (0.1 + 0.2, 0.3),
        (Decimal(0), 0),
    ],
)
def test_a_number_of_more_digits_than_excel_keeps_is_text(value: Any, shown: Any) -> None:
    [cell] = cells_of([(value,)])
    assert cell.value == shown and isinstance(cell.value, str) == isinstance(shown, str)


@pytest.mark.parametrize(
    "name", ["公司名录.csv", "期限计算说明-甲/乙.pdf", "字" * 300 + ".xlsx", "😀" * 200 + ".pdf", "a\r\nb.pdf"]
)
def test_a_file_keeps_its_name_and_ending_as_far_as_a_disk_can_hold_it(name: str) -> None:
    said = attachment(name)
    assert said.isascii() and "/" not in said.partition("''")[2] and "\n" not in said
    kept = unquote(said.partition("''")[2])
    stem, _, ending = name.rpartition(".")
    assert len(kept.encode()) <= 255 and kept.endswith(f".{ending}")
    assert kept == name if len(name) < 60 else stem.startswith(kept.removesuffix(f".{ending}"))


def test_a_moment_in_an_export_is_that_of_china_in_csv_as_in_a_workbook(tmp_path: Path) -> None:
    late = datetime(2026, 11, 6, 17, 29, 46, 509619, tzinfo=UTC)
    write_table(tmp_path / "a.csv", "表", ("登记时间",), [(late,)], mark="甲")
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert list(csv.reader(lines))[1] == ["2026-11-07 01:29", "甲"]
