"""Complaints from files of platforms and shops (导入投诉): with their own dates, marked as entered later (补录).

Nothing is kept between reading and taking in: the same row again makes no second case, so whoever was interrupted
sends the file again. What is ended, or isn't asked to be begun, starts no clock and tells nobody anything.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from django.db import transaction

from guiju.complaints.columns import ENDED, KIND, OPEN, wish_of
from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.care import begin_case
from guiju.complaints.services.intake import Complained, Legacy, clean_story, note_step, take_in
from guiju.database.scope import scope_with
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.cells import day, phone_text
from guiju.kernel.errors import Refused
from guiju.orders.mapping import checked_mapping, propose
from guiju.orders.services.rows import Cells
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.sheets.tables import open_sheet

CHANNELS = (Complaint.Channel.PLATFORM, Complaint.Channel.SHOP)
MOST_ROWS = 20_000
_BATCH = 200
_CLOCK = re.compile(r"(?<![0-9])([01]?[0-9]|2[0-3])[:：]([0-5][0-9])(?:[:：]([0-5][0-9]))?\s*$")


@dataclass(frozen=True)
class Row:
    """A row of a file: what it says, or what is wrong with it."""

    number: int
    cells: tuple[str, ...]
    said: Complained | None = None
    legacy: Legacy | None = None
    result: str = ""
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReadFile:
    """A file as it was read: its columns, where they go, and each row."""

    titles: list[str]
    mapping: dict[str, str]
    notes: list[str]
    rows: list[Row]

    @property
    def bad(self) -> list[Row]:
        return [one for one in self.rows if one.problems]


@dataclass
class Imported:
    """What came of a file."""

    taken: int = 0
    known: int = 0
    begun: int = 0
    bad: list[Row] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        words = [f"导入{self.taken}件投诉"]
        words += [f"其中{self.begun}件还没有办结的已起算期限"] if self.begun else []
        words += [f"{self.known}件已有"] if self.known else []
        words += [f"退回{len(self.bad)}行"] if self.bad else []
        return "，".join(words)


def read_complaints(
    name: str, content: bytes, *, channel: Complaint.Channel, at: datetime, mapping: Mapping[str, str] | None = None
) -> ReadFile:
    """Read a file and judge its rows; writes nothing. Raises `Refused` for the file as a whole."""
    if channel not in CHANNELS:
        raise Refused("channel_unknown", "来源可选：platform 全国12315平台、shop 电商平台", field="channel")
    with open_sheet(name, content) as table:
        titles = [one.text for one in table.titles]
        places = {one.text: one.place for one in table.titles}
        wanted = checked_mapping(KIND, titles, propose(KIND, titles) if mapping is None else mapping)
        rows = []
        for line in table.rows():
            cells = tuple(line.cells[place] if place < len(line.cells) else "" for place in places.values())
            values = {code: cells[titles.index(title)] for title, code in wanted.items() if code}
            rows.append(_judged(line.number, cells, values, channel, at))
            if len(rows) > MOST_ROWS:
                raise Refused("file_long", f"文件“{name}”超过{MOST_ROWS}行：请分成几份")
        notes = table.notes
    if not rows:
        raise Refused("file_without_rows", f"文件“{name}”只有表头，没有内容")
    return ReadFile(titles, wanted, notes, rows)


def import_complaints(
    *, read: ReadFile, channel: Complaint.Channel, begins: bool, actor: Member, at: datetime
) -> Imported:
    """Take in what is right in a file (导入投诉); `begins`: of those still open the clocks start, and people are told.

    A few hundred at a time: what breaks off is taken up by sending the file again.
    """
    require(actor, "complaint.import", on=actor.entity_id)
    done = Imported(bad=read.bad)
    good = [one for one in read.rows if not one.problems]
    act = Act("complaints.import_complaints", actor, at)
    for start in range(0, len(good), _BATCH):
        _take(good[start : start + _BATCH], channel, begins, act, done)
    return done


@transaction.atomic
def _take(rows: Sequence[Row], channel: Complaint.Channel, begins: bool, act: Act, done: Imported) -> None:
    member = act.actor
    assert isinstance(member, Member)
    with scope_with(member.entity_id):
        for row in rows:
            assert row.said is not None and row.legacy is not None
            taken = take_in(member.entity_id, row.said, channel, act, made_by=member, legacy=row.legacy)
            if not taken.is_new:
                done.known += 1
                continue
            done.taken += 1
            if row.result:
                kind = Step.Kind.NOTED if taken.complaint.is_open else Step.Kind.CLOSED
                note_step(taken.complaint, kind, act, text=row.result, data={"source": "import"})
            if begins and taken.complaint.is_open:
                begin_case(Complaint.objects.select_for_update(of=("self",)).get(pk=taken.complaint.pk), act)
                done.begun += 1


def _judged(
    number: int, cells: tuple[str, ...], values: Mapping[str, str], channel: Complaint.Channel, at: datetime
) -> Row:
    read = Cells(KIND, values)
    received = read.read("received_at", _moment, is_needed=True)
    closed = read.read("closed_at", _moment)
    happened = read.read("happened_on", day)
    text = read.read("text", clean_story, is_needed=True)
    phone = read.read("phone", phone_text)
    state = _state(read, closed is not None)
    if state is not Complaint.State.RECEIVED and closed is None and read.text("state"):
        read.wrong("closed_at", f"状态是“{read.text('state')}”，请填写办结时间")
    if received is not None and received > at:
        read.wrong("received_at", "时间还没有到")
    if closed is not None and received is not None and not received <= closed <= at:
        read.wrong("closed_at", "应在收到以后、现在以前")
    if happened is not None and received is not None and happened > received.astimezone(CHINA).date():
        read.wrong("happened_on", "在收到投诉以后")
    for code, most in (("name", 60), ("order_no", 60), ("product", 100), ("result", 10_000)):
        if len(read.text(code)) > most:
            read.wrong(code, f"有{len(read.text(code))}个字，最多{most}个")
    if read.problems:
        return Row(number, cells, problems=tuple(read.problems))
    assert received is not None and text is not None
    same = read.text("source_no") or "\x00".join(cells)
    said = Complained(
        text,
        name=read.text("name"),
        phone=phone or "",
        wish=wish_of(read.text("wish")),
        order_no=read.text("order_no"),
        product=read.text("product"),
        happened_on=happened,
        key=f"import/{channel}/{hashlib.sha256(same.encode('utf-8', 'surrogatepass')).hexdigest()}",
    )
    result = clean_story(read.text("result")) if read.text("result") else ""
    return Row(number, cells, said, Legacy(received, state, closed), result)


def _state(read: Cells, is_closed: bool) -> Complaint.State:
    """As the file says; without a word it is what the day of its end says."""
    word = read.text("state")
    if word in ENDED:
        return ENDED[word]
    if word and word not in OPEN:
        read.wrong("state", f"认不出“{word[:20]}”：写成“已办结”“不予受理”或“处理中”")
    return Complaint.State.CLOSED if is_closed and not word else Complaint.State.RECEIVED


def _moment(text: str) -> datetime:
    """A day with the time that stands behind it; without one the day begins."""
    found = _CLOCK.search(text)
    hour, minute, second = (int(one or 0) for one in found.groups()) if found else (0, 0, 0)
    return datetime.combine(day(text), time(hour, minute, second), CHINA)
