"""How fast notices go out over a gateway on the same machine, beside the bare calls."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from queue import Queue
from uuid import uuid4

from django.db import connections
from tools import scratch

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.notifications.channels import Delivery
from guiju.notifications.channels.sms import SmsGateway
from guiju.notifications.models import Notice
from guiju.notifications.services import Contact, NewNotice, post_notice
from guiju.notifications.services.sending import Post
from guiju.notifications.tests.factories import CUSTOMER, approve_texts, set_channel
from guiju.notifications.tests.gateway import SECRET, gateway
from guiju.organisations.tests.factories import Group, make_group

NOTICES = int(os.environ.get("GUIJU_BENCH_NOTICES") or 10_000)
GOAL = 1_000


def report() -> None:
    scratch.start()
    scratch.fill()
    try:
        with _gateway() as url:
            group = make_group()
            set_channel(group.company_a, "sms", SECRET, url=url)  # type: ignore[arg-type]
            approve_texts(group.company_a, CUSTOMER.code)
            posted = _post(group)
            sent = _send(group)
            bare = _bare(url)
    finally:
        connections.close_all()
        scratch.stop()
    print(f"通知：写入 {posted:,.0f} 条/秒（在业务事务里，连同存证）")
    print(
        f"经网关发出 {sent:,.0f} 条/秒，每次最多 100 条（目标 {GOAL:,}）；只调用网关 {bare:,.0f} 条/秒，为其 {sent / bare:.0%}"
    )


def _serve(urls: Queue[str], end: Event) -> None:
    with gateway() as found:
        urls.put(found.url)
        end.wait()


@contextmanager
def _gateway() -> Iterator[str]:
    """In a process of its own, as a provider's is."""
    context = multiprocessing.get_context("spawn")
    urls, end = context.Queue(), context.Event()
    process = context.Process(target=_serve, args=(urls, end))
    process.start()
    try:
        yield urls.get(timeout=30)
    finally:
        end.set()
        process.join(10)


def _post(group: Group) -> float:
    began = time.perf_counter()
    for number in range(NOTICES):
        values = {"name": "张三", "number": str(number)}
        contact = Contact("张三", f"138{number:08}")
        wanted = NewNotice(CUSTOMER.code, group.company_a.pk, f"b:{number}", values, contact=contact)
        with scope(entities={group.company_a.pk}):
            post_notice(wanted, Act("notifications.post_notice", None, datetime.now(UTC)))
    return NOTICES / (time.perf_counter() - began)


def _send(group: Group) -> float:
    began = time.perf_counter()
    with Post(lambda: datetime.now(UTC)) as post:
        post.empty()
    seconds = time.perf_counter() - began
    with scope(entities={group.company_a.pk}):
        sent = Notice.objects.filter(state=Notice.State.SENT).count()
    assert sent == NOTICES
    return NOTICES / seconds


def _bare(url: str) -> float:
    sender = SmsGateway({"url": url}, SECRET)
    batch = [
        Delivery(uuid4(), f"139{number:08}", "", "您的投诉TS-1已受理。", "", {"number": "1"}) for number in range(100)
    ]
    began = time.perf_counter()
    for _ in range(20):
        sender.send([Delivery(uuid4(), one.to, "", one.text, "", one.values) for one in batch])
    return 2_000 / (time.perf_counter() - began)
