"""Rules, their cases and the shared lists of words from folders (规则库的读入)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec
import yaml

from guiju.kernel.rules.matchers import Unless
from guiju.kernel.rules.model import Case, Outcome, Rule
from guiju.kernel.rules.normalise import plain

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EXPECTED = {"violating": Outcome.TRIGGERED, "lawful": Outcome.NOT_TRIGGERED}
_NAMED = re.compile(r"<([\u4e00-\u9fff]{1,12})>")
_PUNCTUATION = str.maketrans({wide: "\\" + plain(wide) for wide in "（）？＋＊．［］｛｝｜＾＄"})

Shape = TypeVar("Shape")
Words = Mapping[str, tuple[str, ...]]


def load_words(folder: Traversable) -> dict[str, tuple[str, ...]]:
    """Shared lists, one word a line, `#` begins a remark, `<名>` takes in another list."""
    lists = {
        entry.name.removesuffix(".txt"): [
            word for line in entry.read_text("utf-8").splitlines() for word in line.partition("#")[0].split()
        ]
        for entry in folder.iterdir()
        if entry.name.endswith(".txt")
    }

    def whole(name: str, asked_by: tuple[str, ...] = ()) -> list[str]:
        if name not in lists:
            raise ValueError(f"{asked_by[-1] if asked_by else ''}: there is no list <{name}>")
        if name in asked_by:
            raise ValueError(f"<{name}> takes in itself")
        spelt: list[str] = []
        for given in lists[name]:
            named = _NAMED.fullmatch(given)
            spelt += whole(named[1], (*asked_by, name)) if named else [given]
        return spelt

    return {name: tuple(dict.fromkeys(whole(name))) for name in lists}


def load_rules(chapter: Traversable, words: Words | None = None) -> tuple[Rule, ...]:
    """Every rule of a chapter's folder, by id; an error names the file."""
    rules = []
    for folder in sorted(chapter.iterdir(), key=lambda entry: entry.name):
        if folder.is_dir() and folder.joinpath("rule.yaml").is_file():
            try:
                rules.append(rule_of(read_yaml(folder.joinpath("rule.yaml")), words))
            except (ValueError, yaml.YAMLError) as failure:
                raise ValueError(f"{chapter.name}/{folder.name}/rule.yaml: {failure}") from failure
    return tuple(sorted(rules, key=lambda rule: rule.id))


def rule_of(given: object, words: Words | None = None) -> Rule:
    """A rule as its YAML says it; raises `ValueError` that names what is wrong."""
    rule = shaped(_spelt_out(given, words or {}), Rule)
    rule.check_patterns()
    return rule


def shaped(given: object, shape: type[Shape]) -> Shape:
    """Plain data in the shape of a struct."""
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as failure:
        raise ValueError(str(failure)) from failure


def load_cases(folder: Traversable) -> tuple[Case, ...]:
    """The cases beside one rule: under `violating` and `lawful` texts, or more about each."""
    given = read_yaml(folder.joinpath("cases.yaml"))
    if not isinstance(given, dict) or not set(given) <= set(_EXPECTED):
        raise ValueError(f"{folder.name}/cases.yaml: `violating` and `lawful` are expected")
    cases = [
        ({"text": case} if isinstance(case, str) else case) | {"expect": _EXPECTED[key]}
        for key, listed in given.items()
        for case in listed
    ]
    return shaped(cases, tuple[Case, ...])


def load_context(chapter: Traversable, words: Words) -> dict[str, tuple[Unless, ...]]:
    """The exceptions that all rules of a chapter share (`context.yaml`), by name."""
    file = chapter.joinpath("context.yaml")
    if not file.is_file():
        return {}
    given = read_yaml(file)
    if not isinstance(given, dict):
        raise ValueError(f"{chapter.name}/context.yaml: names with lists of patterns are expected")
    return {
        str(name): tuple(shaped(_exception(one, words), Unless) for one in patterns) for name, patterns in given.items()
    }


def _spelt_out(given: Any, words: Words) -> Any:
    """The lists that a rule names, written out: as words in lists of words, as a choice in patterns."""
    if not isinstance(given, dict):
        return given
    spelt = dict(given)
    for key in ("terms",):
        if isinstance(given.get(key), list):
            spelt[key] = _words(given[key], words)
    for key in ("near", "claims", "compares"):
        if isinstance(given.get(key), list):
            spelt[key] = [_matcher(one, words) for one in given[key]]
    if isinstance(given.get("patterns"), list):
        spelt["patterns"] = [_pattern(one, words) for one in given["patterns"]]
    if isinstance(given.get("unless"), list):
        spelt["unless"] = [_exception(one, words) for one in given["unless"]]
    if isinstance(given.get("required"), dict):
        spelt["required"] = given["required"] | {
            key: [_pattern(one, words) for one in given["required"][key]]
            for key in ("any_of", "when")
            if key in given["required"]
        }
    return spelt


def _matcher(given: Any, words: Words) -> Any:
    """`near` may be written as a bare list of lists."""
    if isinstance(given, list):
        given = {"words": given}
    if not isinstance(given, dict):
        return given
    spelt = dict(given)
    for key in ("what", "unit", "left", "right"):
        if key in given:
            spelt[key] = _words(given[key], words)
    if isinstance(given.get("words"), list):
        spelt["words"] = [_words(one, words) for one in given["words"]]
    return spelt


def _words(given: Any, words: Words) -> list[str]:
    """A list of words, or one name; numbers in it are taken as written."""
    listed = given if isinstance(given, list) else [given]
    spelt: dict[str, None] = {}
    for one in map(str, listed):
        named = _NAMED.fullmatch(one)
        spelt |= dict.fromkeys(_named(named[1], words) if named else (one,))
    return list(spelt)


def _named(name: str, words: Words) -> tuple[str, ...]:
    if name not in words:
        raise ValueError(f"there is no list <{name}> in words/")
    return words[name]


def _exception(given: Any, words: Words) -> dict[str, str]:
    """A bare pattern excuses at its own place."""
    reaches = given if isinstance(given, dict) else {"here": given}
    return {str(reach): _pattern(one, words) for reach, one in reaches.items()}


def _pattern(given: Any, words: Words) -> str:
    """A pattern over normalised text; wide punctuation in it means the mark itself."""
    choice = _NAMED.sub(
        lambda named: "(?:" + "|".join(re.escape(plain(word)) for word in _named(named[1], words)) + ")",
        str(given).translate(_PUNCTUATION),
    )
    return plain_pattern(choice)


def plain_pattern(pattern: str) -> str:
    """Full width and traditional characters of a pattern in their plain form, escapes untouched."""
    return re.sub(r"[^\x00-\x7f]", lambda match: plain(match[0]) or match[0], pattern)


def read_yaml(file: Traversable) -> object:
    return yaml.load(file.read_bytes(), Loader=_LOADER)  # noqa: S506 -- a safe loader, in C where there is one
