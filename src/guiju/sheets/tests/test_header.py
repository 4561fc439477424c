"""Headers as offices lay them out: titles above, two lines, merged cells, names twice or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.errors import Refused
from guiju.sheets.header import Header, header_in, letter_of
from guiju.sheets.merged import Row, Span, filled

JIA = ["甲", "13812345678", "jia@example.com", "好"]
JOINED = (Span(0, 1, 0, 2), Span(3, 1, 3, 2))
OVER = Span(1, 1, 2, 1)


def header(*rows: Sequence[str], spans: Sequence[Span] = ()) -> Header:
    raw = (
        (number, list(cells), [span for span in spans if span.top <= number <= span.bottom])
        for number, cells in enumerate(rows, 1)
    )
    return header_in("文件“表.xlsx”", list(filled(raw)))


def titles(*rows: Sequence[str], spans: Sequence[Span] = ()) -> list[str]:
    return [title.text for title in header(*rows, spans=spans).titles]


def test_a_plain_header_names_its_columns() -> None:
    found = header(["姓名", "手机"], ["甲", "13812345678"])
    assert [(title.place, title.text, title.lines) for title in found.titles] == [(0, "姓名", (1,)), (1, "手机", (1,))]
    assert found.notes == ["表头在第1行"]


def test_titles_dates_and_makers_above_the_header_are_passed_over() -> None:
    found = header(
        ["客户名单", "", "", ""],
        ["制表人：甲", "", "日期：2026-01-05", ""],
        ["", "", "", ""],
        ["单位：", "甲公司", "页：", "1"],
        ["姓名", "手机", "邮箱", "备注"],
        JIA,
    )
    assert [title.text for title in found.titles] == ["姓名", "手机", "邮箱", "备注"]
    assert found.notes == ["第1–4行是标题，表头在第5行"]


def test_a_title_merged_over_the_table_is_no_header() -> None:
    assert titles(["客户", "", ""], ["姓名", "手机", "备注"], ["甲", "1", ""], spans=[Span(0, 1, 2, 1)]) == [
        "姓名",
        "手机",
        "备注",
    ]


@pytest.mark.parametrize("spans", [(OVER, *JOINED), ()], ids=["merged", "as csv"])
def test_a_header_of_two_lines_joins_the_words_of_both(spans: Sequence[Span]) -> None:
    found = header(["姓名", "联系方式", "", "备注"], ["", "手机", "邮箱", ""], JIA, spans=spans)
    assert [title.text for title in found.titles] == ["姓名", "联系方式/手机", "联系方式/邮箱", "备注"]
    assert found.notes == ["表头在第1–2行"]


def test_a_header_may_have_three_lines_and_groups_over_all_columns() -> None:
    spans = [Span(0, 1, 0, 3), Span(1, 1, 4, 1), Span(1, 2, 2, 2), Span(3, 2, 4, 2)]
    lines = [["姓名", "联系", "", "", ""], ["", "个人", "", "公司", ""], ["", "手机", "邮箱", "电话", "传真"]]
    assert titles(*lines, ["甲", "1", "2", "3", "4"], spans=spans) == [
        "姓名",
        "联系/个人/手机",
        "联系/个人/邮箱",
        "联系/公司/电话",
        "联系/公司/传真",
    ]
    grouped = [["客户信息", "", "订单信息", ""], ["姓名", "手机", "单号", "金额"], ["甲", "1", "A1", "5"]]
    assert titles(*grouped, spans=[Span(0, 1, 1, 1), Span(2, 1, 3, 1)]) == [
        "客户信息/姓名",
        "客户信息/手机",
        "订单信息/单号",
        "订单信息/金额",
    ]


def test_a_header_merged_over_two_lines_is_one() -> None:
    found = header(["姓名", "手机"], ["", ""], ["甲", "1"], spans=[Span(0, 1, 0, 2), Span(1, 1, 1, 2)])
    assert [title.text for title in found.titles] == ["姓名", "手机"] and found.notes == ["表头在第1–2行"]


def test_a_wide_column_is_no_group() -> None:
    rows = [["姓名", "地址", "", "备注"], ["甲", "杭州市西湖区", "", "无"], ["乙", "宁波市", "", ""]]
    assert titles(*rows, spans=[Span(1, number, 2, number) for number in (1, 2, 3)]) == ["姓名", "地址", "备注"]
    assert titles(*rows[:1], ["甲", "浙江", "杭州", "无"], spans=[OVER]) == ["姓名", "地址", "地址(2)", "备注"]


def test_a_line_above_a_csv_header_counts_only_when_it_keeps_columns_apart() -> None:
    above = ["客户信息", "", "订单信息", ""]
    assert titles(above, ["名称", "电话", "名称", "金额"], ["甲", "1", "书", "5"]) == [
        "客户信息/名称",
        "客户信息/电话",
        "订单信息/名称",
        "订单信息/金额",
    ]
    assert titles(above, ["姓名", "电话", "商品", "金额"], ["甲", "1", "书", "5"]) == ["姓名", "电话", "商品", "金额"]


def test_names_that_stand_twice_are_told_apart_and_said() -> None:
    found = header(["电话", "电话", "电话(2)", "电话"], ["1", "2", "3", "4"])
    assert [title.text for title in found.titles] == ["电话", "电话(3)", "电话(2)", "电话(4)"]
    assert found.notes[1:] == [
        "标题“电话”不止一列，B列的叫作“电话(3)”",
        "标题“电话”不止一列，D列的叫作“电话(4)”",
    ]


def test_a_column_without_a_name_is_called_by_its_letter_and_an_empty_one_is_dropped() -> None:
    found = header(["", "姓名", "", "手机", ""], ["", "甲", "女", "1", ""])
    assert [(title.place, title.text) for title in found.titles] == [(1, "姓名"), (2, "第C列"), (3, "手机")]
    assert found.notes[1:] == ["C列有内容而没有标题，叫作“第C列”"]


def test_names_are_cleaned_of_what_only_lays_them_out() -> None:
    assert titles(["\ufeff*姓 名", "手机\n号码 ＊", "QQ  Number"], ["甲", "1", "2"]) == [
        "姓名",
        "手机号码",
        "QQ Number",
    ]


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ([], "sheet_empty", "没有内容"),
        ([["", ""]], "sheet_empty", "没有内容"),
        ([["甲", "13812345678"], ["乙", "13912345678"]], "sheet_header", "第1行像是内容而不是列名（“13812345678”）"),
        ([["甲", "a@example.com"]], "sheet_header", "第1行像是内容"),
        ([["甲", "2026/1/5", "1,200.00"]], "sheet_header", "第1行像是内容"),
        ([["甲", "138****5678"]], "sheet_header", "第1行像是内容"),
        ([["说明", "", ""]] * 11 + [["姓名", "手机", "备注"]], "sheet_header", "前10行里没有认出表头"),
    ],
)
def test_a_table_without_a_header_is_refused_in_one_sentence(rows: list[list[str]], code: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        header(*rows)
    assert refusal.value.code == code and refusal.value.sentence.startswith("文件“表.xlsx”")


def test_a_template_without_records_has_its_header() -> None:
    assert titles(["客户导入模板", "", ""], ["姓名", "手机", "备注"]) == ["姓名", "手机", "备注"]
    assert titles(["手机"]) == ["手机"]


@pytest.mark.parametrize(("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_bear_the_letters_of_excel(place: int, letter: str) -> None:
    assert letter_of(place) == letter


WORDS = st.lists(st.text("姓名手机邮箱地址备注来源", min_size=1, max_size=4), min_size=3, max_size=8, unique=True)


@given(WORDS, st.integers(0, 10), st.integers(1, 5))
def test_any_names_are_found_below_any_number_of_titles(names: list[str], above: int, below: int) -> None:
    title = ["某公司客户表", *[""] * (len(names) - 1)]
    body = [f"{number}号" for number in range(len(names))]
    found = header(*[title] * above, names, *[body] * below)
    assert [one.text for one in found.titles] == names
    assert found.rows[0].number == above + 1


@given(st.data(), WORDS)
def test_any_groups_come_back_with_their_columns(data: st.DataObject, names: list[str]) -> None:
    """Columns are cut into groups of two at least and single ones that are merged over both lines."""
    upper, lower, expected, spans = [], [], [], []
    left = list(names)
    while left:
        size = data.draw(st.sampled_from([1, 2, 3]))
        taken, left = left[:size], left[size:]
        place = len(upper)
        if len(taken) > 1:
            spans.append(Span(place, 1, place + len(taken) - 1, 1))
            upper += [f"组{place}", *[""] * (len(taken) - 1)]
            lower += taken
            expected += [f"组{place}/{name}" for name in taken]
        else:
            spans.append(Span(place, 1, place, 2))
            upper, lower, expected = [*upper, *taken], [*lower, ""], [*expected, *taken]
    if len({span.left for span in spans if span.bottom == 1}) == 0 or len(spans) == 1:
        return
    assert titles(upper, lower, [f"{number}号" for number in range(len(names))], spans=spans) == expected


CELLS = st.sampled_from(["", "", "甲", "乙", "姓名", "合计", "1", "2026-01-05", "13812345678", "日期：", "x" * 70])
SPANS = st.builds(
    lambda left, top, wide, high: Span(left, top, left + wide, top + high),
    *[st.integers(0, 5)] * 2,
    *[st.integers(0, 3)] * 2,
)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=14), st.lists(SPANS, max_size=4))
def test_no_rows_raise_anything_but_a_refusal_and_no_two_titles_are_equal(
    rows: list[list[str]], spans: list[Span]
) -> None:
    with suppress(Refused):
        found = header(*rows, spans=spans)
        assert len({title.text for title in found.titles}) == len(found.titles)
        assert all(title.text for title in found.titles)


def test_merged_cells_say_the_same_everywhere() -> None:
    raw = [(1, ["甲", "", "x"], [Span(0, 1, 1, 2)]), (2, ["", "", "y"], [Span(0, 1, 1, 2)]), (3, ["", "", "z"], [])]
    assert [row.cells for row in filled(raw)] == [["甲", "甲", "x"], ["甲", "甲", "y"], ["", "", "z"]]
    assert [row.own for row in filled(raw)] == [cells for _, cells, _ in raw]
    assert Row(4, ["", ""], ["", ""], ()).is_empty()
