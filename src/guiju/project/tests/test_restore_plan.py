"""What people type for `guiju backup restore`: sheets in a file, moments of China."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.crypto.recovery import new_private_key, sheets_of
from guiju.kernel.crypto.shares import printed
from guiju.kernel.errors import Refused
from guiju.project.commands.restore import moment_in
from guiju.project.restore_plan import sheets_in_text

ONE, TWO, THREE = (printed(sheet) for sheet in sheets_of(new_private_key()))


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n\n{TWO}",
        f"{ONE}\n{TWO}\n",
        f"{ONE.replace(chr(10), '-')}\n{TWO.replace(chr(10), '-')}",
        f"{ONE},{TWO}",
        f"\n\n{ONE.lower()}\r\n\r\n{TWO}\n\n\n".replace("\r\n\r\n", "\n\n"),
    ],
)
def test_sheets_are_read_however_they_stand_in_a_file(text: str) -> None:
    assert [share.number for share in sheets_in_text(text).shares] == [1, 2]


def test_a_file_says_which_sheet_and_which_group_is_wrong() -> None:
    wrong = THREE[:-1] + ("A" if THREE[-1] != "A" else "B")
    with pytest.raises(Refused, match=r"^第2张：恢复单的第15组有错"):
        sheets_in_text(f"{ONE}\n\n{wrong}")
    with pytest.raises(Refused, match=r"^第1张：恢复单应有75个字符"):
        sheets_in_text(f"{ONE[:-9]}\n\n{TWO}")


@given(st.text(max_size=400))
def test_whatever_stands_in_a_file_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        sheets_in_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29 16:00",
        "2026-11-29T16:00:00",
        " 2026-11-29 16:00:00.000 ",
        "2026-11-29T08:00Z",
        "2026-11-29 08:00+00:00",
    ],
)
def test_a_moment_is_china_s_unless_it_says_otherwise(text: str) -> None:
    assert moment_in(text) == datetime(2026, 11, 29, 8, tzinfo=UTC)


@given(st.text(max_size=40))
def test_whatever_is_typed_for_a_moment_is_one_or_is_refused(text: str) -> None:
    with suppress(Refused):
        assert moment_in(text).tzinfo is UTC
