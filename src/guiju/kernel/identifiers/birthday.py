"""A birthday as tables hold it (出生日期), and the full years somebody has reached (周岁).

Full years are counted from the birthday by the calendar; somebody born on 29 February is a year older
on 1 March of a common year (民法典 13–20 speak of full years, GB 11643 puts the date into the number).
"""

from __future__ import annotations

import re
from datetime import date

from guiju.kernel.identifiers import Invalid, identity_number

_DATE = re.compile(r"((?:19|20)[0-9]{2})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})(?:日|[ T].{0,20})?")


def birthday_of(value: str) -> date | None:
    """The day in 2015-03-01, 2015/3/1, 20150301, 2015年3月1日 or an 18-digit identity number; else None."""
    given = value.strip()
    try:
        number = identity_number.check(given)
    except Invalid:
        found = _DATE.fullmatch(given)
        if found is None:
            return None
        year, month, day = map(int, found.groups())
    else:
        year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def age_of(born: date, on: date) -> int:
    """Full years on a day; negative before the birth."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
