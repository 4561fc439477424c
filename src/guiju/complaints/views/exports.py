"""The list of complaints is taken out as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from guiju.complaints.selectors.cases import FROM_FIGURES, LABELS, CaseFilter, Line, reading_complaints
from guiju.kernel.calendar.clock import CHINA
from guiju.organisations.signin import MemberRequest
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.web.tables import in_batches

PURPOSE = "complaints"


def asked_of(request: MemberRequest) -> CaseFilter:
    """What the list is narrowed to."""
    state = request.GET.get("state", "open")
    words = {name: request.GET.get(name, "") for name in ("search", "hand", *FROM_FIGURES)}
    return CaseFilter(**words, state=state if state in LABELS else "open")


def _holder(line: Line) -> str:
    return line.case.holder.user.name if line.case.holder else ""


_COLUMNS = (
    Column("编号", lambda line: line.case.number, 26),
    Column("种类", lambda line: line.case.get_kind_display(), 18),
    Column("内容", lambda line: line.text, 60),
    Column("投诉人", lambda line: line.name),
    Column("手机", lambda line: line.phone),
    Column("收到", lambda line: f"{line.case.received_at.astimezone(CHINA):%Y-%m-%d %H:%M}", 18),
    Column("怎样来的", lambda line: line.case.get_channel_display()),
    Column("状态", lambda line: line.case.get_state_display(), 18),
    Column("期限", lambda line: line.left),
    Column("结果", lambda line: line.case.get_result_display()),
    Column("经办人", _holder),
)


@contextmanager
def _complaints(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    with reading_complaints(
        request.member, at=timezone.now(), on=timezone.localdate(), right="complaint.export"
    ) as seen:
        rows = asked_of(request).of(seen.rows(), seen)
        lines = (line for some in in_batches(rows.iterator(chunk_size=500)) for line in seen.lines(some))
        yield sheet_of(_COLUMNS, lines, count=rows.count())


TABLES["complaints"] = Table("投诉", "complaint_list", "complaint.export", _complaints, [PURPOSE])
