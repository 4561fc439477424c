from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.running import Running


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with mode 0700 and a path with spaces and Chinese in it."""
    folder = Path(tempfile.mkdtemp(prefix="规矩 测试 "))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One running demo for all tests of a file."""
    folder = Path(tempfile.mkdtemp(prefix="规矩 演示 "))
    demo = Running(folder / "demo")
    demo.start()
    yield demo
    demo.stop()
    shutil.rmtree(folder, ignore_errors=True)
