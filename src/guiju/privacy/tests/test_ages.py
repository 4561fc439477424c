"""How old somebody is, with the birthday and by the mark that it left (年龄段)."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from guiju.privacy.ages import age_group, minor_until
from guiju.privacy.terms import AgeGroup

DAYS = st.dates(date(2000, 1, 1), date(2040, 12, 31))


@given(born=DAYS, on=DAYS)
def test_the_mark_takes_nobody_for_older_than_the_birthday_does(born: date, on: date) -> None:
    """Where the birthday is gone, protection ends at the end of a month, not before the day."""
    until = minor_until(born, on=born)
    known = age_group(born=born, is_stated_adult=True, on=max(on, born), minor_until=until)
    marked = age_group(born=None, is_stated_adult=True, on=max(on, born), minor_until=until)
    order = [AgeGroup.CHILD, AgeGroup.TEENAGER, AgeGroup.ADULT]
    assert order.index(marked) <= order.index(known)


def test_a_child_of_the_last_of_a_month_is_one_until_that_day() -> None:
    until = minor_until(date(2012, 10, 31), on=date(2026, 1, 1))
    assert age_group(born=None, is_stated_adult=False, on=date(2026, 10, 30), minor_until=until) is AgeGroup.CHILD
    assert age_group(born=None, is_stated_adult=False, on=date(2026, 11, 1), minor_until=until) is AgeGroup.TEENAGER
