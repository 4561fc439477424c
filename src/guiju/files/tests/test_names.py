"""Names of files lead nobody astray (文件名)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.files.naming import LONGEST, clean_name, ending_of


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("合同.pdf", "合同.pdf"),
        ("C:\\Users\\王\\桌面\\合同.pdf", "合同.pdf"),
        ("../../etc/passwd", "passwd"),
        ("报价\u202excod.exe", "报价xcod.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("客户👨‍👩‍👧资料.docx", "客户👨‍👩‍👧资料.docx"),
        ("  两个  空格 .pdf ", "两个 空格.pdf"),
        ("con.txt", "_con.txt"),
        (".htaccess", "htaccess"),
        ("...", "未命名"),
        ("", "未命名"),
        ('是<不>是"合同"?.pdf', "是＜不＞是＂合同＂？.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        ("长" * 300, "长" * 200),
    ],
)
def test_a_name_is_kept_without_what_misleads(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@given(st.text())
def test_whatever_is_typed_becomes_a_harmless_name(typed: str) -> None:
    name = clean_name(typed)
    assert 0 < len(name) <= LONGEST
    assert not set(name) & set('/\\<>:"|?*\x00')
    assert name.strip(". ") == name and name not in (".", "..")
    assert all(unicodedata.category(letter) not in ("Cc", "Cs", "Co", "Cn") for letter in name)
    assert not set(name) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    assert name.encode()


@given(st.text())
def test_a_clean_name_stays_as_it_is(typed: str) -> None:
    assert clean_name(clean_name(typed)) == clean_name(typed)


@given(st.text(alphabet="合同王李abc", min_size=1), st.sampled_from(["pdf", "docx", "tar"]))
def test_the_ending_stays_however_long_the_rest_is(stem: str, ending: str) -> None:
    assert ending_of(clean_name(f"{stem * 100}.{ending}")) == ending
