"""Rules and their cases from a folder of YAML."""

from __future__ import annotations

from importlib.resources.abc import Traversable

import yaml
from pydantic import TypeAdapter

from guiju.kernel.rules.model import Case, Rule

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CASES = TypeAdapter(tuple[Case, ...])


def load_rules(chapter: Traversable) -> tuple[Rule, ...]:
    """Every rule of a chapter's folder, by id; an error names the file."""
    rules = []
    for folder in sorted(chapter.iterdir(), key=lambda entry: entry.name):
        if folder.is_dir() and folder.joinpath("rule.yaml").is_file():
            try:
                rules.append(Rule.model_validate(_read(folder.joinpath("rule.yaml"))))
            except ValueError as failure:
                raise ValueError(f"{chapter.name}/{folder.name}/rule.yaml: {failure}") from failure
    return tuple(sorted(rules, key=lambda rule: rule.id))


def load_cases(folder: Traversable) -> tuple[Case, ...]:
    """The cases beside one rule."""
    return _CASES.validate_python(_read(folder.joinpath("cases.yaml")))


def _read(file: Traversable) -> object:
    return yaml.load(file.read_bytes(), Loader=_LOADER)  # noqa: S506 -- a safe loader, in C where there is one
