"""The sender is killed in the middle, again and again: none is lost, none comes twice where it can be known.

`make prove`: 10,000 notices, 50 kills.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tools import scratch

from guiju.database.provision import Database
from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.notifications.models import Attempt, Notice, Sort
from guiju.notifications.services import Contact, NewNotice, post_notice
from guiju.notifications.services.sending import Post
from guiju.notifications.tests.factories import CUSTOMER, approve_texts, set_channel, set_gateway
from guiju.notifications.tests.gateway import Gateway, gateway, takes_and_breaks
from guiju.notifications.tests.mail import mail_server
from guiju.organisations.tests.factories import Group, make_group

IS_LONG = os.environ.get("GUIJU_PROVE") == "1"
NOTICES, KILLS = (10_000, 50) if IS_LONG else (300, 4)
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))
pytestmark = pytest.mark.prove


class Mails:
    """A mail server that takes its time, so that a kill hits it in every stage."""

    def __init__(self, chance: random.Random) -> None:
        self.taken: Counter[str] = Counter()
        self._chance = chance

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self._chance.random() * 0.01)
        self.taken[envelope.rcpt_tos[0]] += 1
        await asyncio.sleep(self._chance.random() * 0.01)
        return "250 taken"


def sender(database: Database) -> subprocess.Popen[bytes]:
    """The program as the supervisor would start it, on this database."""
    environment = {
        **os.environ,
        "GUIJU_DATA": str(scratch.folder.path),
        "GUIJU_DATABASE_NAME": database.name,
        "GUIJU_ROLE_PREFIX": scratch.NAME,
        "DATABASE_URL": database.without_sign_in(),
    }
    return subprocess.Popen([sys.executable, "-m", "guiju.project.notifier"], env=environment)


def post_all(group: Group) -> None:
    """A third by mail, the others by short message, each to somebody else."""
    now = datetime.now(UTC)
    with scope(entities={group.company_a.pk}):
        for number in range(NOTICES):
            contact = (
                Contact("张三", "", f"c{number}@example.com") if number % 3 == 0 else Contact("张三", f"138{number:08}")
            )
            values = {"name": "张三", "number": str(number)}
            wanted = NewNotice(CUSTOMER.code, group.company_a.pk, f"kill:{number}", values, contact=contact)
            post_notice(wanted, Act("notifications.post_notice", None, now))


@contextmanager
def world(group: Group, chance: random.Random) -> Iterator[tuple[Gateway, Mails]]:
    """A gateway that takes some messages and then breaks, and a mail server."""

    def fault(found: Gateway, messages: list[dict[str, Any]]) -> tuple[int, bytes] | None:
        time.sleep(chance.random() * 0.02)
        return takes_and_breaks(found, messages) if chance.random() < 0.1 else None

    mails = Mails(chance)
    with gateway(fault) as sms, mail_server(mails) as port:
        set_gateway(group.company_a, sms, shape={"batch": 20})
        approve_texts(group.company_a, CUSTOMER.code)
        set_channel(group.company_a, Sort.SMTP, "", host="127.0.0.1", port=port, security="none", sender="n@example.cn")
        yield sms, mails


def begun_mails(group: Group) -> set[Any]:
    with scope(entities={group.company_a.pk}):
        rows = Attempt.objects.filter(state=Attempt.State.BEGUN, sort=Sort.SMTP)
        return set(rows.values_list("notice_id", flat=True))


def waiting(group: Group) -> int:
    with scope(entities={group.company_a.pk}):
        return Notice.objects.filter(state__in=(Notice.State.WAITING, Notice.State.SENDING)).count()


def test_none_is_lost_and_none_comes_twice_where_it_can_be_known(own_database: Database) -> None:
    chance = random.Random(SEED)
    group = make_group()
    post_all(group)
    cut: set[Any] = set()
    kills = 0
    with world(group, chance) as (sms, mails):
        process = sender(own_database)
        try:
            while kills < KILLS and waiting(group):
                before, until = waiting(group), time.monotonic() + 30
                # Dead only after it has done something; the random part hits it anywhere.
                while waiting(group) >= before and time.monotonic() < until:
                    time.sleep(0.02)
                time.sleep(chance.random() * (0.3 if IS_LONG else 0.1))
                process.kill()
                process.wait()
                kills += 1
                cut |= begun_mails(group)
                process = sender(own_database)
            until = time.monotonic() + (600 if IS_LONG else 60)
            while waiting(group) and time.monotonic() < until:
                time.sleep(0.2)
                with scope(entities={group.company_a.pk}):
                    # Those that failed twice would rest for half a minute and more.
                    now = datetime.now(UTC)
                    resting = Notice.objects.filter(state=Notice.State.WAITING, due_at__gt=now)
                    resting = resting.select_for_update(skip_locked=True)
                    Notice.objects.filter(pk__in=resting.values("pk")).update(due_at=now)
        finally:
            process.terminate()
            process.wait(30)
        with Post(lambda: datetime.now(UTC) + timedelta(hours=3)) as post:
            post.pick_up()
            post.empty()
        with scope(entities={group.company_a.pk}):
            states = Counter(Notice.objects.values_list("state", flat=True))
            unsure = set(Notice.objects.filter(state=Notice.State.UNCERTAIN).values_list("pk", flat=True))
            sent_mails = Notice.objects.filter(state=Notice.State.SENT, attempts__sort=Sort.SMTP).count()
    print(
        f"\n种子 {SEED}：{NOTICES} 条通知，杀 {kills} 次，{dict(states)}，短信 {sms.taken.total()} 条，邮件 {mails.taken.total()} 封"
    )

    assert kills == KILLS
    assert sms.taken == {f"138{number:08}": 1 for number in range(NOTICES) if number % 3}
    assert set(mails.taken.values()) <= {1}
    assert set(states) <= {Notice.State.SENT, Notice.State.UNCERTAIN} and states.total() == NOTICES
    assert unsure == cut, "uncertain are those that were cut off, and no others"
    assert sent_mails <= mails.taken.total() <= sent_mails + len(unsure)
