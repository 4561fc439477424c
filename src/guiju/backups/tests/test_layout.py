"""What can be restored is read from names alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from guiju.backups.layout import (
    SEGMENT_BYTES,
    Full,
    Line,
    Piece,
    covering,
    lsn_of,
    lsn_text,
    moment_of,
    segment_name,
    segment_number,
    stamp_of,
    stretch_after,
)
from guiju.backups.target import Item

LINE = Line("20261123T000000000000Z-abcdef", "1", 1)
DAY = datetime(2026, 11, 23, tzinfo=UTC)
FULL = Full(
    line=LINE.name,
    system="1",
    timeline=1,
    began=stamp_of(DAY),
    finished=stamp_of(DAY),
    wal_from="0/2000028",
    wal_to="0/3000000",
    server_version=180004,
    program="0",
    recipient="x",
    cluster_bytes=1,
    files=(),
)


def piece(number: int, start: int, end: int, minute: int) -> Piece:
    return Piece.named(LINE, segment_name(1, number), start, end, DAY + timedelta(minutes=minute))


@given(lsn=st.integers(0, 2**64 - 1))
def test_places_in_the_log_are_written_as_postgresql_does(lsn: int) -> None:
    assert lsn_of(lsn_text(lsn)) == lsn
    assert segment_number(segment_name(7, lsn // SEGMENT_BYTES)) == lsn // SEGMENT_BYTES


def test_the_names_of_segments_are_those_of_postgresql() -> None:
    assert segment_name(1, lsn_of("16/B374D848") // SEGMENT_BYTES) == "0000000100000016000000B3"


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_moments_sort_as_text_and_come_back(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    assert moment_of(stamp_of(at)) == at
    assert stamp_of(at) < stamp_of(at + timedelta(microseconds=1))


def test_a_piece_is_read_from_its_name() -> None:
    made = piece(3, 0, SEGMENT_BYTES, 1)

    assert Piece.of_item(Item(made.name, 1)) == made
    assert Piece.of_item(Item(f"{LINE.folder}line.json", 1)) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(lambda pair: pair[0] <= pair[1]), max_size=12))
def test_what_is_chosen_covers_as_far_as_anything_could(spans: list[tuple[int, int]]) -> None:
    chosen = covering(piece(3, start, end, 0) for start, end in spans)

    reachable = 0
    while further := [end for start, end in spans if start <= reachable < end]:
        reachable = max(further)
    assert (chosen[-1].end if chosen else 0) == reachable
    assert all(later.start <= earlier.end for earlier, later in pairwise(chosen))


def test_the_log_goes_on_after_the_full_backup_until_its_first_gap() -> None:
    assert FULL.first_segment == FULL.last_segment == 2
    pieces = [piece(3, 0, SEGMENT_BYTES, 1), piece(4, 0, 50, 2), piece(4, 50, 80, 3), piece(4, 80, 80, 9)]

    whole = stretch_after(FULL, pieces)
    assert (list(whole.segments), whole.end, whole.lost) == (
        [segment_name(1, 3), segment_name(1, 4)],
        4 * SEGMENT_BYTES + 80,
        None,
    )
    assert whole.moment == DAY + timedelta(minutes=9)

    for missing, end, minute in ((0, 3 * SEGMENT_BYTES, 0), (1, 4 * SEGMENT_BYTES, 1), (2, 4 * SEGMENT_BYTES + 50, 2)):
        rest = stretch_after(FULL, pieces[:missing] + pieces[missing + 1 :])
        assert (rest.end, rest.moment) == (end, DAY + timedelta(minutes=minute))
        assert rest.lost is not None


def test_without_log_the_full_backup_stands_for_itself() -> None:
    alone = stretch_after(FULL, [piece(2, 0, SEGMENT_BYTES, 0)])

    assert (alone.segments, alone.moment, alone.lost) == ({}, DAY, None)
