"""The work of the clock with a clock that runs fast; for a test that kills it.

    python -m guiju.deadlines.tests.clockwork FROM UNTIL HOURS NOTICE

Says each moment once it is done; NOTICE is the moment at which the year's notice is entered.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta

import django


def main(begin: str, end: str, hours: str, notice: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    django.setup()
    from guiju.deadlines.services.duties import recompute_duties
    from guiju.deadlines.services.signals import keep_signals

    at, step = datetime.fromisoformat(begin), timedelta(hours=int(hours))
    while at <= datetime.fromisoformat(end):
        if at >= datetime.fromisoformat(notice):
            _enter(datetime.fromisoformat(notice))
        recompute_duties(actor=None, at=at)
        keep_signals(at=at)
        print(at.isoformat(), flush=True)
        at += step


def _enter(at: datetime) -> None:
    """The next year's notice, once."""
    from guiju.database.scope import scope
    from guiju.deadlines.models import YearNotice
    from guiju.deadlines.services import enter_notice
    from guiju.deadlines.tests.notice_2027 import NEXT
    from guiju.organisations.models import Member
    from guiju.organisations.permissions import group_root
    from guiju.organisations.selectors import acting

    if not YearNotice.objects.exists():
        root = group_root()
        assert root is not None
        with scope(entities={root}):
            admin = Member.objects.select_related("user", "entity").get(user__username="xitong")
        with acting(admin):
            enter_notice(text=NEXT, source="国办发明电〔2026〕9号", actor=admin, at=at)


if __name__ == "__main__":
    main(*sys.argv[1:])
