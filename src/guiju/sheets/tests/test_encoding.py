"""Encodings and delimiters are found out for the whole file, or the file is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.errors import Refused
from guiju.sheets.delimited import delimiter_of, records
from guiju.sheets.encoding import encoding_of

TEXT = "名称,地址\n甲公司,西湖区文三路\n" * 5


def found(content: bytes) -> str:
    return encoding_of("表.csv", lambda: io.BytesIO(content))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_each_usual_encoding_is_recognised(encoding: str) -> None:
    assert found(TEXT.encode(encoding)) == encoding


def test_the_last_byte_of_a_long_file_decides_as_well_as_the_first() -> None:
    assert found(b"a,b\n" * 600_000 + "甲".encode("gb18030")) == "gb18030"
    assert found("甲".encode() * 500_000) == "utf-8"


def test_a_file_in_two_encodings_is_refused_with_its_line() -> None:
    with pytest.raises(Refused, match=r"文件“表.csv”是 UTF-8 的，但第11行混进了别的编码"):
        found(TEXT.encode() + "乙公司".encode("gb18030"))
    with pytest.raises(Refused, match="但第2行混进了别的编码"):
        found(b"\xef\xbb\xbfa\n\xd2\xd2")
    with pytest.raises(Refused, match="已损坏"):
        found(TEXT.encode()[:-2] + b"\xe7")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff", b"a\x00b", "甲".encode("utf-16") + b"\xd8"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="不是文本，或编码不是"):
        found(content)


@given(st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\x00"), max_size=60))
def test_text_in_gb18030_is_never_refused_for_looking_like_utf_8(text: str) -> None:
    content = text.encode("gb18030")
    assert content.decode(found(content)) == text or found(content) == "utf-8"


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n3,5;4\n", ";"),
        ("a\tb\nx,y\tz\n", "\t"),
        ("名称，地址\n甲，乙\n", "，"),
        ("名称,简介\n甲,好，很好，非常好\n乙,一，二，三，四\n", ","),
        ("备注\n好，很好\n", "，"),
        ("备注\n好\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_gives_rows_of_one_width(sample: str, delimiter: str) -> None:
    assert delimiter_of(sample) == delimiter


def test_a_line_or_a_record_without_end_is_refused_before_it_fills_the_memory() -> None:
    for text in ("甲" * 5_000_000, '"' + "甲,\n" * 50_000, '"\n",' * 9_000_000):
        with pytest.raises(Refused, match="读不下去"):
            list(records("文件“表.csv”", io.StringIO(text, newline=""), ","))
