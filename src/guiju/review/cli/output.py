"""Where verdicts go: the terminal, a file that is whole or not there, a pipe or a device."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

from guiju.kernel.errors import reason_of
from guiju.review.cli.writers import JsonWriter, TextWriter, Writer, XlsxWriter


@contextmanager
def writer_to(output: Path | None, *, form: str, made_from: Sequence[str]) -> Iterator[Writer]:
    """A writer of verdicts as `form` (text, json, xlsx).

    An interrupted run leaves no half file behind. What is not a regular file (a pipe, a device) is
    written straight into, never replaced. Raises `click.UsageError` where it can't be written, or
    where `output` is one of the files in `made_from`.
    """
    if output is None:
        if form == "xlsx":
            raise click.UsageError("--format xlsx 要用 --output 指明文件")
        with _standard_output() as out:
            writer = _writer(form, out, colour=sys.stdout.isatty())
            yield writer
            writer.close()
        return
    try:
        if output.exists() and any(_is_same(output, name) for name in made_from):
            raise click.UsageError(f"{output} 正是要审查的文件，写进去会毁掉它：--output 请另给一个文件")
        with _file(output) as out:
            writer = _writer(form, out, colour=False)
            yield writer
            writer.close()
    except OSError as failure:
        raise click.UsageError(f"{output} 写不了：{reason_of(failure)}") from None


def _writer(form: str, out: BinaryIO, *, colour: bool) -> Writer:
    if form == "xlsx":
        return XlsxWriter(out)
    return JsonWriter(out) if form == "json" else TextWriter(out, colour=colour)


def _is_same(output: Path, name: str) -> bool:
    return name != "-" and Path(name).exists() and output.samefile(name)


@contextmanager
def _file(output: Path) -> Iterator[BinaryIO]:
    """The file behind `output`, links followed, put in place once it is whole."""
    if output.exists() and not output.is_file():
        with output.open("wb") as straight:
            yield straight
        return
    target = output.resolve()
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Lines at once at a terminal, in large pieces elsewhere."""
    out = sys.stdout.buffer
    if sys.stdout.isatty():
        yield out
        return
    buffered = io.BufferedWriter(_Raw(out), 1 << 16)
    yield buffered
    buffered.flush()


class _Raw(io.RawIOBase):
    """Standard output as a raw stream, so that lines are written in large pieces."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        written = self._out.write(bytes(content))
        self._out.flush()
        return written
