"""Groups of commands that are imported only when called: the start stays short."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module

import click

from guiju.cli.output import exit_with
from guiju.kernel.errors import GuijuError


class LazyGroup(click.Group):
    """`commands_at` maps a name to `module:attribute` and the line that help shows."""

    def __init__(self, commands_at: Mapping[str, tuple[str, str]], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self._at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._at)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self._at:
            return None
        module, attribute = self._at[name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, line) for name, (_, line) in self._at.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except GuijuError as error:
            exit_with(error)
        except BrokenPipeError:
            sys.exit(1)
        return None
