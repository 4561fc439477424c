"""Words with variables in braces: 您的投诉{编号}已受理."""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def variables_in(text: str) -> frozenset[str]:
    """The variables that a text names; raises `ValueError` for a brace without its other half."""
    if re.search(r"[{}]", _VARIABLE.sub("", text)):
        raise ValueError("a brace without its other half")
    return frozenset(_VARIABLE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables' values; raises `KeyError` for one that has none.

    A value that holds braces itself stays as it is.
    """
    return _VARIABLE.sub(lambda found: values[found[1]], text)
