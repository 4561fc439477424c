"""Which cause a text speaks of: by its words, and by how like it is to what was confirmed."""

from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.causes import Cause, Tree, likeness, pairs_of

TREE = Tree(
    (
        Cause("quality", "产品质量"),
        Cause("quality.packing", "包装破损", "quality", ("包装破", "外包装", "漏")),
        Cause("quality.defect", "质量有瑕疵", "quality", ("质量", "质量问题")),
        Cause("own.1", "礼盒压坏", "quality", ("礼盒",), is_own=True, is_offered=False),
    )
)


def test_words_propose_a_cause_and_stand_beside_it() -> None:
    [first] = TREE.proposed("外包 装破了，漏了一半")

    assert first.cause.code == "quality.packing"
    assert set(first.words) == {"外包装", "包装破", "漏"} and first.why.startswith("因为写到：")


def test_a_word_within_another_counts_once() -> None:
    [first] = TREE.proposed("有质量问题")
    assert first.words == ("质量问题",)


def test_what_was_retired_is_proposed_no_more_and_keeps_its_name() -> None:
    assert TREE.proposed("礼盒坏") == []
    assert TREE.label("own.1") == "产品质量 / 礼盒压坏"


def test_a_text_without_words_is_proposed_what_one_like_it_was() -> None:
    known = [("quality.packing", "纸盒到家就散架了里面全是碎渣"), ("quality.defect", "完全不同的事情，讲别的")]
    [first] = TREE.proposed("纸盒到家散架了，里面都是碎渣", known)

    assert first.cause.code == "quality.packing" and first.words == ()
    assert "用词相近" in first.why


def test_nothing_is_proposed_for_what_says_nothing() -> None:
    assert TREE.proposed("😀😀", [("quality.packing", "")]) == []


@given(st.text(), st.text())
def test_likeness_is_between_none_and_all_and_the_same_both_ways(one: str, other: str) -> None:
    first, second = pairs_of(one), pairs_of(other)
    found = likeness(first, second)

    assert 0 <= found <= 1 + 1e-9 and found == likeness(second, first)
    assert not first or abs(likeness(first, first) - 1) < 1e-9
