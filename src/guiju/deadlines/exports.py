"""Duties as a calendar that other programs read (RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from guiju.deadlines.models import Duty
from guiju.deadlines.registry import DUTIES


def calendar_of(duties: Iterable[Duty], *, base: str, at: datetime) -> str:
    """One all-day event a duty, on the day that it is due; `base` is the address of the staff app."""
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
            lines += _event(duty, base.rstrip("/"), at)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(duty: Duty, base: str, at: datetime) -> list[str]:
    assert duty.due_on is not None
    mark = "（暂定）" if duty.lacks else ""
    title, why = f"{mark}{duty.title}（{duty.get_basis_display()}）", f"{duty.article}\n{duty.proof}"
    where = DUTIES[duty.kind].url(duty) if duty.kind in DUTIES else "/deadlines/"
    return [
        "BEGIN:VEVENT",
        f"UID:{duty.pk}@guiju",
        f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{duty.due_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{duty.due_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(why)}",
        f"URL:{base}{where}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(duty.title)}",
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
