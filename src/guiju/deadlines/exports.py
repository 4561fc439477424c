"""Duties outside of the screen: as a calendar that other programs read (RFC 5545), as what documents print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from guiju.deadlines.models import Duty
from guiju.deadlines.registry import DUTIES, Item
from guiju.deadlines.selectors.duties import HOURS, Line, due_words
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.calendar.deadlines import CIVIL_CODE, COUNTING_RULES


def calendar_of(
    duties: Iterable[Duty], items: Iterable[Item], *, base: str, at: datetime, has_titles: bool = True
) -> str:
    """One all-day event a duty or item, on the day that it is due; `base` is the address of the staff app.

    Without titles it says that something is due, and where to read what: a calendar may be read by others.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//guiju//deadlines//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:规矩：期限",
        "X-WR-TIMEZONE:Asia/Shanghai",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for duty in duties:
        if duty.due_on is not None:
            lines += _event_of(duty, base.rstrip("/"), at, has_titles)
    for item in items:
        lines += _event(item, item.title if has_titles else "有待办到期", base.rstrip("/"), at)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event_of(duty: Duty, base: str, at: datetime, has_titles: bool) -> list[str]:
    assert duty.due_on is not None
    url = DUTIES[duty.kind].url(duty) if duty.kind in DUTIES else "/deadlines/"
    item = Item(duty.pk, duty.due_on, duty.title, url, is_late=False)
    title = f"{duty.title}（{duty.get_basis_display()}）" if has_titles else "有期限到期"
    return _event(item, f"{'（暂定）' if duty.lacks else ''}{title}", base, at)


def _event(item: Item, title: str, base: str, at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{item.id}@guiju",
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{item.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{item.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(title)}",
        f"URL:{base}{item.url}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        "TRIGGER:-PT15H",
        "END:VALARM",
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> str:
    """No line is longer than 75 octets, and no letter is cut."""
    parts: list[str] = []
    rest = line
    while len(rest.encode()) > (75 if not parts else 74):
        cut = 75 if not parts else 74
        piece = rest.encode()[:cut].decode("utf-8", "ignore")
        parts.append(piece)
        rest = rest[len(piece) :]
    return "\r\n ".join([*parts, rest])


BY_WORKING_DAYS = "按工作日计算的，休息日和法定节假日不计，调休上班日计入（依国务院办公厅当年的放假通知）。"


def counted_by(duty: Duty) -> str:
    """The law by which a duty was counted, word for word."""
    rule, unit = COUNTING_RULES[duty.rule], Unit(duty.unit)
    quotes = rule.quotes
    if rule is CIVIL_CODE:
        first, hours, months, rest, close = quotes
        if unit is Unit.HOURS:
            quotes = (hours,)
        elif unit in (Unit.WORKING_DAYS, Unit.SERVICE_HOURS):
            quotes = (first, close) if unit is Unit.WORKING_DAYS else (hours,)
        else:
            quotes = (first, *((months,) if unit in (Unit.MONTHS, Unit.YEARS) else ()), rest, close)
    lines = [f"{rule.law}：“{quote}”" for quote in quotes]
    if rule.period(Period(duty.count, unit)).unit is Unit.WORKING_DAYS:
        lines.append(BY_WORKING_DAYS)
    return "\n".join(lines)


def list_data(lines: Sequence[Line], note: str, *, count: int) -> dict[str, Any]:
    """A list of duties as the document 清单 wants it; `count` is how many there are, should they not all be listed."""
    cut = f"；共{count}项，本清单只列先到期的{len(lines)}项" if count > len(lines) else ""
    return {
        "title": "期限清单",
        "note": note + cut,
        "columns": ["要办的事", "公司", "依据", "到期", "还剩", "经办人"],
        "widths": [4, 3, 4, 2, 2, 2],
        "rows": [
            [
                one.duty.title,
                one.duty.entity.name,
                f"{one.duty.get_basis_display()}：{one.duty.article}",
                f"{one.duty.due_on.year}年{due_words(one.duty)}" if one.duty.due_on else "—",
                one.left,
                one.duty.holder.user.name if one.duty.holder else "—",
            ]
            for one in lines
        ],
    }


def proof_data(duty: Duty) -> dict[str, Any]:
    """How a duty was counted, as the document 期限计算说明 wants it."""
    started = duty.started_at.astimezone(CHINA)
    return {
        "facts": [
            ["事项", duty.title],
            ["依据", f"{duty.get_basis_display()}：{duty.article}"],
            ["期间", str(Period(duty.count, Unit(duty.unit)))],
            [
                "起算",
                f"{started.year}年{started.month}月{started.day}日"
                + (f"{started:%H:%M}" if Unit(duty.unit) in HOURS else ""),
            ],
            ["届满", f"{duty.due_on.year}年{due_words(duty)}" if duty.due_on else "中止"],
            ["状态", duty.get_state_display()],
        ],
        "proof": duty.proof,
        "pauses": [f"{one['since']} 至 {one['until'] or '现在'}：{one['why']}" for one in duty.pauses],
        "law": counted_by(duty),
    }
