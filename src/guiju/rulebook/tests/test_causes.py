"""The causes that come with the program hold together."""

from __future__ import annotations

from typing import Any

import pytest

from guiju.kernel.causes import Tree
from guiju.kernel.sectors import Sector
from guiju.rulebook.causes import built_in_causes, causes_of_sector, read_causes


@pytest.mark.parametrize("sector", list(Sector))
def test_every_sector_has_causes_below_each_branch_and_words_for_all_but_the_last(sector: Sector) -> None:
    tree = Tree(causes_of_sector(sector))

    assert all(below for _, below in tree.branches)
    assert [one.code for one in tree.leaves if not one.words] == ["other.unclear"]
    assert any(one.is_safety for one in tree.leaves)


def test_special_ones_are_there_for_their_sector_only() -> None:
    codes = {sector: {one.code for one in causes_of_sector(sector)} for sector in Sector}

    assert "food.foreign" in codes[Sector.FOOD] and "food.foreign" not in codes[Sector.FINANCE]
    assert "school.refund" in codes[Sector.EDUCATION] and "beauty.injury" in codes[Sector.MEDICAL_BEAUTY]
    assert "parcel.damaged" in codes[Sector.LOGISTICS] and "money.collect" in codes[Sector.FINANCE]


@pytest.mark.parametrize(
    "rows",
    [
        [{"code": "a", "label": "甲"}, {"code": "a", "label": "乙"}],
        [{"code": "a.b", "label": "甲", "parent": "a"}],
        [
            {"code": "a", "label": "甲"},
            {"code": "b", "label": "乙", "parent": "a"},
            {"code": "c", "label": "丙", "parent": "b"},
        ],
        [{"code": "a", "label": "甲", "sectors": ["nowhere"]}],
        [{"code": "a", "label": "甲", "sectors": ["food"]}, {"code": "b", "label": "乙", "parent": "a"}],
        [{"code": "a", "label": ""}],
    ],
)
def test_a_list_that_does_not_hold_together_is_refused(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"twice|branch|sector"):
        read_causes(rows)


def test_one_sentence_of_each_kind_is_understood() -> None:
    def first(sector: str, text: str) -> str:
        return Tree(causes_of_sector(sector)).proposed(text)[0].cause.code

    assert first("food", "包装破了，漏了一半") == "quality.packing"
    assert first("education", "机构不肯退费，剩余课时不认") == "school.refund"
    assert len(built_in_causes()) > 70
