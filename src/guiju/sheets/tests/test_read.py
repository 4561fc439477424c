"""Tables as offices send them: what is read, what is refused in one sentence."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.errors import Refused
from guiju.sheets.read import decode, read_table


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_cells_come_out_as_people_read_them() -> None:
    content = workbook(
        ["手机", "数量", "日期", "时刻", "空", "是否"],
        [13812345678, 3.0, date(2026, 3, 1), datetime(2026, 3, 1, 8, 30), None, True],
    )
    assert list(read_table("表.xlsx", content))[1].cells == [
        "13812345678",
        "3",
        "2026-03-01",
        "2026-03-01T08:30:00",
        "",
        "是",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_every_usual_encoding(encoding: str, delimiter: str) -> None:
    text = delimiter.join(["名称", "地址"]) + "\r\n" + delimiter.join(["甲公司", '"西湖区, 1号"']) + "\r\n"
    assert [line.cells for line in read_table("表.csv", text.encode(encoding))] == [
        ["名称", "地址"],
        ["甲公司", "西湖区, 1号"],
    ]


def test_lines_bear_the_numbers_that_excel_and_editors_show() -> None:
    book = openpyxl.Workbook()
    book.active["B3"], book.active["B5"] = "名称", "甲公司"
    file = io.BytesIO()
    book.save(file)
    found = {line.number: line.cells for line in read_table("表.xlsx", file.getvalue())}
    assert found[3] == ["", "名称"] and found[5] == ["", "甲公司"]
    text = '名称,地址\n甲,"一行\n又一行"\n乙,x\n'
    assert [line.number for line in read_table("表.csv", text.encode())] == [1, 2, 4]


@pytest.mark.parametrize("far", ["XFD1048576", "CV1000000"])
def test_a_small_file_that_would_become_gigabytes_is_refused(far: str) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = book.active[far] = "x"
    file = io.BytesIO()
    book.save(file)
    assert len(file.getvalue()) < 10_000
    with pytest.raises(Refused, match="远处有零星的单元格"):
        list(read_table("远.xlsx", file.getvalue()))


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"xl/{number}.xml", b"\0" * (100 * 2**20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.xlsx", b"", "是空的"),
        ("空白.csv", b" \r\n\r\n", "是空的"),
        ("假.xlsx", b"hello", "不是 Excel 文件"),
        ("坏.xlsx", b"PK\x03\x04" + b"\0" * 100, "打不开"),
        ("坏.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "打不开"),
        (
            "加密.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "有密码",
        ),
        ("图.csv", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff", "不是文本"),
        ("宽.csv", ",".join("甲" * 501).encode(), "最多500列"),
        ("大.csv", b"a" * (51 * 2**20), "最多50 MB"),
        ("炸弹.xlsx", bomb(), "展开后有600 MB"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_used_is_refused_in_one_sentence(name: str, content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        list(read_table(name, content))
    assert name in refusal.value.sentence and "\n" not in refusal.value.sentence


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise_anything_but_a_refusal(content: bytes) -> None:
    for name in ("a.csv", "a.xlsx"):
        for start in (b"", b"PK\x03\x04"):
            try:
                list(read_table(name, start + content))
            except Refused:
                continue


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=50))
def test_text_comes_back_as_it_was_written(text: str) -> None:
    assert decode("a.csv", text.encode("utf-8-sig")) == text


def test_a_forgotten_quote_that_swallows_the_file_is_told_with_its_row() -> None:
    with pytest.raises(Refused, match="第2行有一格超过十三万字"):
        list(read_table("表.csv", ('name\n"' + "甲\n" * 100_000).encode()))
