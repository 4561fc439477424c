"""No form stands within another: browsers drop the inner one, and its button sends the outer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import guiju

_TEMPLATES = sorted(Path(guiju.__file__).parent.glob("*/templates/**/*.html"))
_TOKEN = re.compile(r'<form\b|</form>|\{% include "([^"]+)"')


def _with_forms() -> set[str]:
    return {_name(one) for one in _TEMPLATES if "<form" in one.read_text("utf-8")}


def _name(template: Path) -> str:
    return template.as_posix().partition("/templates/")[2]


@pytest.mark.parametrize("template", _TEMPLATES, ids=_name)
def test_a_form_is_closed_before_another_begins(template: Path) -> None:
    with_forms, is_open = _with_forms(), False
    for token in _TOKEN.finditer(template.read_text("utf-8")):
        begins = token[0] == "<form" or token[1] in with_forms
        assert not (is_open and begins), f"{token[0]} at {token.start()} within another form"
        is_open = token[0] == "<form" or (is_open and token[0] != "</form>")
