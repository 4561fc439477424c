"""A chapter's rules ready to use, kept between runs (编译后的规则).

Reading some hundred YAML files and taking the anchors out of their patterns costs a quarter of a
second; what comes of it is kept in the user's cache folder under the digest of those files and of
what made it, so that a changed rule is never judged by an old copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from guiju import __version__
from guiju.kernel.rules import anchors as anchors_module
from guiju.kernel.rules import load, matchers, model
from guiju.kernel.rules.anchors import anchors
from guiju.kernel.rules.load import load_context, load_rules, load_words
from guiju.kernel.rules.matchers import Unless
from guiju.kernel.rules.model import Rule


class Chapter(msgspec.Struct, frozen=True):
    """The rules, the exceptions that they share, and the sets of anchors of every pattern."""

    rules: tuple[Rule, ...]
    context: dict[str, tuple[Unless, ...]]
    anchors: dict[str, tuple[tuple[str, ...], ...]]


def compiled(folder: Traversable, words: Traversable) -> Chapter:
    """The chapter in `folder`, from the cache if one of the same content is there."""
    kept = _cache_folder() / f"{folder.name}-{_digest(folder, words)}.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=Chapter)
    except (OSError, msgspec.MsgspecError):
        chapter = _compile(folder, words)
        _keep(kept, msgspec.json.encode(chapter))
        return chapter


def _compile(folder: Traversable, words: Traversable) -> Chapter:
    lists = load_words(words)
    rules = load_rules(folder, lists)
    context = load_context(folder, lists)

    patterns = {pattern for rule in rules for pattern in rule.patterns}
    return Chapter(
        rules, context, {pattern: tuple(tuple(sorted(words)) for words in anchors(pattern)) for pattern in patterns}
    )


def _digest(*folders: Traversable) -> str:
    made_by = f"{__version__} {msgspec.__version__} {sys.version}"
    digest = hashlib.sha256(made_by.encode())
    for module in (anchors_module, load, matchers, model):
        digest.update(Path(module.__file__ or "").read_bytes())
    for folder in folders:
        for name, file in _files(folder, ""):
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{path}{entry.name}/")
        elif entry.name.endswith((".yaml", ".txt")):
            yield path + entry.name, entry


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "guiju"


def _keep(file: Path, content: bytes) -> None:
    """Write whole or not at all; where nothing can be written, the next run compiles again."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in file.parent.glob(f"{file.name.rsplit('-', 1)[0]}-*.json"):
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as partial:
            partial.write(content)
        Path(partial.name).replace(file)
