"""Every action that is ever recorded has words that people use."""

from __future__ import annotations

import re
from pathlib import Path

import guiju
from guiju.audit.words import action_words, kind_words

ACTION = re.compile(r'\bAct\(\s*"([a-z_]+\.[a-z_]+)"|action="([a-z_]+\.[a-z_]+)"')


def test_every_action_in_the_source_has_chinese_words() -> None:
    source = Path(guiju.__file__).parent
    actions = {
        one or other
        for path in source.rglob("*.py")
        if "tests" not in path.parts
        for one, other in ACTION.findall(path.read_text("utf-8"))
    }

    assert len(actions) > 40
    assert [action for action in sorted(actions) if not re.search("[\u4e00-\u9fff]", action_words(action))] == []


def test_every_kind_of_record_has_chinese_words() -> None:
    assert [kind for kind, words in kind_words().items() if not re.search("[\u4e00-\u9fff]", words)] == []
