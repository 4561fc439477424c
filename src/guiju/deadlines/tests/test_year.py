"""A year with the clock run fast, its program and the database killed at random: each reminder comes once,
none is missing, none is early.

`make prove`: 10,000 deadlines.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Timer
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from tools import scratch

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import USUAL_PLAN
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.services.duties import NewDuty, start_duty
from guiju.evidence.services import Act
from guiju.kernel.calendar import Period, Unit, WorkCalendar, deadline
from guiju.kernel.calendar.clock import CHINA
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.tests.factories import make_group

IS_LONG = os.environ.get("GUIJU_PROVE") == "1"
DUTIES, KILLS, HOURS = (10_000, 60, 6) if IS_LONG else (60, 3, 24)
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))
BEGIN, END = datetime(2026, 7, 1, tzinfo=CHINA), datetime(2027, 7, 1, tzinfo=CHINA)
NOTICE = datetime(2026, 11, 5, 15, tzinfo=CHINA)
pytestmark = pytest.mark.prove


def start_all(company: UUID, holder: Member, chance: random.Random) -> None:
    calendar = work_calendar()
    with scope(trees={company}, entities={company}):
        for number in range(DUTIES):
            at = BEGIN + chance.random() * (END - BEGIN) * 0.9
            unit = chance.choice((Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS, Unit.HOURS))
            count = chance.randint(1, 4) if unit is Unit.MONTHS else chance.randint(1, 30)
            wanted = NewDuty(
                OWN.code,
                company,
                f"事项{number}",
                at,
                Period(count, unit),
                Duty.Basis.INTERNAL,
                "制度",
                holder=holder,
            )
            start_duty(wanted, Act("deadlines.add_duty", None, BEGIN), calendar=calendar)


def run_year(database: Database, chance: random.Random) -> tuple[int, int]:
    """The clock from the first to the last day; returns how often it and the database were killed."""
    at, kills, crashes = BEGIN, 0, 0
    while at <= END:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "guiju.deadlines.tests.clockwork"),
                *(at.isoformat(), END.isoformat(), str(HOURS), NOTICE.isoformat()),
            ],
            env={
                **os.environ,
                "GUIJU_DATA": str(scratch.folder.path),
                "GUIJU_DATABASE_NAME": database.name,
                "GUIJU_ROLE_PREFIX": scratch.NAME,
                "DATABASE_URL": database.without_sign_in(),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        killer = None
        if kills + crashes < KILLS:
            kills, crashes, killer = _arm(process, database, chance, kills, crashes)
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                at = datetime.fromisoformat(line.strip())
        if killer is not None:
            killer.cancel()
            killer.join()
        if at + timedelta(hours=HOURS) > END:
            return kills, crashes
        # Down for hours or days; it begins where it would begin then.
        at += timedelta(hours=HOURS * (1 + chance.randrange(12)))
        _wait_for(database)
    return kills, crashes


def _arm(
    process: subprocess.Popen[str], database: Database, chance: random.Random, kills: int, crashes: int
) -> tuple[int, int, Timer]:
    """A killer for a random moment: of the program, or of the server's process that works for it."""
    seconds = (1.0 if not IS_LONG else 3.0) + chance.random() * (2.0 if not IS_LONG else 12.0)
    if chance.random() < 0.7:
        killer, kills = Timer(seconds, process.kill), kills + 1
    else:
        killer, crashes = Timer(seconds, _crash, [database]), crashes + 1
    killer.start()
    return kills, crashes, killer


def _crash(database: Database) -> None:
    """kill -9 of a server process: the whole server ends all sessions and recovers from its log."""
    with suppress(psycopg.Error), psycopg.connect(database.conninfo("superuser"), autocommit=True) as admin:
        row = admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() LIMIT 1", [database.name]
        ).fetchone()
        if row:
            os.kill(row[0], signal.SIGKILL)


def _wait_for(database: Database) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError), psycopg.connect(database.conninfo("superuser"), connect_timeout=5):
            return
        time.sleep(0.1)


def expected(signal: Signal, calendar: WorkCalendar) -> datetime | None:
    """The moment of a signal, counted day by day, or by the hours of its duty."""
    duty, days = signal.duty, signal.days
    found = deadline(calendar, duty.started_at, Period(duty.count, Unit(duty.unit)))
    if duty.unit == Unit.HOURS:
        at = found.at + timedelta(hours=duty.count) * signal.share
        return at if at > duty.started_at else None
    day = found.due
    while days:
        day += timedelta(days=1 if days > 0 else -1)
        if calendar.day(day).is_working:
            days -= 1 if days > 0 else -1
    at = datetime(day.year, day.month, day.day, 8, tzinfo=CHINA)
    return at if at > duty.started_at else None


def test_each_reminder_comes_once_none_is_missing_and_none_is_early(own_database: Database) -> None:
    chance = random.Random(SEED)
    group = make_group()
    start_all(group.company_a.pk, group.sales_a, chance)
    connections.close_all()

    kills, crashes = run_year(own_database, chance)

    connections.close_all()
    everywhere = {group.company_a.pk, group.headquarters.pk}
    with scope(entities=everywhere, trees={group.headquarters.pk}):
        calendar = work_calendar()
        signals = list(Signal.objects.select_related("duty").order_by("at"))
        made = dict(Notice.objects.exclude(kind="deadlines.moved").values_list("key", "made_at"))
        news = Notice.objects.filter(kind="deadlines.moved").count()
    assert calendar.knows(2027) and len(signals) == DUTIES * len(USUAL_PLAN)
    # A key names duty, signal, end and member; under another end the same signal is another one.
    told = Counter(tuple(key.split(":")[1:3]) for key in made)
    moved = 0
    for one in signals:
        who = group.compliance if one.to else group.sales_a
        mine = (str(one.duty_id), one.name)
        wanted = expected(one, calendar)
        if one.done_at is None:
            assert one.at == wanted, "what is still to come has its moment in the calendar as it is now"
            assert one.at is None or one.at > END - timedelta(hours=HOURS), f"missing: {one.name} of {one.at}"
            assert mine not in told
            continue
        assert one.at is not None and told[mine] == 1, f"not once: {one.name}"
        if one.done_at > NOTICE:
            key = f"duty:{one.duty_id}:{one.name}:{one.duty.due_on}:{who.pk}"
            assert one.at == wanted and one.at <= one.done_at == made[key], f"early: {one.name}"
        else:
            moved += one.at != wanted
    assert told.total() == sum(one.done_at is not None for one in signals)
    print(
        f"\n种子 {SEED}：{DUTIES} 项期限，{told.total()} 次提醒，程序杀 {kills} 次，数据库崩溃 {crashes} 次，"
        f"放假安排公布后 {news} 次告知变动，公布前已提醒而后来变动的 {moved} 次"
    )
