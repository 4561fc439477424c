"""How commands answer."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

import click

from guiju.kernel.errors import GuijuError

FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="输出格式")


def print_json(answer: Any) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> str:
    """Days and moments in ISO form, everything else as text."""
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def exit_with(error: GuijuError) -> None:
    """Every problem on a line of its own, with the article that bears it; exit status 2."""
    for problem in error.problems:
        cited = f"\n  {problem.citation}" if problem.citation else ""
        click.echo(f"{problem.sentence}{cited}", err=True)
    sys.exit(2)
