"""The documents name what exists: commands, targets, files, terms."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from tools.generated import ROOT

from guiju.project.cli import main

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tools" / "README.md"])


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)\b", text_of(path), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    context = click.Context(main)
    for line in re.findall(r"`guiju ([a-z][a-z ]*)", text_of(path)):
        command: click.Command | None = main
        for word in line.split():
            if not isinstance(command, click.Group):
                break
            command = command.get_command(context, word)
            assert command is not None, f"guiju {line}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", text_of(path)):
        if "://" not in link:
            assert (path.parent / link).exists(), link


def test_the_two_readmes_say_the_same() -> None:
    one, other = (text_of(ROOT / name) for name in ("README.md", "README.en.md"))
    assert one.count("\n## ") == other.count("\n## ")
    for mark in (r"`(make [a-z]+|guiju [a-z ]+)`", r"--[a-z-]+", r"`(GUIJU_\w+|DATABASE_URL)"):
        assert set(re.findall(mark, one)) == set(re.findall(mark, other))


def test_every_term_of_the_glossary_is_a_name_of_the_code() -> None:
    source = "".join(text_of(path) for path in (ROOT / "src").rglob("*.py"))
    terms = re.findall(r"^\| `(\w+)` \|", text_of(ROOT / "GLOSSARY.md"), re.MULTILINE)
    assert len(terms) > 30
    assert [term for term in terms if not re.search(rf"\b{term}\b", source)] == []


def test_no_document_or_program_names_a_machine() -> None:
    words = re.compile(r"/(?:work|root|home/\w+)/|pypi\.org/simple|registry\.npmjs")
    for path in [*DOCUMENTS, *ROOT.glob("src/**/*.py"), *ROOT.glob("tools/*.py"), ROOT / "Makefile"]:
        assert not words.search(text_of(path)), path
