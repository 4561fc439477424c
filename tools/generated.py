"""Writes what is made from the code: FEATURES.md and docs/openapi.json.

make docs
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
django.setup()

import click
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import PathView

import guiju
from guiju.project.api import api

ROOT = Path(__file__).resolve().parents[1]
FEATURES = ROOT / "FEATURES.md"
OPENAPI = ROOT / "docs" / "openapi.json"

ROOMS = ("services", "engine")
"""Where a feature lives: services write, the engine judges texts."""


@dataclass(frozen=True)
class Feature:
    """A function that people call by its Chinese name, and the ways in that reach it."""

    name: str
    slug: str
    part: str
    law: str
    web: tuple[str, ...]
    api: tuple[str, ...]
    cli: tuple[str, ...]

    @property
    def row(self) -> str:
        cells = (self.name, f"`{self.slug}`", self.part, self.law, *map("<br>".join, (self.web, self.api, self.cli)))
        return "| " + " | ".join(cell or "—" for cell in cells) + " |"


def features() -> list[Feature]:
    """Every feature, by part and place in the file."""
    found = []
    for part, function in functions():
        named = re.search(r"[（(]([^（()）]*[\u4e00-\u9fff][^（()）]*)[)）]", (function.__doc__ or "").split("\n\n")[0])
        if named is None:
            continue
        name, _, law = named[1].partition(", ")
        slug = function.__name__
        found.append(Feature(name, slug, part, law, web_of(slug), api_of(slug), cli_of(slug)))
    return found


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    for config in sorted(
        (one for one in apps.get_app_configs() if one.name.startswith("guiju.")), key=lambda c: c.name
    ):
        for room in ROOMS:
            try:
                module = importlib.import_module(f"{config.name}.{room}")
            except ModuleNotFoundError:
                continue
            for one in modules(module):
                for function in vars(one).values():
                    if inspect.isfunction(function) and inspect.unwrap(function).__module__ == one.__name__:
                        yield from [] if function.__name__.startswith("_") else [(config.label, function)]


def modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for one in pkgutil.iter_modules(getattr(package, "__path__", ())):
        yield importlib.import_module(f"{package.__name__}.{one.name}")


def calls(way_in: object, slug: str) -> bool:
    """Whether the source of a way in names the feature."""
    return re.search(rf"\b{slug}(?:_service)?\b(?!\s*\(\s*request)", source_of(way_in)) is not None


@cache
def source_of(way_in: object) -> str:
    return inspect.getsource(inspect.unwrap(way_in))  # type: ignore[arg-type]


def web_of(slug: str) -> tuple[str, ...]:
    return tuple(f"/{path}" for path, view in views(get_resolver().url_patterns) if calls(view, slug))


def views(patterns: list[URLPattern | URLResolver], start: str = "") -> Iterator[tuple[str, Callable[..., object]]]:
    for one in patterns:
        path = start + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from views(one.url_patterns, path)
        elif one.callback.__module__.startswith("guiju.") and not path.startswith("api/"):
            yield path, one.callback


def api_of(slug: str) -> tuple[str, ...]:
    return tuple(f"{method} {path}" for method, path, function in operations() if calls(function, slug))


def operations() -> Iterator[tuple[str, str, Callable[..., object]]]:
    for prefix, router in api._routers:
        path_views: dict[str, PathView] = router.path_operations
        for path, view in path_views.items():
            for operation in view.operations:
                yield operation.methods[0], f"{prefix}{path}", operation.view_func


def cli_of(slug: str) -> tuple[str, ...]:
    return tuple(line for line, command in commands() if command.callback and calls(command.callback, slug))


@cache
def commands() -> list[tuple[str, click.Command]]:
    """Each once, by the first name under which it is found: a group to which another part adds is found in both."""
    named: dict[click.Command, str] = {}
    for line, command in _commands():
        named.setdefault(command, line)
    return [(line, command) for command, line in named.items()]


def _commands() -> Iterator[tuple[str, click.Command]]:
    for package in pkgutil.walk_packages(guiju.__path__, "guiju."):
        if package.name.endswith(".cli") or ".commands." in package.name:
            for one in vars(importlib.import_module(package.name)).values():
                if isinstance(one, click.Group):
                    yield from ((f"guiju {one.name} {name}", command) for name, command in one.commands.items())
                elif isinstance(one, click.Command) and one.callback.__module__.startswith("guiju.project.commands"):
                    yield f"guiju {one.name}", one


def features_page() -> str:
    head = (
        "# 功能\n\n由 `make docs` 从代码生成，不手工修改。`make where WHAT=register_company` 列出一项功能的全部文件。\n\n"
        "| 名称 | slug | 部分 | 法律 | 页面 | API | 命令 |\n|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(feature.row for feature in features()) + "\n"


def openapi_text() -> str:
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, ensure_ascii=False, indent=1, default=str) + "\n"


def main() -> None:
    FEATURES.write_text(features_page(), "utf-8")
    OPENAPI.parent.mkdir(exist_ok=True)
    OPENAPI.write_text(openapi_text(), "utf-8")


if __name__ == "__main__":
    main()
