"""Statutes as stored (法规库): a front matter, then articles that begin with their number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable

import yaml

_ARTICLE = re.compile(r"^(第[一二三四五六七八九十百千零]+条)(?=[　 ])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECTION = re.compile(r"^([一二三四五六七八九十百千零]+)、")


@dataclass(frozen=True)
class Statute:
    """One statute: title, dates and the text of each article by its printed number."""

    name: str
    title: str
    effective: str
    source: str
    in_force: str
    is_complete: bool
    articles: dict[str, str]

    @property
    def since(self) -> date | None:
        """The first day of the statute: `effective` begins with it, amendments follow in words."""
        found = _DAY.search(self.effective)
        return date.fromisoformat(found[0]) if found else None


def read_statute(file: Traversable) -> Statute:
    """Parse one stored text; sections numbered 一、 of notices count as articles."""
    _, front, body = file.read_text("utf-8").split("---\n", 2)
    about = yaml.safe_load(front)
    articles: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in body.splitlines():
        if match := _ARTICLE.match(line):
            current = articles.setdefault(match[1], [])
        elif match := _SECTION.match(line):
            current = articles.setdefault(f"第{match[1]}条", [])
        if current is not None and line.strip() and not line.startswith("#"):
            current.append(line.strip())
    return Statute(
        name=file.name.removesuffix(".md"),
        title=str(about["title"]),
        effective=str(about.get("effective", "")),
        source=str(about.get("source", "")),
        in_force=str(about.get("in_force", "unverified")).lower(),
        is_complete=bool(about.get("complete")),
        articles={number: "\n".join(lines) for number, lines in articles.items()},
    )
