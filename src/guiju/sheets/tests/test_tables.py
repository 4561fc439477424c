"""Sheets of every kind, opened: which there are, what is in them, what is left out and said."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import openpyxl
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.errors import Refused
from guiju.sheets.tables import SheetName, open_pasted, open_sheet, open_sheet_file, sheets_of


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture(autouse=True)
def others() -> Iterator[set[int]]:
    """Processes that were there before, as the tests' database; none comes to them."""
    before = children()
    yield before
    assert children() <= before


def book(merged: Sequence[str] = (), **sheets: Sequence[Sequence[object]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.lstrip("_"))
        sheet.sheet_state = "hidden" if name.startswith("_") else "visible"
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


PEOPLE = [["姓名", "手机"], ["甲", "13812345678"], ["乙", "13912345678"]]


def read(name: str, content: bytes, sheet: str | None = None) -> tuple[list[str], list[list[str]], list[str]]:
    with open_sheet(name, content, sheet) as opened:
        rows = [line.cells for line in opened.rows()]
        return [title.text for title in opened.titles], rows, opened.notes


def test_the_sheets_of_a_workbook_are_listed_with_their_rows_and_the_hidden_ones_marked() -> None:
    content = book(封面=[], 客户=PEOPLE, _旧=[["姓名"]])
    assert sheets_of("表.xlsx", content) == [
        SheetName("封面", 0, is_hidden=False),
        SheetName("客户", 3, is_hidden=False),
        SheetName("旧", 1, is_hidden=True),
    ]
    assert sheets_of("表.csv", "姓名,手机\n甲,1\n".encode()) == [SheetName("", 2, is_hidden=False)]


def test_the_first_visible_sheet_with_rows_is_read_unless_another_is_named() -> None:
    content = book(_旧=[["旧名"], ["丙"]], 封面=[], 客户=PEOPLE)
    titles, rows, notes = read("表.xlsx", content)
    assert titles == ["姓名", "手机"] and rows == PEOPLE[1:]
    assert notes == ["读的是工作表“客户”，文件里共有3张：旧、封面、客户", "表头在第1行"]
    assert read("表.xlsx", content, "旧")[:2] == (["旧名"], [["丙"]])
    with pytest.raises(Refused, match=r"文件“表.xlsx”里没有工作表“新”，现有：“旧”、“封面”、“客户”"):
        open_sheet("表.xlsx", content, "新")
    with pytest.raises(Refused, match=r"文件“表.xlsx”的工作表“封面”里没有内容"):
        open_sheet("表.xlsx", content, "封面")
    with pytest.raises(Refused, match="是文本，没有工作表“新”"):
        open_sheet("表.csv", b"a,b\n", "新")


def test_merged_cells_of_the_body_are_filled_and_what_is_no_record_is_left_out_and_said() -> None:
    content = book(
        ["A1:C1", "A2:A3", "B2:C2", "A4:A5", "B5:C5", "A6:C6"],
        客户=[
            ["客户名单"],
            ["公司", "联系方式"],
            [None, "手机", "邮箱"],
            ["甲公司", 13812345678, "a@example.com"],
            [None, "未留"],
            ["二、外地"],
            ["公司", "手机", "邮箱"],
            ["乙公司", 13912345678, None],
            [None, None, None],
            ["合 计：", 2, None],
        ],
    )
    with open_sheet("表.xlsx", content) as opened:
        assert opened.first_row == 4 and [title.lines for title in opened.titles] == [(2, 3)] * 3
        assert [(line.number, line.cells) for line in opened.rows()] == [
            (4, ["甲公司", "13812345678", "a@example.com"]),
            (5, ["甲公司", "未留", "未留"]),
            (8, ["乙公司", "13912345678", ""]),
        ]
        assert opened.notes == [
            "第1行是标题，表头在第2–3行",
            "第6行是合并成一格的说明，没有读入",
            "第7行重复了表头，没有读入",
            "第10行是合计，没有读入",
        ]


@pytest.mark.parametrize("total", ["合计", "总计", "小 计", "本页小计", "华东合计：", "合计（元）", "共计"])
def test_totals_are_no_records(total: str) -> None:
    assert read("表.csv", f"名称,金额\n甲,1\n{total},1\n".encode())[1:] == (
        [["甲", "1"]],
        ["编码是 UTF-8，按逗号分列", "表头在第1行", "第3行是合计，没有读入"],
    )


@pytest.mark.parametrize("name", ["合计科技有限公司", "张小计算机店", "设计", "累计器"])
def test_names_that_contain_the_word_are_records(name: str) -> None:
    assert read("表.csv", f"名称,金额\n{name},1\n".encode())[1] == [[name, "1"]]


def test_lines_longer_than_the_header_keep_their_cells_and_are_said() -> None:
    _, rows, notes = read("表.csv", ("名称,地址\n" + "甲,乙\n" * 300 + "甲,西湖区,1号\n丙\n").encode())
    assert rows[-2:] == [["甲", "西湖区", "1号"], ["丙", ""]]
    assert notes[-1] == "第302行在没有标题的C列有内容"


def test_rows_can_be_read_again_from_the_beginning(others: set[int]) -> None:
    for content in (book(客户=PEOPLE), "姓名,手机\n甲,13812345678\n乙,13912345678\n".encode()):
        with open_sheet("表.x", content) as opened:
            assert [line.cells for _ in range(3) for line in opened.rows()] == PEOPLE[1:] * 3
            assert next(opened.rows()).number == 2
            assert len(children() - others) <= 1
            assert next(opened.rows()).cells == PEOPLE[1]


def test_a_sheet_that_is_left_early_leaves_no_process_behind() -> None:
    content = book(客户=[["姓名", "备注"], *[[f"{number}号", "长" * 200] for number in range(3000)]])
    with open_sheet("表.xlsx", content) as opened:
        rows = opened.rows()
        assert next(rows).number == 2
    with pytest.raises(ValueError, match="closed"):
        list(rows)
    open_sheet("表.xlsx", content)


def test_more_columns_than_a_table_has_are_refused() -> None:
    with pytest.raises(Refused, match=r"文件“宽.xlsx”有10000列，最多500列：请删去空白的列"):
        open_sheet("宽.xlsx", book(客户=[[f"列{number}" for number in range(10_000)]] * 2))
    with pytest.raises(Refused, match="第2行有501列，最多500列"):
        read("宽.csv", ("甲,乙\n" + ",".join("甲" * 501)).encode())


@pytest.mark.parametrize("call", [sheets_of, open_sheet])
def test_files_that_cannot_be_used_are_refused(call: object) -> None:
    far = openpyxl.Workbook()
    far.active["A1"] = far.active["XFD1048576"] = "x"
    file = io.BytesIO()
    far.save(file)
    for name, content, words in (
        ("空.csv", b" \n", "是空的"),
        ("坏.xlsx", b"PK\x03\x04" + b"\0" * 100, "打不开"),
        ("远.xlsx", file.getvalue(), "远处有零星的单元格"),
        ("假.xlsx", b"hello", "不是 Excel 文件"),
    ):
        with pytest.raises(Refused, match=words):
            call(name, content)  # type: ignore[operator]


def test_rows_of_a_workbook_are_not_held_in_memory() -> None:
    content = book(客户=[["姓名", "备注"], *[[f"{number}号", "长" * 500] for number in range(5000)]])
    tracemalloc.start()
    with open_sheet("表.xlsx", content) as opened:
        assert sum(len(line.cells[1]) for line in opened.rows()) == 2_500_000
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def test_a_csv_file_is_read_from_the_disk_and_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "upload-1"
    path.write_text("姓名,备注\n" + f"甲,{'长' * 500}\n" * 20_000, encoding="gb18030")
    tracemalloc.start()
    with open_sheet_file(path, name="客户.csv") as opened:
        assert sum(1 for _ in opened.rows()) == 20_000
        assert opened.notes[0] == "编码是 GB18030，按逗号分列"
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_a_file_on_the_disk_may_be_a_workbook_or_missing(tmp_path: Path) -> None:
    (tmp_path / "表.xlsx").write_bytes(book(客户=PEOPLE))
    with open_sheet_file(tmp_path / "表.xlsx") as opened:
        assert [line.cells for line in opened.rows()] == PEOPLE[1:]
    with pytest.raises(Refused, match=r"文件“没有.csv”读不了：没有这个文件或文件夹"):
        open_sheet_file(tmp_path / "没有.csv")
    (tmp_path / "空.csv").write_bytes(b"")
    with pytest.raises(Refused, match=r"文件“空.csv”里没有内容"):
        open_sheet_file(tmp_path / "空.csv")


def test_a_block_copied_from_excel_keeps_its_line_breaks_and_its_quotes() -> None:
    with open_pasted('姓名\t备注\r\n甲\t"第一行\n第""二""行"\r\n"乙"店\t5" 屏\r\n丙\t"a\tb"\r\n') as opened:
        assert [(line.number, line.cells) for line in opened.rows()] == [
            (2, ["甲", '第一行\n第"二"行']),
            (4, ['"乙"店', '5" 屏']),
            (5, ["丙", "a\tb"]),
        ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("备注\n西湖区,1号\n余杭区\n", [["西湖区,1号"], ["余杭区"]]),
        ("姓名,手机\n甲,13812345678\n", [["甲", "13812345678"]]),
        ("姓名，手机\n甲，13812345678\n", [["甲", "13812345678"]]),
    ],
)
def test_a_pasted_text_without_tabs_is_one_column_or_csv(text: str, rows: list[list[str]]) -> None:
    with open_pasted(text) as opened:
        assert [line.cells for line in opened.rows()] == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \r\n", "粘贴的内容是空的"),
        ("a\x00", "不是文字"),
        ("长" * 10_000_001, "最多10000000字"),
        ("\t".join("甲" * 501), "最多500列"),
    ],
    ids=["empty", "binary", "long", "wide"],
)
def test_a_block_that_cannot_be_used_is_refused(text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        open_pasted(text)


CELL = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.sampled_from("\n\"',;"), max_size=8
)


def as_excel_copies(cell: str) -> str:
    quoted = cell.replace('"', '""')
    return f'"{quoted}"' if "\n" in cell or cell.startswith('"') else cell


@given(st.lists(st.tuples(CELL, CELL), max_size=10))
def test_any_block_comes_back_as_it_was_copied(rows: list[tuple[str, str]]) -> None:
    kept = [[cell.strip(' \n\ufeff"') for cell in row] for row in rows]
    text = "\r\n".join("\t".join(map(as_excel_copies, row)) for row in [["名称", "备注"], *kept])
    with open_pasted(text) as opened:
        read = [line.cells for line in opened.rows()]
    assert read == [row for row in kept if any(row) and row[0] not in {"合计", "总计"}]


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=10), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_any_csv_comes_back_as_it_was_written(rows: list[list[str]], encoding: str) -> None:
    kept = [[cell.strip() for cell in row] for row in rows]
    file = io.StringIO()
    csv.writer(file).writerows([["名称", "备注", "地址"], *kept])
    assert read("表.csv", file.getvalue().encode(encoding))[1] == [row for row in kept if any(row)]


@given(st.binary(max_size=200), st.text(max_size=100))
def test_no_content_raises_anything_but_a_refusal(content: bytes, text: str) -> None:
    with suppress(Refused):
        read("表.csv", content)
    with suppress(Refused), open_pasted(text) as opened:
        list(opened.rows())
