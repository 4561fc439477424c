"""Column rules from a folder of YAML (字段规则的读入)."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from guiju.kernel.rules.columns import Column, ColumnRule, Lexicon
from guiju.kernel.rules.load import read_yaml, shaped


def load_column_rules(chapter: Traversable) -> tuple[ColumnRule, ...]:
    """Every rule of the chapter by its rank; an error names the file."""
    rules = []
    for folder in sorted(chapter.iterdir(), key=lambda entry: entry.name):
        if folder.is_dir() and folder.joinpath("rule.yaml").is_file():
            try:
                rules.append(rule_of_column(read_yaml(folder.joinpath("rule.yaml"))))
            except ValueError as failure:
                raise ValueError(f"{chapter.name}/{folder.name}/rule.yaml: {failure}") from failure
    return tuple(sorted(rules, key=lambda rule: rule.rank))


def rule_of_column(given: object) -> ColumnRule:
    rule = shaped(given, ColumnRule)
    rule.check_patterns()
    return rule


def load_column_cases(folder: Traversable) -> list[tuple[Column, bool]]:
    """The columns beside one rule, each with whether it is of the rule's category (`is`, `is_not`)."""
    given = read_yaml(folder.joinpath("cases.yaml"))
    if not isinstance(given, dict) or set(given) != {"is", "is_not"}:
        raise ValueError(f"{folder.name}/cases.yaml: `is` and `is_not` are expected")
    return [(_column_of(case), key == "is") for key, listed in given.items() for case in listed]


def _column_of(given: object) -> Column:
    if not isinstance(given, dict):
        return Column(str(given))
    name, label, table = (str(given.get(key, "")) for key in ("column", "comment", "table"))
    return Column(name, label, table, tuple(map(str, given.get("values", ()))))


def load_lexicon(chapter: Traversable) -> Lexicon:
    return shaped(read_yaml(chapter.joinpath("lexicon.yaml")), Lexicon)
