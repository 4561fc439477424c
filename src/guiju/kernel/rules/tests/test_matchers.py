"""The vocabulary of matchers: each says what it says, on the sentence where it stands."""

from __future__ import annotations

import re
import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.rules.anchors import anchors
from guiju.kernel.rules.figures import figure_of
from guiju.kernel.rules.load import load_words, rule_of
from guiju.kernel.rules.matchers import Unless
from guiju.kernel.rules.model import Occasion
from guiju.kernel.rules.normalise import normalise
from guiju.kernel.rules.tests.test_text_rules import DAY, excerpts, rule
from guiju.kernel.rules.text import Exemption, Reviewer
from guiju.rulebook import reviewer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("改善睡眠，告别失眠", ["告别失眠"]),
        ("失眠的人都说改善了", ["失眠的人都说改善"]),
        ("失眠。改善环境", []),
        ("改善了全家人居住的大环境和失眠", []),
        ("治療失眠", ["治療失眠"]),
    ],
)
def test_words_near_each_other_count_in_one_sentence_only(text: str, found: list[str]) -> None:
    made = rule(near=[{"words": [["失眠"], ["改善", "告别", "治疗"]], "within": 8}])
    assert excerpts(made, text) == found


def test_order_counts_where_the_rule_says_so_and_any_list_may_be_sought_first() -> None:
    for seek in (0, 1, 2):
        made = rule(near=[{"words": [["我"], ["喝了"], ["好了"]], "within": 6, "ordered": True, "seek": seek}])
        assert excerpts(made, "我妈喝了三天就好了") == ["我妈喝了三天就好了"], seek
        assert excerpts(made, "好了，喝了我的水") == []
    with pytest.raises(ValueError, match="`seek` is 2"):
        rule(near=[{"words": [["a"], ["b"]], "seek": 2}])


@pytest.mark.parametrize(
    ("text", "is_hit"),
    [
        ("违约金为总价的30%", True),
        ("支付百分之五十的违约金", True),
        ("违约金按百分之三计算", False),
        ("违约金１０％", False),
        ("违约金 25 %", True),
        ("违约金另议。总价的30%", False),
    ],
)
def test_a_claim_is_a_number_with_its_unit_beyond_the_limit(text: str, is_hit: bool) -> None:
    made = rule(claims=[{"what": ["违约金"], "unit": ["%"], "more_than": 20}])
    assert bool(excerpts(made, text)) is is_hit


def test_a_dated_figure_holds_from_its_day() -> None:
    limit = [{"from": "2018-01-01", "is": 50000}, {"from": "1993-12-01", "is": 5000}]
    made = rule(claims=[{"what": ["大奖"], "unit": ["元", "万元"], "more_than": limit}], applies_from="1990-01-01")
    one = Reviewer([made])
    for day, text, is_hit in (
        (date(2017, 12, 31), "大奖8000元", True),
        (date(2018, 1, 1), "大奖8000元", False),
        (date(2018, 1, 1), "大奖6万元", True),
        (date(2018, 1, 1), "大奖六万元", True),
        (date(1993, 11, 30), "大奖8000元", False),
    ):
        assert bool(one.review(text, on=day).findings) is is_hit, (day, text)


def test_two_numbers_are_compared_after_their_words() -> None:
    made = rule(compares=[{"left": ["原价"], "right": ["现价"], "unit": ["元"], "is": "<="}])
    assert excerpts(made, "原价99元，现价199元") == ["原价99元，现价199元"]
    assert excerpts(made, "原价199元，现价99元") == []
    assert excerpts(made, "原价99元。现价199元") == []


def test_a_predicate_is_asked_where_its_words_stand() -> None:
    asked: list[str] = []

    def finds(text: str, on: date) -> list[tuple[int, int]]:
        asked.append(text)
        return [(0, 2)]

    one = Reviewer([rule(predicate="odd")], predicates={"odd": (finds, ("甲",))})
    assert [finding.excerpt for finding in one.review("甲乙丙", on=DAY).findings] == ["甲乙"]
    assert not one.review("丁", on=DAY).findings and asked == ["甲乙丙"]


def test_exceptions_reach_the_place_the_sentence_or_the_text() -> None:
    text = "顶级配方。数据来源：某所。"
    assert excerpts(rule(terms=["顶级"], unless=[{"text": "数据来源"}]), text) == []
    assert excerpts(rule(terms=["顶级"], unless=[{"sentence": "数据来源"}]), text) == ["顶级"]
    assert excerpts(rule(terms=["顶级"], unless=[{"sentence": "配方"}]), text) == []
    assert excerpts(rule(terms=["顶级"], unless=["配方"]), text) == ["顶级"]
    with pytest.raises(ValueError, match="one of `sentence` and `text`"):
        rule(terms=["x"], unless=[{"text": "a", "sentence": "b"}])


def test_shared_exceptions_count_unless_a_rule_speaks_despite_them() -> None:
    context = {"negated": [Unless(here="不[^,。;]{0,4}")]}
    for despite, found in (([], 0), (["negated"], 1)):
        one = Reviewer([rule(terms=["顶级"], despite=despite)], context=context)
        assert len(one.review("不是顶级", on=DAY).findings) == found


def test_words_of_a_company_free_only_the_kinds_they_are_for() -> None:
    one = Reviewer([rule(terms=["顶级"], category="absolute_term")])
    allowed = [Exemption("顶级牌", frozenset({"absolute_term"}))]
    assert not one.review("頂級牌大米", on=DAY, exemptions=allowed).findings
    assert len(one.review("顶级牌大米，顶级口感", on=DAY, exemptions=allowed).findings) == 1
    other = [Exemption("顶级牌", frozenset({"return_guarantee"}))]
    assert len(one.review("顶级牌大米", on=DAY, exemptions=other).findings) == 1


def test_a_rule_without_its_facts_is_silent_or_asks_for_review_as_it_says() -> None:
    silent = rule(terms=["根治"], sectors=["food"])
    asking = rule(id="ads.asking", terms=["根治"], sectors=["food"], without_facts="review")
    verdict = Reviewer([silent, asking]).review("根治", on=DAY)
    assert verdict.facts_missing == ("ads.example", "ads.asking")
    assert [(one.rule, one.severity) for one in verdict.findings] == [("ads.asking", "review")]
    assert Reviewer([asking]).review("根治", on=DAY, occasion=Occasion("medical")).findings == ()


def test_parts_are_required_of_whole_texts_only() -> None:
    made = rule(required={"any_of": ["违约责任"], "whole": True}, contract_types=["sale"])
    whole, part = Occasion(contract_type="sale"), Occasion(contract_type="sale", is_whole=False)
    assert len(Reviewer([made]).review("价款", on=DAY, occasion=whole).findings) == 1
    assert not Reviewer([made]).review("价款", on=DAY, occasion=part).findings


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [("國家級", "國家級"), ("国家家家家级", "国家家家家级"), ("国❤家✦级", "国❤家✦级"), ("Ｎ０国家级", "国家级")],
)
def test_other_ways_of_writing_hide_nothing(text: str, excerpt: str) -> None:
    assert excerpts(rule(terms=["国家级"]), text) == [excerpt]


@pytest.mark.parametrize(
    ("words", "figure"),
    [
        ("30", 30),
        ("1,200.5", 1200.5),
        ("5万", 50000),
        ("五万", 50000),
        ("一百二十", 120),
        ("二〇二六", 2026),
        ("半", 0.5),
        ("三点五", 3.5),
        ("十二", 12),
        ("万千", None),
        ("亿", None),
    ],
)
def test_figures_are_read_as_people_write_them(words: str, figure: float | None) -> None:
    assert figure_of(words) == figure


def test_shared_lists_take_in_others_and_a_circle_is_told(tmp_path: Any) -> None:
    (tmp_path / "甲.txt").write_text("一 二 # 注\n<乙>\n", "utf-8")
    (tmp_path / "乙.txt").write_text("三", "utf-8")
    lists = load_words(tmp_path)
    assert lists["甲"] == ("一", "二", "三")
    assert rule_of(_given(terms=["<甲>", "四"]), lists).terms == ("一", "二", "三", "四")
    assert rule_of(_given(patterns=["<甲>级（好）"]), lists).patterns == (r"(?:一|二|三)级\(好\)",)
    with pytest.raises(ValueError, match="no list <丁>"):
        rule_of(_given(terms=["<丁>"]), lists)
    (tmp_path / "乙.txt").write_text("<甲>", "utf-8")
    with pytest.raises(ValueError, match="takes in itself"):
        load_words(tmp_path)


def _given(**parts: Any) -> dict[str, Any]:
    base = {
        "id": "ads.x",
        "title": "例",
        "chapter": "ads",
        "category": "other",
        "severity": "block",
        "message": "不",
        "mend": "删",
    }
    law = {"law": "广告法", "article": "第九条", "quote": "使用“国家级”"}
    return base | {"applies_from": "2015-09-01", "citations": [law]} | parts


PATTERNS = st.recursive(
    st.sampled_from(["最", "佳", "ab", "[0-9]", "[甲乙]", "x?", "第一"]),
    lambda inner: st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?:{}){{0,3}}".format, inner),
        st.builds("(?:{}){{1,2}}".format, inner),
        st.builds("(?:{})(?!z)".format, inner),
    ),
    max_leaves=8,
)


@given(PATTERNS, st.text(st.sampled_from("最佳ab019甲乙x第一z"), max_size=12))
def test_where_a_pattern_matches_a_word_of_each_of_its_anchors_stands(pattern: str, text: str) -> None:
    for match in re.finditer(pattern, text):
        for words in anchors(pattern):
            assert not match[0] or any(word in text for word in words), (pattern, text, words)


@pytest.mark.parametrize(
    ("pattern", "awaited"),
    [
        ("(?:先|稳|轻松)?赚[0-9]{1,3}(?:元|万)", [{"赚"}]),
        ("(?:每天|每月|月|年)[^。]{0,4}(?:收入|净赚|赚)[^。]{0,4}(?:元|百|以上)", [{"收入", "赚"}]),
        ("(?:代替|替代)[^。]{0,4}(?:药|吃药|打针)", [{"代替", "替代"}, {"药", "打针"}]),
        ("[0-9]{1,3}元", [{"元"}]),
        ("(?:最)?", []),
    ],
)
def test_a_pattern_waits_for_the_rarest_words_that_it_cannot_do_without(pattern: str, awaited: list[set[str]]) -> None:
    assert [set(words) for words in anchors(pattern)] == awaited


WHOLE = reviewer("ads"), reviewer("clauses")
ANY = st.text(max_size=300) | st.text(
    st.sampled_from("最佳第一治愈癌症保本0123456789%元。，！不((《》【】\x00\x1b\u200b😀A"), max_size=300
)


@given(ANY, st.sampled_from(["food", "finance", "medical", None]))
def test_no_text_makes_the_whole_rulebook_raise_and_spans_are_of_the_text(text: str, sector: str | None) -> None:
    for one in WHOLE:
        for finding in one.review(text, on=DAY, occasion=Occasion(sector)).findings:
            assert text[finding.start : finding.end] == finding.excerpt
            assert bool(finding.excerpt) or finding.start in {0, len(text)}


@given(st.text(st.sampled_from("最佳顶級Ａ①㎏ \u200b·❤😀。"), max_size=80))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@pytest.mark.parametrize(
    "unit",
    [
        "最",
        "1",
        "(",
        "《",
        "\x00",
        "😀",
        "治愈癌症",
        "最佳第一，",
        "原价99元现价",
        "不",
        "年",
        "违约金30%",
        "a b",
        "最·",
    ],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """Eight times the text takes at most some twenty times as long: square growth would take 64."""
    one = reviewer("ads")
    short, long = ((unit * (count // len(unit)))[:count] for count in (25_000, 200_000))
    one.review(short, on=DAY)
    first, second = (_seconds(one, text) for text in (short, long))
    assert second < 20 * first + 0.5, (first, second)


def _seconds(one: Reviewer, text: str) -> float:
    began = time.perf_counter()
    one.review(text, on=DAY, occasion=Occasion("food"))
    return time.perf_counter() - began
