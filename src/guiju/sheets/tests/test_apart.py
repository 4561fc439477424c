"""A process of its own: its lines come as they are written, and it never outlives its use."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import psutil
import pytest

from guiju.sheets.apart import Ending, lines_apart, read_apart

SLEEP = ("-n1", "-r1", "import time; time.sleep(60)")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = {child.pid for child in psutil.Process().children()}
    yield
    assert {child.pid for child in psutil.Process().children()} <= before


def test_lines_and_the_ending_come_back() -> None:
    content = bytes(range(256)) * 1000
    ending, lines = read_apart("base64", content)
    assert ending == Ending.DONE and base64.b64decode(b"".join(lines)) == content


def test_a_line_longer_than_any_pipe_is_one_line() -> None:
    said = list(lines_apart("timeit", b"", "-n1", "-r1", "print('x' * 3_000_000)"))
    assert said[0] == b"x" * 3_000_000


def test_who_waits_too_long_ends_the_process() -> None:
    began = time.monotonic()
    work = lines_apart("timeit", b"", *SLEEP, seconds=0.5)
    with pytest.raises(StopIteration) as end:
        next(work)
    assert end.value.value == Ending.LARGE and time.monotonic() - began < 20


def test_a_caller_may_take_its_time_with_the_lines() -> None:
    content = bytes(3_000_000)
    work = lines_apart("base64", content, seconds=3)
    first = next(work)
    time.sleep(3.2)
    assert base64.b64decode(first + b"".join(work)) == content


@pytest.mark.parametrize("leave", ["close", "forget"])
def test_leaving_early_ends_the_process(leave: str) -> None:
    work = lines_apart("base64", bytes(3_000_000))
    next(work)
    if leave == "close":
        work.close()
    del work


def test_a_process_that_reads_nothing_is_no_error_of_the_caller() -> None:
    assert read_apart("guiju.sheets.no_such_module", bytes(3_000_000))[0] not in set(Ending)


def test_a_line_that_was_cut_off_by_the_end_of_the_process_is_not_taken_for_one() -> None:
    work = lines_apart("timeit", b"", "-n1", "-r1", "import os; os.write(1, b'one\\ntw'); os._exit(7)")
    assert next(work) == b"one"
    with pytest.raises(StopIteration) as end:
        next(work)
    assert end.value.value == 7
