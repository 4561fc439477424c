"""Every action that is ever recorded has words that people use."""

from __future__ import annotations

import re
from pathlib import Path

import guiju
from guiju.audit.words import ACTIONS, kind_words, value_words

ACTION = re.compile(r'\bAct\(\s*"([a-z_]+\.[a-z_]+)"|action="([a-z_]+\.[a-z_]+)"')


def test_every_action_in_the_source_has_chinese_words_and_no_two_the_same() -> None:
    source = Path(guiju.__file__).parent
    actions = {
        one or other
        for path in source.rglob("*.py")
        if "tests" not in path.parts
        for one, other in ACTION.findall(path.read_text("utf-8"))
    }

    assert len(actions) > 40 and actions <= ACTIONS.keys()
    assert all(re.search("[\u4e00-\u9fff]", words) for words in ACTIONS.values())
    assert len(set(ACTIONS.values())) == len(ACTIONS)


def test_every_kind_of_record_has_chinese_words() -> None:
    assert [kind for kind, words in kind_words().items() if not re.search("[\u4e00-\u9fff]", words)] == []


def test_lists_and_tables_are_written_out_for_people() -> None:
    assert value_words({"2027-01-01": "元旦", "b": [True, "x"]}, {"x": "甲"}) == "2027-01-01：元旦、b：是、甲"
    assert value_words([], {}) == value_words({}, {}) == value_words(None, {}) == ""
