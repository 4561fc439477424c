"""Text rules on text: what is seen, what is excused, where it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.rules.load import rule_of
from guiju.kernel.rules.model import Occasion, Outcome, Rule
from guiju.kernel.rules.normalise import normalise
from guiju.kernel.rules.text import Reviewer, outcome_of

DAY = date(2026, 11, 24)
LAW = [{"law": "广告法", "article": "第九条", "quote": "使用“国家级”"}]


def rule(**parts: Any) -> Rule:
    given = {
        "id": "ads.example",
        "title": "例",
        "chapter": "ads",
        "category": "other",
        "severity": "block",
        "applies_from": "2015-09-01",
        "citations": LAW,
        "message": "不行",
        "mend": "删去",
    }
    return rule_of(given | parts)


def excerpts(made: Rule, text: str, **where: Any) -> list[str]:
    return [finding.excerpt for finding in Reviewer([made]).review(text, on=DAY, occasion=Occasion(**where)).findings]


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("这是顶级配方", "顶级"),
        ("这是 顶 级 配方", "顶 级"),
        ("这是顶·级配方", "顶·级"),
        ("这是顶\u200b级配方", "顶\u200b级"),
    ],
)
def test_what_is_put_between_characters_hides_nothing(text: str, excerpt: str) -> None:
    assert excerpts(rule(terms=["顶级"]), text) == [excerpt]


def test_full_width_and_capitals_are_the_same_words() -> None:
    assert excerpts(rule(terms=["no.1"]), "销量ＮＯ．１的店") == ["ＮＯ．１"]


def test_an_exception_counts_in_its_own_sentence_only() -> None:
    made = rule(terms=["第一"], unless=["力争第一"])
    assert excerpts(made, "我们力争第一。") == []
    assert excerpts(made, "我们力争第一。销量第一！") == ["第一"]


def test_a_missing_element_is_told_where_it_belongs() -> None:
    made = rule(required={"any_of": ["【广告】"], "where": "start"})
    [finding] = Reviewer([made]).review("新品上市，" * 8 + "【广告】", on=DAY).findings
    assert (finding.start, finding.end) == (0, 0)
    assert Reviewer([made]).review("【广告】新品上市", on=DAY).decision == "pass"
    made = rule(required={"any_of": ["投资有风险"], "when": ["理财"]})
    assert excerpts(made, "理财新品") == [""]
    assert excerpts(made, "新鲜鸡蛋") == []
    assert excerpts(made, "理财新品，投资有风险") == []


def test_a_rule_speaks_only_to_its_sector_channel_and_days() -> None:
    made = rule(terms=["顶级"], sectors=["food"], applies_until="2026-12-31")
    assert outcome_of(made, "顶级", on=DAY, occasion=Occasion("food")) is Outcome.TRIGGERED
    assert outcome_of(made, "好吃", on=DAY, occasion=Occasion("food")) is Outcome.NOT_TRIGGERED
    assert outcome_of(made, "顶级", on=DAY, occasion=Occasion(None)) is Outcome.FACTS_MISSING
    assert outcome_of(made, "顶级", on=date(2015, 8, 31), occasion=Occasion("food")) is Outcome.NOT_IN_FORCE
    assert outcome_of(made, "顶级", on=date(2027, 1, 1), occasion=Occasion("food")) is Outcome.NOT_IN_FORCE
    assert excerpts(made, "顶级", sector="retail") == []
    assert excerpts(rule(terms=["顶级"], channels=["sms"]), "顶级", channel="web") == []


def test_each_sector_is_told_the_article_that_bears_it() -> None:
    own = [
        {"law": "广告法", "article": "第二十四条", "quote": "教育、培训广告", "sectors": ["education"]},
        {"law": "广告法", "article": "第九条", "quote": "使用“国家级”"},
    ]
    made = rule(terms=["专家推荐"], sectors=["education", "food"], citations=own)
    articles = {
        sector: Reviewer([made]).review("专家推荐", on=DAY, occasion=Occasion(sector)).findings[0].article
        for sector in ("education", "food")
    }
    assert articles == {"education": "第二十四条", "food": "第九条"}
    with pytest.raises(ValueError, match="names no article"):
        rule(terms=["专家推荐"], sectors=["education", "food"], citations=own[:1])


def test_the_gravest_finding_decides() -> None:
    mild = rule(id="ads.mild", severity="review", terms=["专利"])
    grave = rule(id="ads.grave", terms=["顶级"])
    reviewer = Reviewer([mild, grave])
    assert reviewer.review("专利配方", on=DAY).decision == "review"
    assert reviewer.review("顶级专利配方", on=DAY).decision == "block"
    assert reviewer.review("普通配方", on=DAY).decision == "pass"
    assert Reviewer([rule(severity="advise", terms=["可能"])]).review("可能", on=DAY).decision == "pass"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "either at text or at facts"),
        ({"terms": ["顶级"], "when": [{"fact": "x", "is": True}]}, "either at text or at facts"),
        ({"terms": ["顶级"], "citations": []}, "house rule"),
        ({"terms": ["顶级"], "basis": "house"}, "names its source"),
        ({"terms": ["顶级"], "citations": [LAW[0] | {"is_verified": False}]}, "carry a block alone"),
        ({"patterns": ["("]}, "no regular expression"),
        ({"patterns": ["[0-9]+天"]}, "repeats without end"),
        ({"patterns": ["a{2,}"]}, "repeats without end"),
        ({"unless": [".*"], "terms": ["x"]}, "repeats without end"),
        ({"terms": ["顶级"], "colour": "red"}, "unknown field"),
        ({"when": [{"fact": "x", "is": True}]}, "names the actions"),
        ({"when": [{"fact": "x"}], "actions": ["a.b"]}, "one of `is`, `at_least` and `below`"),
    ],
)
def test_a_rule_that_is_not_whole_is_not_loaded(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rule(**parts)


TEXTS = st.text(st.sampled_from("最顶 级·*。!！ＡａﬁⅣ①㎏ \u200b\U0001f600\x00\n力争第一"), max_size=60)


@given(TEXTS | st.text(max_size=200))
def test_every_place_of_the_normalised_text_leads_back_to_the_original(text: str) -> None:
    seen = normalise(text)
    places = [seen.span(start, start + 1) for start in range(len(seen.text))]
    assert places == sorted(places)
    assert all(0 <= first < last <= len(text) for first, last in places)


@given(TEXTS | st.text(max_size=200))
def test_no_text_makes_the_reviewer_raise_and_every_excerpt_is_of_the_text(text: str) -> None:
    made = rule(terms=["顶级", "第一"], patterns=["最[^。]?"], unless=["力争第一"])
    for finding in Reviewer([made]).review(text, on=DAY).findings:
        assert text[finding.start : finding.end] == finding.excerpt != ""


def test_a_repeat_with_an_end_and_a_literal_plus_are_fine() -> None:
    assert rule(patterns=[r"[+-]?[0-9]{1,8}\+", "[*]"]).patterns
