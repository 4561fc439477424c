"""Free text, yes or no, one of a list."""

from __future__ import annotations

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.cells import Invalid, choice, clean_text, yes_no

KINDS = {"company": "企业客户", "person": "个人客户", "VIP": "大客户"}
SEEN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]), max_size=30)


@pytest.mark.parametrize("text", ["是", "有", "Y", "yes", "1", "√", "✓", "同意", "TRUE", "ｙ", " 是 "])
def test_a_yes_is_yes(text: str) -> None:
    assert yes_no(text) is True


@pytest.mark.parametrize("text", ["否", "无", "N", "no", "0", "×", "✗", "不同意", "false", "没有"])
def test_a_no_is_no(text: str) -> None:
    assert yes_no(text) is False


@pytest.mark.parametrize("text", ["x", "可能", "2", "是否"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=f"“{text}”不是“是”或“否”"):
        yes_no(text)


@pytest.mark.parametrize("text", ["company", "Ｃｏｍｐａｎｙ", "COMPANY", "企业客户", " 企 业 客 户 "])
def test_an_option_is_found_by_code_or_label(text: str) -> None:
    assert choice(text, KINDS) == "company"


def test_what_is_no_option_is_refused_with_the_options() -> None:
    with pytest.raises(Invalid, match=r"“其他”不在可选的项里，可填：企业客户、个人客户、大客户$"):
        choice("其他", KINDS)


def test_options_that_look_alike_are_told_apart_or_refused() -> None:
    assert choice("a", {"a": "甲", "A": "乙"}) == "a"
    with pytest.raises(Invalid) as refusal:
        choice("2", {"1": "2", "2": "1"})
    assert refusal.value.code == "choice_ambiguous"


@given(st.dictionaries(SEEN.filter(str.strip), SEEN.filter(str.strip), min_size=1), st.data())
def test_any_option_that_is_found_bears_what_was_written(labels: dict[str, str], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(labels)))
    for text in (code, labels[code]):
        with suppress(Invalid):
            found = choice(text, labels)
            assert code == found or text in (found, labels[found])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  张 \n 三\u3000", "张 三"),
        ("'=1+1", "=1+1"),
        ("'＋86", "＋86"),
        ("\t330106199001011234", "330106199001011234"),
        ("'甲方'", "'甲方'"),
        ("\ufeff甲\u200b", "甲"),
        ("𬭊𠮷\U00031350", "𬭊𠮷\U00031350"),
        ("👨\u200d👩\u200d👧 好", "👨\u200d👩\u200d👧 好"),
        ("", ""),
    ],
)
def test_text_is_trimmed_and_nothing_that_is_seen_is_lost(text: str, clean: str) -> None:
    assert clean_text(text, most=50) == clean


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x00b", "text_control"),
        ("a\x07b", "text_control"),
        ("元001\u202e", "text_control"),
        ("\ud800", "text_control"),
        ("长" * 51, "text_long"),
        ("#VALUE!", "cell_error"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        clean_text(text, most=50)
    assert refusal.value.code == code and "\u202e" not in refusal.value.sentence


@given(SEEN)
def test_text_that_was_cleaned_stays_as_it_is_and_survives_our_own_export(text: str) -> None:
    with suppress(Invalid):
        clean = clean_text(text, most=50)
        assert clean_text(f"\t{clean}", most=50) == clean_text(clean, most=50)
        if clean[:1] in tuple("=+-@＝＋－＠"):
            assert clean_text(f"'{clean}", most=50) == clean


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    with suppress(Invalid):
        clean = clean_text(text, most=50)
        assert clean == clean.strip() and not any(unicodedata.category(c) in {"Cc", "Cs"} for c in clean)
    for read in (yes_no, lambda cell: choice(cell, KINDS)):
        with suppress(Invalid):
            read(text)
