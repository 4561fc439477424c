"""Names are read as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.reading import syllables


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("张三", "zhang san"),
        ("单田芳", "shan tian fang"),
        ("曾国藩", "zeng guo fan"),
        ("尉迟恭", "yu chi gong"),
        ("吕小绿", "lv xiao lv"),
        ("𠮷野", "𠮷 ye"),
    ],
)
def test_a_person_is_read_with_the_surname_as_it_is_said(name: str, read: str) -> None:
    assert syllables(name, is_person=True) == read.split()


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("重庆银行", "chong qing yin hang"),
        ("朝阳区音乐厅", "chao yang qu yin yue ting"),
        ("单县某单位", "shan xian mou dan wei"),
        ("abc商贸", "a b c shang mao"),
    ],
)
def test_a_company_is_read_word_by_word(name: str, read: str) -> None:
    assert syllables(name) == read.split()


@given(st.text(), st.booleans())
def test_each_character_has_one_reading(text: str, is_person: bool) -> None:
    assert len(syllables(text, is_person=is_person)) == len(text)
