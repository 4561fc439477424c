"""The State Council's notice comes into the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.deadlines.models import YearNotice
from guiju.deadlines.selectors.calendar import EARLIEST_YEAR, LATEST_YEAR, Change, changes, work_calendar
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import Notice
from guiju.kernel.calendar.notices import BadNotice, doubts, read_notice
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, root_of

LONGEST_TEXT, LONGEST_SOURCE = 20_000, 300


@dataclass(frozen=True)
class Entered:
    """A notice as read: the days that it changes, and what is unusual about it."""

    notice: Notice
    changes: tuple[Change, ...]
    doubts: tuple[str, ...]


def read_year(*, text: str, year: int | None = None) -> Entered:
    """Read a notice and compare it with the calendar as it is.

    Raises `Refused` with every contradiction in it, or when it says nothing new.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused("notice_long", f"通知全文最多{LONGEST_TEXT}个字：请只粘贴放假安排", field="text")
    try:
        notice = read_notice(text, year=year)
    except BadNotice as bad:
        raise Refused.because([Problem("notice_wrong", sentence, "text") for sentence in bad.problems]) from bad
    if not EARLIEST_YEAR <= notice.year <= LATEST_YEAR:
        raise Refused("notice_year", f"只能录入{EARLIEST_YEAR}至{LATEST_YEAR}年的放假安排", field="text")
    calendar = work_calendar()
    found = changes(calendar, notice)
    if not found and calendar.knows(notice.year):
        raise Refused("notice_known", f"{notice.year}年的放假安排与现有的一致，不用再录入", field="text")
    return Entered(notice, tuple(found), tuple(doubts(notice)))


@transaction.atomic
def enter_notice(
    *, text: str, source: str, year: int | None = None, is_sure: bool = False, actor: Member, at: datetime
) -> YearNotice:
    """Enter the holidays of a year (录入放假安排); one that was entered before is replaced, its history stays.

    `is_sure` enters what is unusual all the same. Raises `Refused` with every problem, or `NotAllowed`.
    """
    root = root_of(actor.entity_id)
    require(actor, "calendar.enter", on=root)
    source = " ".join(source.split())
    if not 0 < len(source) <= LONGEST_SOURCE or not source.isprintable():
        raise Refused("notice_source", f"来源要填写，最多{LONGEST_SOURCE}个字：发文字号或网址", field="source")
    found = read_year(text=text, year=year)
    if found.doubts and not is_sure:
        raise Refused("notice_doubtful", "；".join(found.doubts), field="text")
    notice = found.notice
    made = YearNotice.objects.select_for_update().filter(year=notice.year).first()
    if made is None:
        made = YearNotice(id=new_id(), year=notice.year)
    made.off, made.working = (
        {day.isoformat(): name for day, name in sorted(days.items())} for days in (notice.off, notice.working)
    )
    made.source, made.text, made.entered_by, made.entered_at = source, text.strip(), actor.user, at
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as failure:
        raise Refused(
            "notice_twice", f"别人刚刚录入了{notice.year}年的放假安排：请看过再录入", field="text"
        ) from failure
    with scope_with(root):
        record(Act("deadlines.enter_notice", actor, at), entity_id=root, subject=made)
    return made
